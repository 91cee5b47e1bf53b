"""What the pages of report-in ask for."""

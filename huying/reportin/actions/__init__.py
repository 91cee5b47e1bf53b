"""Every write of report-in."""

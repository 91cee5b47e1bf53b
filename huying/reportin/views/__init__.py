"""The pages of report-in, one module for each page or family."""

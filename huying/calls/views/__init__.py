"""The pages of calls: one module for each page or family of pages."""

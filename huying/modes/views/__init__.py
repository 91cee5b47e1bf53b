"""The pages of modes, one module for each family."""

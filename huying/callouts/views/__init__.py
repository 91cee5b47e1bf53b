"""The pages of call-outs, one module for each half."""

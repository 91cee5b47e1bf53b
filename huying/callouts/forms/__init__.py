"""The forms of call-outs, one module for each half."""

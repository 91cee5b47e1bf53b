"""Every write of call-outs, one module for each half."""

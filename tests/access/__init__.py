"""Who may open what: one module for each package or group of packages, merged by tests/test_access.py.

Each has TABLE (address → who → status of a GET), POSTED (address → who → status of an empty POST) and scene(stage, raise_one),
which sets up what the addresses speak of and returns the values for their parts.
"""

"""Tags of modes."""

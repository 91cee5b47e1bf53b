"""Wishes and their tree."""

TABLE: dict = {}
POSTED: dict = {}


def scene(stage, raise_one) -> dict:
    """Nothing to set up."""
    return {}

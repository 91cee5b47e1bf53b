"""Appraisals and what each unit's people did."""

TABLE: dict = {}
POSTED: dict = {}


def scene(stage, raise_one) -> dict:
    """Nothing to set up."""
    return {}

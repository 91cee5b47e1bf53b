"""Households."""


def erase_what_is_due() -> int:
    """Erase."""
    return 0

"""The numbers of wishes as the installation has them."""

from huying.kernel.policy import load


def numbers() -> dict:
    """The policy of wishes; see policy/wishes.toml."""
    return load("wishes")

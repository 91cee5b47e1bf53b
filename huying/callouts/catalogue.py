"""The numbers of call-outs as the installation has them."""

from huying.kernel.policy import load


def numbers() -> dict:
    """The policy of call-outs; see policy/callouts.toml."""
    return load("callouts")

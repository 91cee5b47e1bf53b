"""What report-in brings to the demo."""

from huying.reportin.demo import lists


def load() -> None:
    """Everything made up of report-in, into the demo community; what is there already stays."""
    lists.load()

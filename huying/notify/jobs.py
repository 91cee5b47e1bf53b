"""Sending and forgetting, by the clock."""

from huying.kernel import jobs
from huying.notify.actions import deliver_due, forget_old


@jobs.job(retry=0)
def deliver_now() -> None:
    """Send what was just written."""
    deliver_due()


@jobs.periodic("* * * * *")
def deliver() -> None:
    """Send what waits: those whose time to be tried again has come, and those that a worker died over."""
    deliver_due()


@jobs.periodic("53 3 * * *")
def forget() -> None:
    """Delete old messages at night."""
    forget_old()

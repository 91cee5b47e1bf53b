"""Sending and forgetting, by the clock."""

from huying.kernel import jobs
from huying.kernel.models import Event
from huying.notify.actions import deliver_due, forget_old
from huying.notify.crowds import tell_crowd


@jobs.job(retry=0)
def deliver_now() -> None:
    """Send what was just written."""
    deliver_due()


@jobs.job
def tell_a_crowd(event: int) -> None:
    """Write the messages to a whole crowd; told twice, each of them is told once."""
    tell_crowd(Event.objects.get(pk=event))


@jobs.periodic("* * * * *")
def deliver() -> None:
    """Send what waits: those whose time to be tried again has come, and those that a worker died over."""
    deliver_due()


@jobs.periodic("53 3 * * *")
def forget() -> None:
    """Delete old messages at night."""
    forget_old()

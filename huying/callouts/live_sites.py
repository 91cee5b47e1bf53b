"""Which pages an event of a queue wakes: all that show this queue."""

from collections.abc import Iterable

from huying.kernel.live import Change, Wake, source
from huying.kernel.models import Event


def queue_topic(pk: int) -> str:
    """The topic of all that everybody may see of a queue: numbers and lanes."""
    return f"queue:{pk}"


@source("callouts.queue_")
def queue_wakes(happened: list[Event]) -> Iterable[Wake]:
    """A queue was opened, closed or changed."""
    for event in happened:
        yield Wake(frozenset([queue_topic(event.subject_id)]))


@source("callouts.number_")
def number_wakes(happened: list[Event]) -> Iterable[Wake]:
    """A number was taken or moved: its own page is told that it is meant."""
    for event in happened:
        change = Change("slip", event.subject_id, event.kind)
        yield Wake(frozenset([queue_topic(event.facts["queue"])]), change)

"""Which pages an event of a call-out wakes: its own, and the desks of the places above it."""

from collections.abc import Iterable

from huying.callouts.models import Callout
from huying.kernel.live import Wake, source
from huying.kernel.ltree import ancestors_of
from huying.kernel.models import Event


def callout_topic(pk: int) -> str:
    """The topic of all that happens to a call-out."""
    return f"callout:{pk}"


def desk_topic(path: str) -> str:
    """The topic of the call-outs at or below a path."""
    return f"callouts:{path}"


@source("callouts.")
def wakes(happened: list[Event]) -> Iterable[Wake]:
    """One query for all; it is told only that there is something to look at."""
    ids = {event.id: _callout(event) for event in happened}
    paths = dict(Callout.objects.filter(pk__in=set(ids.values()) - {None}).values_list("pk", "path"))
    for event in happened:
        pk = ids[event.id]
        if pk in paths:
            desks = map(desk_topic, [*ancestors_of(paths[pk]), paths[pk]])
            yield Wake(frozenset([callout_topic(pk), *desks]))


def _callout(event: Event) -> int | None:
    return event.subject_id if event.subject_type == "callout" else event.facts.get("callout")

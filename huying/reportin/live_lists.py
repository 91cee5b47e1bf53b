"""Which boards an event of the three lists wakes: those of its place and of all above it."""

from collections.abc import Iterable

from huying.kernel.live import Wake, source
from huying.kernel.ltree import ancestors_of
from huying.kernel.models import Event
from huying.places.models import Place

_LISTS = ("reportin.need_", "reportin.resource_", "reportin.project_", "reportin.helper_")


def lists_within(path: str) -> str:
    """The topic of the three lists at or below a path."""
    return f"lists:{path}"


@source("reportin.")
def wakes(happened: list[Event]) -> Iterable[Wake]:
    """The topics that each event wakes, one query for all; everybody may watch, so only that there is something to look at."""
    own = [event for event in happened if event.kind.startswith(_LISTS)]
    paths = dict(Place.objects.filter(pk__in={event.place_id for event in own}).values_list("pk", "path"))
    for event in own:
        path = paths.get(event.place_id)
        if path is not None:
            yield Wake(frozenset(map(lists_within, (*ancestors_of(path), path))))

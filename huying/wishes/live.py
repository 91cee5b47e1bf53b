"""Which trees an event of wishes wakes: that of its community and those below and above the place of the wish."""

from collections.abc import Iterable

from huying.kernel.live import Wake, source
from huying.kernel.ltree import ancestors_of
from huying.kernel.models import Event
from huying.wishes import events, rules
from huying.wishes.models import Wish

# What takes a leaf down, or changes what it shows; all others matter only while it hangs there.
_HIDING = (events.TAKEN_DOWN, events.DECLINED, events.BECOMES_CALL)


def tree_of(path: str) -> str:
    """The topic of all that everybody may see of the wishes at or below a path."""
    return f"tree:{path}"


@source("wishes.")
def wakes(happened: list[Event]) -> Iterable[Wake]:
    """The trees that each event wakes: one query for all. Nothing is told but that there is something to look at."""
    ids = {event.subject_id for event in happened if event.subject_type == "wish"}
    wishes = Wish.objects.only("id", "path", "state").in_bulk(ids)
    for event in happened:
        wish = wishes.get(event.subject_id) if event.subject_type == "wish" else None
        if wish and (wish.state in rules.SHOWN or event.kind in _HIDING):
            yield Wake(frozenset(map(tree_of, [*ancestors_of(wish.path), wish.path])))

"""Which live pages an event of calls wakes: the call's own, its place's, and those of whoever works on it."""

from collections.abc import Iterable

from huying.calls import events, rules
from huying.calls.models import Assist, Call
from huying.directory.queries import unit_ids_of
from huying.kernel.live import Change, Wake, person, scope, source, within
from huying.kernel.ltree import ancestors_of
from huying.kernel.models import Event
from huying.kernel.scopes import Actor

# What can take a call off a public page, beside what shows on it.
_HIDING = (events.REWORDED, events.MERGED, events.UNMERGED, events.REOPENED, events.WITHDRAWN, events.DECLINED)

# What is between colleagues: the resident's page shows nothing of it.
_INTERNAL = (
    events.NOTED,
    events.CLASSIFIED,
    events.REMINDED,
    events.OVERDUE,
    events.REVIEW_DUE,
    events.ASSIST_ASKED,
    events.ASSIST_REPORTED,
)


def of_call(pk: int) -> str:
    """The topic of one call, for those who work on it."""
    return f"call:{pk}"


def of_caller(pk: int) -> str:
    """The topic of one call, for the resident who follows it."""
    return f"caller:{pk}"


def of_unit(pk: int) -> str:
    """The topic of what a unit answers or helps with."""
    return f"unit:{pk}"


def public_within(path: str) -> str:
    """The topic of what everybody may see at or below a path."""
    return f"public:{path}"


def of_worker(actor: Actor) -> set[str]:
    """The topics of today's page: what happens in the actor's scope."""
    return scope(actor, rules.HANDLERS) | {of_unit(pk) for pk in unit_ids_of(actor)}


@source("calls.")
def wakes(happened: list[Event]) -> Iterable[Wake]:
    """The topics that each event wakes: two queries for all."""
    own = [event for event in happened if event.subject_type == "call"]
    ids = {event.subject_id for event in own}
    calls = Call.objects.only("id", "path", "unit_id", "owner_id", "written_by_id", "is_public", "state").in_bulk(ids)
    helpers: dict[int, set[int]] = {}
    for call_id, unit_id in Assist.objects.filter(call__in=ids).values_list("call_id", "unit_id"):
        helpers.setdefault(call_id, set()).add(unit_id)
    for event in own:
        call = calls.get(event.subject_id)
        if call is None:
            continue
        paths = [*ancestors_of(call.path), call.path]
        units = {call.unit_id, event.facts.get("unit"), *helpers.get(call.pk, ())}
        people = {call.owner_id, call.written_by_id, event.facts.get("owner")}
        topics = {of_call(call.pk), *map(within, paths)}
        topics |= {of_unit(pk) for pk in units if pk} | {person(pk) for pk in people if pk}
        yield Wake(frozenset(topics), Change("call", call.pk, event.kind))
        if event.kind not in _INTERNAL:
            merged = event.facts.get("into")
            yield Wake(frozenset({of_caller(call.pk), *([of_caller(merged)] if merged else [])}))
        if (call.is_public and call.state in rules.SHOWN) or event.kind in _HIDING:
            # Everybody may watch, so nothing is told but that there is something to look at.
            yield Wake(frozenset(map(public_within, paths)))

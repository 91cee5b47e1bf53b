"""What everybody may read: calls that were looked through, without a person in them, and their answers."""

from django.db.models import Q
from django.utils.translation import gettext as _

from huying.calls.choices import State
from huying.calls.models import Call
from huying.kernel.ltree import ancestors_of
from huying.places.models import Place


def public_calls(place: Place, only: str = ""):
    """Public calls at or below a place, newest first; only: 'open', 'answered' or ''."""
    calls = Call.objects.public().select_related("place").order_by("-id")
    calls = calls.filter(community=place) if place.kind == "community" else calls.filter(path__within=place.path)
    if only == "open":
        calls = calls.filter(state__in=(State.ACCEPTED, State.ASSIGNED, State.UNDERWAY, State.PARKED))
    elif only == "answered":
        calls = calls.filter(state__in=(State.RESOLVED, State.CONFIRMED, State.CLOSED, State.REFERRED))
    return calls


def where(place: Place, above: Place | None = None) -> str:
    """A place in words for the public: the compound and the building, never a door."""
    names = [str(p) for p in place.ancestors() if p.kind in ("compound", "building")]
    if place.kind not in ("household", "entrance"):
        names.append(str(place))
    return " ".join(dict.fromkeys(names))


def wheres(calls: list[Call]) -> dict[int, str]:
    """`where` for the places of many calls, in one query: place id → words."""
    paths = {call.place_id: call.place.path for call in calls}
    wanted = {p for path in paths.values() for p in [*ancestors_of(path), path]}
    named = {
        p.path: str(p) for p in Place.objects.filter(Q(kind__in=("compound", "building", "community")), path__in=wanted)
    }
    return {
        pk: " ".join([named[p] for p in [*ancestors_of(path), path] if p in named][-2:]) for pk, path in paths.items()
    }


def way(call: Call) -> list[dict]:
    """The way of a public call as a line of steps with a face at the end; no person in it."""
    line = [
        {"label": _("提出"), "state": "done", "at": call.raised_at, "icon": "call"},
        {"label": _("受理"), "state": "done", "at": call.accepted_at},
    ]
    if call.state == State.PARKED:
        line.append(
            {"label": _("挂账"), "state": "now", "at": call.parked_at, "icon": "parked", "note": call.parked_words}
        )
    elif call.resolved_at is None or call.is_open:
        line.append({"label": _("正在办"), "state": "now", "at": None})
    if call.resolved_at and not call.is_open:
        line.append({"label": _("办结"), "state": "done", "at": call.resolved_at, "icon": "leaf"})
    end = {"label": _("居民确认"), "state": "next", "at": None, "face": "good"}
    if call.state == State.CONFIRMED:
        end |= {"state": "done", "at": call.rated_at, "face": "ok" if call.rating == "mostly" else "good"}
    elif call.state == State.REFERRED:
        end |= {"label": _("还没办好,转联席会"), "state": "now", "at": call.rated_at, "face": "bad"}
    elif call.state == State.CLOSED:
        unhappy = call.rating == "not"
        end |= {"label": _("居民不满意") if unhappy else _("已结束"), "state": "done", "at": call.ended_at}
        end |= {"face": "bad" if unhappy else "ok"}
    return [*line, end]

"""What everybody may read: calls that were looked through, without a person in them, and their answers."""

from collections import defaultdict

from django.db.models import Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huying.calls.catalogue import Category, categories, category, category_name
from huying.calls.choices import Rating, State
from huying.calls.models import Call, Photo
from huying.calls.rules import ANSWERED
from huying.kernel.ltree import ancestors_of
from huying.kernel.words import clean
from huying.places.models import Place

FACES = {
    Rating.SATISFIED: ("good", gettext_lazy("居民说：满意")),
    Rating.MOSTLY: ("ok", gettext_lazy("居民说：基本满意")),
    Rating.NOT: ("bad", gettext_lazy("居民说：不满意")),
}
# Dots in the path of a community: province.city.district.street.community.
COMMUNITY_DEPTH = 4
MOST_ASKED = 60  # signs of what is looked for
# So many of the newest calls are looked through for the kinds of matters that a board offers to choose from.
LOOKED_THROUGH = 500


def public_calls(place: Place, only: str = "", kind: str = ""):
    """Public calls at or below a place, newest first; only: 'open', 'answered' or ''; kind: a category or ''."""
    calls = Call.objects.public().select_related("place").order_by("-id")
    if place.kind == "community":
        calls = calls.filter(community=place)
    else:
        # Below a community the community's own index leads to the calls, the path picks among them.
        above = [path for path in ancestors_of(place.path) if path.count(".") == COMMUNITY_DEPTH]
        if above:
            calls = calls.filter(community=Subquery(Place.objects.filter(path=above[0]).values("pk")[:1]))
        calls = calls.filter(path__within=place.path)
    if only == "open":
        calls = calls.filter(state__in=(State.ACCEPTED, State.ASSIGNED, State.UNDERWAY, State.PARKED))
    elif only == "answered":
        calls = calls.filter(state__in=(State.RESOLVED, State.CONFIRMED, State.CLOSED, State.REFERRED))
    return calls.filter(category=kind) if kind else calls


def with_words(calls, text: str):
    """Those whose public words or answer have all the words asked for: what a resident wrote and nobody may read is not looked in."""
    for word in clean(text)[:MOST_ASKED].split():
        calls = calls.filter(Q(public_text__icontains=word) | Q(outcome__icontains=word, state__in=ANSWERED))
    return calls


def searchable(place: Place) -> bool:
    """Whether words are looked for at a place: up to a community, whose calls are few enough to read."""
    return place.path.count(".") >= COMMUNITY_DEPTH


def kinds_of(place: Place, chosen: str = "") -> list[Category]:
    """What the newest public calls of a place are about, in the order of the policy; none above a community, with too many."""
    if not searchable(place):
        return []
    newest = public_calls(place).order_by("-id").values_list("category", flat=True)[:LOOKED_THROUGH]
    met = {*newest, chosen}
    return [one for code, one in categories().items() if code in met]


def cards(calls: list[Call]) -> list[dict]:
    """What a board shows of each call: where, what about, the ticked photos, and the face of the caller's own word."""
    at = wheres(calls)
    shown = defaultdict(list)
    for photo in Photo.objects.filter(call__in=calls, shown=True).defer("thumb"):
        shown[photo.call_id].append(photo)
    return [
        {
            "call": call,
            "where": at.get(call.place_id, ""),
            "category": category_name(call.category) or _("未分类"),
            "icon": found.icon if (found := category(call.category)) else "call",
            "photos": [photo for photo in shown[call.pk] if not photo.of_answer],
            "answered": [photo for photo in shown[call.pk] if photo.of_answer],
            "face": face(call),
            "answer": call.outcome if not call.is_open else "",
        }
        for call in calls
    ]


def face(call: Call) -> dict | None:
    """The smiley of a call and the words beside it; None where the caller has not spoken."""
    if call.is_open or not call.rating or call.rating == Rating.UNSAID:
        return None
    code, words = FACES[call.rating]
    return {"icon": f"face-{code}", "code": code, "words": words}


def wheres(calls: list[Call]) -> dict[int, str]:
    """Where calls are, in words for the public and in one query: the compound and the building, else the community; never a door."""
    paths = {call.place_id: call.place.path for call in calls}
    wanted = {p for path in paths.values() for p in [*ancestors_of(path), path]}
    named = {
        p.path: (p.kind, str(p))
        for p in Place.objects.filter(Q(kind__in=("compound", "building", "community")), path__in=wanted)
    }
    words = {}
    for pk, path in paths.items():
        met = [named[p] for p in [*ancestors_of(path), path] if p in named]
        near = [name for kind, name in met if kind != "community"]
        words[pk] = " ".join(near or [name for _kind, name in met])
    return words


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
        end |= {"label": _("还没办好，转联席会"), "state": "now", "at": call.rated_at, "face": "bad"}
    elif call.state == State.CLOSED:
        unhappy = call.rating == "not"
        end |= {"label": _("居民不满意") if unhappy else _("已结束"), "state": "done", "at": call.ended_at}
        end |= {"face": "bad" if unhappy else "ok"}
    return [*line, end]

"""The board of the three lists of a place: its rows, its counts, and the tables behind them. Counts and rows: few queries."""

from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.utils import timezone

from huying.places.models import Place
from huying.reportin import rules_lists as rules
from huying.reportin.choices_lists import NeedState
from huying.reportin.models import Need, Project, Resource

LISTS = ("needs", "resources", "projects")
# What is still to be done comes first; what was crossed off last, the newest of it on top.
_ORDER = {"posted": 0, "dispatched": 0, "claimed": 1, "planned": 1, "underway": 1, "done": 2, "crossed_off": 3}
ON_BOARD, ON_LIST = 8, 24


@dataclass
class Board:
    """One place's three lists as a reader filtered them."""

    place: Place
    counts: dict[str, int]
    totals: dict[str, int]
    rows: dict[str, list] = field(default_factory=dict)
    more: bool = False


def needs_of(place: Place, service: str = "", state: str = ""):
    """The needs of a place that everybody may read, what waits first."""
    found = Need.objects.shown().within(place.path).select_related("place")
    if service:
        found = found.filter(Q(services__contains=[service]) | Q(skills__contains=[service]))
    return found.filter(state=state) if state else found


def resources_of(place: Place, service: str = ""):
    """What can be asked for at a place: offered there, below, or from above for all."""
    found = (
        Resource.objects.open()
        .serving(place.path)
        .filter(Q(unit=None) | Q(unit__closed_at=None))
        .select_related("place", "unit", "person")
        .order_by("-posted_at", "-id")
    )
    return found.filter(Q(services__contains=[service]) | Q(skills__contains=[service])) if service else found


def projects_of(place: Place, service: str = "", state: str = ""):
    """The projects of a place that were not put down."""
    found = (
        Project.objects.running()
        .within(place.path)
        .select_related("need__place", "unit", "person")
        .prefetch_related("steps")
    )
    if service:
        found = found.filter(Q(need__services__contains=[service]) | Q(need__skills__contains=[service]))
    return found.filter(state=state) if state else found


def _in_order(rows: list) -> list:
    moment = lambda row: (row.ended_at or getattr(row, "posted_at", None) or row.claimed_at).timestamp()  # noqa: E731
    return sorted(rows, key=lambda row: (_ORDER[row.state], -moment(row), -row.pk))


def board(place: Place, *, service: str = "", state: str = "", only: str = "", page: int = 1) -> Board:
    """The board: a few rows of each list, or one list whole, a page at a time."""
    counts = dict(needs_of(place, service).values_list("state").annotate(n=Count("pk")).order_by())
    told = {code: counts.get(code, 0) for code in rules.SHOWN}
    resources, projects = resources_of(place, service), projects_of(place, service, state if only == "projects" else "")
    needs = needs_of(place, service, state if only != "projects" else "")
    totals = {
        "needs": sum(told.values()),
        "resources": resources_of(place, service).count(),
        "projects": sum(told[code] for code in ("claimed", "underway", "done", "crossed_off")),
    }
    result = Board(place, told, totals)
    lists = {"needs": needs.order_by("-id"), "resources": resources, "projects": projects.order_by("-id")}
    if only:
        first = (page - 1) * ON_LIST
        found = list(lists[only][first : first + ON_LIST + 1])
        result.more, result.rows[only] = len(found) > ON_LIST, found[:ON_LIST]
        return result
    for name, query in lists.items():
        if name == "resources":
            result.rows[name] = list(query[:ON_BOARD])
            continue
        # What is still open, and of what was crossed off the newest few.
        open_rows = list(query.exclude(state=NeedState.CROSSED_OFF)[: ON_BOARD * 3])
        ended = list(query.filter(state=NeedState.CROSSED_OFF).order_by("-ended_at")[:3])
        result.rows[name] = [*_in_order(open_rows)[: ON_BOARD - min(len(ended), 2)], *ended][:ON_BOARD]
    return result


def in_time(need: Need) -> bool:
    """Whether a need that waits for being offered is still within the two working days for it."""
    return need.state != NeedState.POSTED or timezone.now() < need.dispatch_by

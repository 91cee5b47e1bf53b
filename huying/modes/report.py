"""The report that remains of a mode, made by the system from the log: numbers and codes, no person in it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from huying.directory.models import Member, Seat
from huying.kernel.log import record
from huying.kernel.models import Event
from huying.kernel.scopes import SYSTEM
from huying.modes import events
from huying.modes.models import Mode, Report
from huying.people.models import Post
from huying.places.models import Place

# Longer ones are told by day.
HOURLY = dt.timedelta(hours=72)
MOST_LINES = 300
# Contexts are known here by the names of their events only; what is not there yet counts nothing.
RAISED, ACCEPTED, RESOLVED = ("calls.raised",), ("calls.accepted", "calls.settled"), ("calls.resolved", "calls.settled")
OVERDUE = ("calls.overdue",)
POSTED, ANSWERED = ("callouts.posted",), ("callouts.answered", "callouts.signed_up", "callouts.queued")
CAME = ("callouts.checked_in",)
COURSE = {"raised": RAISED, "accepted": ACCEPTED, "resolved": RESOLVED, "posted": POSTED, "came": CAME}
TOLD = (
    *(events.SWITCHED_ON, events.EXTENDED, events.LEVEL_CHANGED, events.ENDED, events.EXPIRED),
    *("callouts.posted", "callouts.called_off", "callouts.finished"),
)


@dataclass(frozen=True)
class Gap:
    """Something that a context counts as missing; `count(mode)` is asked when the report is made."""

    code: str
    label: str | Promise
    count: Callable[[Mode], int]


def _buildings(mode: Mode):
    return Place.objects.within(mode.path).current().filter(kind="building")


def buildings_without_head(mode: Mode) -> int:
    """Buildings of the area at which, and at whose entrances, nobody holds the post of a building head."""
    held = Post.objects.current().filter(role="building_head", place__path__within=mode.path)
    heads = set(held.values_list("place_id", "place__parent_id"))
    covered = {pk for pair in heads for pk in pair}
    return sum(pk not in covered for pk in _buildings(mode).values_list("pk", flat=True))


GAPS: dict[str, Gap] = {}


def missing(code: str, label: str | Promise, count: Callable[[Mode], int]) -> None:
    """Register what a context counts as missing; called in its AppConfig.ready."""
    GAPS[code] = Gap(code, label, count)


missing("buildings_without_head", _("没有楼栋长的楼栋"), buildings_without_head)


def until(mode: Mode) -> dt.datetime:
    """How far the report goes: to the end, or as long as it runs to now."""
    return min(mode.over_at, timezone.now())


class Stretch:
    """The events of an area between two moments, as part of SQL."""

    def __init__(self, mode: Mode):
        self.mode, self.end = mode, until(mode)
        ids = Event.objects.filter(subject_type="mode", subject_id=mode.pk).order_by("id")
        own = list(ids.values_list("id", "kind"))
        # Ids follow time closely, and there is an index on them; what is made up was written in another order.
        self.first = own[0][0] if own and not mode.made_up else 0
        self.last = next((pk for pk, kind in own if kind in (events.ENDED, events.EXPIRED) and not mode.made_up), None)

    def rows(self, sql: str, **values) -> list[tuple]:
        """Run SQL in which {events} stands for the events of the stretch."""
        inside = """(SELECT e.* FROM kernel_event e JOIN places_place p ON p.id = e.place_id
            WHERE e.id >= %(first)s AND (%(last)s::bigint IS NULL OR e.id <= %(last)s) AND e.at >= %(start)s AND e.at <= %(end)s
            AND p.path <@ %(path)s::ltree AND e.kind = ANY (%(kinds)s)) AS events"""
        given = {"first": self.first, "last": self.last, "start": self.mode.starts_at, "end": self.end}
        with connection.cursor() as cursor:
            cursor.execute(sql.replace("{events}", inside), given | {"path": self.mode.path} | values)
            return cursor.fetchall()

    def between(self, first: tuple, then: tuple, *, subject: str) -> dict:
        """Minutes from the first event of some kinds to the first of others, of each subject: how many, median, nine of ten."""
        ((n, median, most),) = self.rows(
            f"""SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY span), percentile_cont(0.9) WITHIN GROUP (ORDER BY span)
            FROM (SELECT extract(epoch FROM min(at) FILTER (WHERE kind = ANY (%(then)s))
                - min(at) FILTER (WHERE kind = ANY (%(first_kinds)s))) / 60 AS span FROM {{events}} GROUP BY {subject}) AS spans
            WHERE span >= 0""",  # noqa: S608 - the subject is one of two texts of ours
            kinds=[*first, *then],
            first_kinds=list(first),
            then=list(then),
        )
        return {
            "n": n,
            "median": None if median is None else round(median),
            "most": None if most is None else round(most),
        }


def compute(mode: Mode) -> dict:
    """The figures of a report: a dozen queries, whatever its size."""
    stretch = Stretch(mode)
    kinds = sorted({kind for group in COURSE.values() for kind in group} | {*OVERDUE, *ANSWERED})
    totals = {kind: (n, subjects) for kind, n, subjects in stretch.rows(
        "SELECT kind, count(*), count(DISTINCT subject_id) FROM {events} GROUP BY kind", kinds=kinds
    )}  # fmt: skip
    count = lambda group: sum(totals.get(kind, (0, 0))[0] for kind in group)  # noqa: E731
    subjects = lambda group: sum(totals.get(kind, (0, 0))[1] for kind in group)  # noqa: E731
    of_call, of_callout = (
        "subject_id",
        "CASE WHEN kind = 'callouts.posted' THEN subject_id ELSE (facts->>'callout')::bigint END",
    )
    return {
        "start": mode.starts_at.isoformat(),
        "end": stretch.end.isoformat(),
        "running": mode.is_on(),
        "line": _line(stretch),
        "course": _course(stretch),
        "calls": {
            "raised": count(RAISED),
            "accepted": count(ACCEPTED),
            "resolved": count(RESOLVED),
            "overdue": subjects(OVERDUE),
            "to_accept": stretch.between(RAISED, ACCEPTED, subject=of_call),
            "to_resolve": stretch.between(RAISED, RESOLVED, subject=of_call),
        },
        "callouts": {
            "posted": count(POSTED),
            "answers": count(ANSWERED),
            "to_answer": stretch.between(POSTED, ANSWERED, subject=of_callout),
        },
        "came": _came(stretch),
        "buildings": _buildings(mode).count(),
        "missing": {gap.code: gap.count(mode) for gap in GAPS.values()},
    }


def _line(stretch: Stretch) -> list[dict]:
    """What happened when: the mode's own steps, and call-outs as they were posted and ended."""
    own = Event.objects.filter(subject_type="mode", subject_id=stretch.mode.pk, kind__in=TOLD)
    rows = [(event.at, event.kind, event.subject_id, event.facts) for event in own.order_by("id")]
    rows += stretch.rows(
        f"SELECT at, kind, subject_id, '{{}}'::jsonb FROM {{events}} ORDER BY id LIMIT {MOST_LINES}",  # noqa: S608
        kinds=[kind for kind in TOLD if not kind.startswith("modes.")],
    )
    kept = ("level", "was", "until")
    told = [
        {"at": at.isoformat(), "kind": kind, "subject": pk} | {k: v for k, v in _read(facts).items() if k in kept}
        for at, kind, pk, facts in sorted(rows, key=lambda row: row[0])
    ]
    return told[:MOST_LINES]


def _read(facts) -> dict:
    return facts if isinstance(facts, dict) else {}


def _course(stretch: Stretch) -> dict:
    """How many of what in each hour, or in each day of a long one; the hours without anything stand there too."""
    long = stretch.end - stretch.mode.starts_at > HOURLY
    unit, step = ("day", dt.timedelta(days=1)) if long else ("hour", dt.timedelta(hours=1))
    rows = stretch.rows(
        f"SELECT date_trunc('{unit}', at AT TIME ZONE %(zone)s), kind, count(*) FROM {{events}} GROUP BY 1, 2",  # noqa: S608
        kinds=[kind for group in COURSE.values() for kind in group],
        zone=timezone.get_default_timezone_name(),
    )
    first, last = (timezone.localtime(one).replace(tzinfo=None, minute=0, second=0, microsecond=0)
                   for one in (stretch.mode.starts_at, stretch.end))  # fmt: skip
    if long:
        first = first.replace(hour=0)
    found: dict[dt.datetime, dict[str, int]] = {}
    while first <= last:
        found[first] = dict.fromkeys(COURSE, 0)
        first += step
    for moment, kind, n in rows:
        for code, group in COURSE.items():
            if kind in group and moment in found:
                found[moment][code] += n
    return {"unit": unit, "rows": [{"at": moment.isoformat(), **numbers} for moment, numbers in found.items()]}


def _came(stretch: Stretch) -> dict:
    """Who came: how many, by role and by unit; never who."""
    came = {row[0] for row in stretch.rows(
        "SELECT DISTINCT (facts->>'person')::bigint FROM {events} WHERE facts ? 'person'", kinds=list(CAME)
    )}  # fmt: skip
    worked = {row[0] for row in stretch.rows(
        "SELECT DISTINCT actor_id FROM {events} WHERE actor_kind = 'person' AND actor_id IS NOT NULL",
        kinds=[*ACCEPTED, *RESOLVED, "calls.contacted", "calls.assigned", "calls.started"],
    )}  # fmt: skip
    day = timezone.localdate(stretch.end)
    by_role = Post.objects.current(day).filter(person__in=worked, place__path__within_any=[stretch.mode.path])
    above = Post.objects.current(day).filter(person__in=worked - set(by_role.values_list("person_id", flat=True)))
    roles: dict[str, set[int]] = {}
    for role, person in [*by_role.values_list("role", "person_id"), *above.values_list("role", "person_id")]:
        roles.setdefault(role, set()).add(person)
    seats = Seat.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), person__in=came, valid_from__lte=day)
    units = dict(seats.values_list("unit_id").annotate(n=Count("person_id", distinct=True)).order_by())
    members = (
        Member.objects.current(day)
        .filter(person__in=came, unit__isnull=False)
        .exclude(person__in=seats.values("person_id"))
    )
    for unit, n in members.values_list("unit_id").annotate(n=Count("person_id", distinct=True)).order_by():
        units[unit] = units.get(unit, 0) + n
    return {
        "people": len(came),
        "handlers": len(worked),
        "roles": {role: len(people) for role, people in sorted(roles.items())},
        "units": [{"unit": unit, "people": n} for unit, n in sorted(units.items())],
    }


def store(mode: Mode) -> Report | None:
    """Keep the report of a mode that has ended; made once, a second time is the first."""
    if mode.ended_at is None:
        return None
    figures = compute(mode)
    with transaction.atomic():
        kept, new = Report.objects.get_or_create(mode=mode, defaults={"figures": figures})
        if new:
            record(events.REPORTED, mode, by=SYSTEM, place=mode.place_id)
    return kept


def figures_of(mode: Mode) -> dict:
    """The figures as they were kept, or as they are so far."""
    kept = mode.reports.first()
    return kept.figures if kept else compute(mode)

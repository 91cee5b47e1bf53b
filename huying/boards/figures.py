"""The figures of a place and a period, each with what it leaves out. One query a page, over the cases."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone

from huying.boards.rules import Rate, before, per_ten_thousand
from huying.calls.rules import CLASSES
from huying.places.models import Place
from huying.places.rules import natural

# What each count is, as SQL over a case `c`; `now` is the moment of looking. The lists behind the numbers use the same words.
GUIDED = "c.state = 'declined' AND c.guided <> 'outside'"
OUTSIDE = "c.state = 'declined' AND c.guided = 'outside'"
BESIDE = "c.state IN ('declined', 'merged', 'withdrawn')"
ANSWERED = "c.state IN ('resolved', 'confirmed', 'closed', 'referred')"
NOT_DONE = f"(c.rating = 'not' OR (NOT ({ANSWERED}) AND (coalesce(c.due_at < %(now)s, false) OR c.state = 'parked')))"
DONE = f"({ANSWERED} AND c.rating <> 'not')"
COUNTS = {
    "calls": "true",
    "beside": BESIDE,
    "open": "c.state IN ('raised', 'accepted', 'assigned', 'underway', 'parked')",
    "guided": GUIDED,
    "outside": OUTSIDE,
    "merged": "c.state = 'merged'",
    "withdrawn": "c.state = 'withdrawn'",
    "unreached": f"NOT ({BESIDE}) AND c.unreached",
    "to_respond": f"NOT ({BESIDE}) AND NOT c.unreached AND (c.respond_by <= %(now)s OR (c.accepted_at IS NOT NULL AND c.contacted_at IS NOT NULL))",
    "responded": f"NOT ({BESIDE}) AND NOT c.unreached AND c.accepted_at <= c.respond_by AND c.contacted_at <= c.respond_by",
    "respond_pending": f"NOT ({BESIDE}) AND NOT c.unreached AND c.respond_by > %(now)s AND (c.accepted_at IS NULL OR c.contacted_at IS NULL)",
    "done": f"NOT ({BESIDE}) AND {DONE}",
    "not_done": f"NOT ({BESIDE}) AND {NOT_DONE}",
    "under_way": f"NOT ({BESIDE}) AND NOT {DONE} AND NOT {NOT_DONE}",
    "parked": "c.state = 'parked'",
    "rated": "c.rating IN ('satisfied', 'mostly', 'not')",
    "content": "c.rating IN ('satisfied', 'mostly')",
    "unrated": f"{ANSWERED} AND c.rating IN ('', 'unsaid')",
    "due": f"NOT ({BESIDE}) AND c.due_at IS NOT NULL AND (c.due_at <= %(now)s OR c.resolved_at IS NOT NULL)",
    "on_time": f"NOT ({BESIDE}) AND c.resolved_at <= c.due_at",
    "not_yet_due": f"NOT ({BESIDE}) AND (c.due_at IS NULL OR (c.due_at > %(now)s AND c.resolved_at IS NULL))",
    "assigned": "c.assigned > 0",
    "returned": "c.returned > 0",
    "answered": "c.answers > 0",
    "reopened": "c.reopened > 0",
}
RATES = {
    # code: (part, whole, excluded)
    "response": (
        "responded",
        "to_respond",
        ("unreached", "guided", "outside", "merged", "withdrawn", "respond_pending"),
    ),
    "resolution": ("done", ("done", "not_done"), ("guided", "outside", "merged", "withdrawn", "under_way")),
    "satisfaction": ("content", "rated", ("unrated",)),
    "on_time": ("on_time", "due", ("guided", "outside", "merged", "withdrawn", "not_yet_due")),
    "returned": ("returned", "assigned", ()),
    "reopened": ("reopened", "answered", ()),
}
# Every call is in just one of these; what is left is 'beside'.
PARTS = ("done", "not_done", "under_way")
_DAY = "(c.raised_at AT TIME ZONE 'Asia/Shanghai')"
_SPAN = {"contact": "c.contacted_at - c.raised_at", "answer": "c.resolved_at - c.raised_at"}


@dataclass(frozen=True)
class Figures:
    """All figures of one place and period. Times are medians."""

    place: Place
    since: dt.date
    until: dt.date
    counts: dict[str, int]
    contact: dt.timedelta | None
    answer: dt.timedelta | None
    by: dict[str, list[dict]] = field(default_factory=dict)

    def rate(self, code: str) -> Rate:
        """One of RATES."""
        return rate(code, self.counts)

    @property
    def rates(self) -> list[Rate]:
        """All rates, in the order of domain.md."""
        return [self.rate(code) for code in RATES]

    @property
    def per_ten_thousand(self) -> float | None:
        """Calls per 10,000 residents of the place in the period."""
        return per_ten_thousand(self.counts["calls"], self.place.residents)


def rate(code: str, counts: dict[str, int]) -> Rate:
    """A rate of RATES from the counts of COUNTS."""
    part, whole, excluded = RATES[code]
    wholes = whole if isinstance(whole, tuple) else (whole,)
    return Rate(
        code,
        min(counts[part], sum(counts[name] for name in wholes)),
        sum(counts[name] for name in wholes),
        {name: counts[name] for name in excluded if counts[name]},
    )


def period(since: dt.date, until: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """The moments of a period of whole days: [since 00:00, the day after `until` 00:00), local time."""
    midnight = dt.time()
    return (
        timezone.make_aware(dt.datetime.combine(since, midnight)),
        timezone.make_aware(dt.datetime.combine(until + dt.timedelta(days=1), midnight)),
    )


def _where(place: Place, since: dt.date, until: dt.date) -> tuple[str, dict]:
    start, end = period(since, until)
    return "c.path <@ %(path)s::ltree AND c.raised_at >= %(start)s AND c.raised_at < %(end)s", {
        "path": place.path,
        "start": start,
        "end": end,
        "now": timezone.now(),
    }


def figures(place: Place, since: dt.date, until: dt.date) -> Figures:
    """The figures of calls raised at or below `place` from `since` to `until`, both days included."""
    where, values = _where(place, since, until)
    counts = ", ".join(f"count(*) FILTER (WHERE {test}) AS {name}" for name, test in COUNTS.items())
    medians = ", ".join(
        f"percentile_disc(0.5) WITHIN GROUP (ORDER BY {span}) AS {name}" for name, span in _SPAN.items()
    )
    # One pass over the cases gives the totals and each breakdown (grouping sets).
    sql = f"""
        SELECT grouping(c.category, c.urgency, {_DAY}::date) AS which,
            c.category, c.urgency, {_DAY}::date AS day, {medians}, {counts}
        FROM boards_case c WHERE {where}
        GROUP BY GROUPING SETS ((), (c.category), (c.urgency), ({_DAY}::date))
    """  # noqa: S608 (the parts are the constants above; values go as parameters)
    rows = _rows(sql, values)
    total = next(row for row in rows if row["which"] == 7)
    return Figures(
        place,
        since,
        until,
        {name: total[name] for name in COUNTS},
        total["contact"],
        total["answer"],
        {
            "category": sorted((r for r in rows if r["which"] == 3), key=lambda r: (-r["calls"], r["category"])),
            "urgency": sorted((r for r in rows if r["which"] == 5), key=lambda r: CLASSES.index(r["urgency"])),
            "day": sorted((r for r in rows if r["which"] == 6), key=lambda r: r["day"]),
        },
    )


def _rows(sql: str, values: dict) -> list[dict]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def counts_of(place: Place, since: dt.date, until: dt.date) -> dict[str, int]:
    """The counts alone: enough to say how much more or less it was than in another period."""
    where, values = _where(place, since, until)
    counts = ", ".join(f"count(*) FILTER (WHERE {test}) AS {name}" for name, test in COUNTS.items())
    return _rows(f"SELECT {counts} FROM boards_case c WHERE {where}", values)[0]  # noqa: S608


@dataclass(frozen=True)
class Behind:
    """Which calls a number counts: a count of COUNTS, and if need be of one category or class only."""

    place: Place
    since: dt.date
    until: dt.date
    count: str
    category: str | None = None
    urgency: str | None = None

    def _sql(self) -> tuple[str, dict]:
        where, values = _where(self.place, self.since, self.until)
        for name in ("category", "urgency"):
            if getattr(self, name) is not None:
                where += f" AND c.{name} = %({name})s"
                values[name] = getattr(self, name)
        return f"FROM boards_case c WHERE {where} AND ({COUNTS[self.count]})", values

    def total(self) -> int:
        """The number itself."""
        found, values = self._sql()
        return _rows(f"SELECT count(*) AS n {found}", values)[0]["n"]

    def ids(self, limit: int = 50, before: int | None = None) -> tuple[list[int], bool]:
        """The calls behind it, newest first, those older than `before` if given: (ids, whether there are more)."""
        found, values = self._sql()
        if before is not None:
            found += " AND c.call_id < %(before)s"
            values["before"] = before
        sql = f"SELECT c.call_id AS id {found} ORDER BY c.call_id DESC LIMIT %(limit)s"
        ids = [row["id"] for row in _rows(sql, {**values, "limit": limit + 1})]
        return ids[:limit], len(ids) > limit


def runs(place: Place, since: dt.date, until: dt.date, unit: str) -> dict[str, dict]:
    """How calls came over the period, by 'day', 'week' or 'month': {'all': {start: (calls, done)},
    'place': {path: {…}}, 'category': {code: {…}}}; starts are dates.
    """
    where, values = _where(place, since, until)
    sql = f"""
        SELECT grouping(path, category) AS which, path, category, start, count(*) AS calls, count(*) FILTER (WHERE done) AS done
        FROM (
            SELECT CASE WHEN nlevel(c.path) >= %(depth)s THEN subpath(c.path, 0, %(depth)s)::text END AS path,
                c.category, date_trunc(%(unit)s, {_DAY})::date AS start, NOT ({BESIDE}) AND {DONE} AS done
            FROM boards_case c WHERE {where}
        ) c GROUP BY GROUPING SETS ((start), (path, start), (category, start))
    """  # noqa: S608
    found: dict[str, dict] = {"all": {}, "place": {}, "category": {}}
    for row in _rows(sql, {**values, "depth": place.path.count(".") + 2, "unit": unit}):
        pair = (row["calls"], row["done"])
        if row["which"] == 3:
            found["all"][row["start"]] = pair
        elif row["which"] == 1:
            found["place"].setdefault(row["path"], {})[row["start"]] = pair
        else:
            found["category"].setdefault(row["category"], {})[row["start"]] = pair
    return found


def by_place(place: Place, since: dt.date, until: dt.date) -> list[dict]:
    """The counts of each place directly below, and its calls of the period before ('earlier').

    Divisions stand by their codes, all others by name: never by a rate (domain.md, 'No league table by default').
    """
    where, values = _where(place, *(before(since, until)[0], until))
    values["since"] = period(since, until)[0]
    counts = ", ".join(
        f"count(*) FILTER (WHERE c.raised_at >= %(since)s AND ({test})) AS {name}" for name, test in COUNTS.items()
    )
    sql = f"""
        SELECT subpath(c.path, 0, %(depth)s)::text AS path, {counts},
            count(*) FILTER (WHERE c.raised_at < %(since)s) AS earlier
        FROM boards_case c WHERE {where} AND nlevel(c.path) >= %(depth)s GROUP BY 1
    """  # noqa: S608
    found = {row.pop("path"): row for row in _rows(sql, {**values, "depth": place.path.count(".") + 2})}
    nothing = dict.fromkeys((*COUNTS, "earlier"), 0)
    children = sorted(
        Place.objects.filter(parent=place).current().public(),
        key=lambda child: (child.code or "~", natural(str(child))),
    )
    return [{**nothing, **found.get(child.path, {}), "place": child} for child in children]

"""Whom to tell of a call-out: who is in range, whom it fits, who was asked least lately; and telling them in one statement."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from huying.callouts import rules
from huying.callouts.catalogue import numbers
from huying.callouts.models import Asked, Callout, Shift, Signup
from huying.callouts.rules_asking import hours_of

# Only one wave is told at a time, so that two call-outs at once do not ask somebody more often than they allow.
LOCK = 0x68796173  # "hyas"
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class Wanted:
    """What an empty place asks of whoever takes it."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    skills: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    min_age: int | None = None
    max_age: int | None = None
    rest: int = 0

    @property
    def row(self) -> dict:
        """The same as the statement takes it; hours and days by the clock on the wall."""
        start, end = timezone.localtime(self.starts_at), timezone.localtime(self.ends_at)
        return {
            "skills": list(self.skills),
            "body": list(self.body),
            "min_age": self.min_age,
            "max_age": self.max_age,
            "day": start.date().isoformat(),
            "week": hours_of(start, end),
            "lower": self.starts_at.isoformat(),
            "upper": (self.ends_at + dt.timedelta(minutes=self.rest)).isoformat(),
        }


def wanted_of(shift: Shift) -> Wanted:
    """What a post asks."""
    asks = (tuple(shift.skills), tuple(shift.body), shift.min_age, shift.max_age)
    return Wanted(shift.starts_at, shift.ends_at, *asks, shift.rest)


def open_shifts(callout: Callout, at: dt.datetime) -> list[Shift]:
    """The posts with empty places that somebody may still take: not begun, and insured where they are risky."""
    found = callout.shifts.filter(starts_at__gt=at).order_by("starts_at", "id")
    return [shift for shift in found if shift.free > 0 and (not shift.risky or shift.insured_at is not None)]


# Everybody registered in range who may be asked at all: registered today, not shut out, not more often than they allow.
_IN_RANGE = """
    FROM callouts_volunteer v
    JOIN people_person p ON p.id = v.person_id AND p.is_active
    WHERE v.path <@ %(reach)s::ltree AND v.valid_from <= %(today)s AND (v.valid_to IS NULL OR v.valid_to > %(today)s)
"""
_MAY_BE_ASKED = """
    AND v.asks_a_week > 0 AND (v.paused_until IS NULL OR v.paused_until <= %(today)s)
    AND (v.asks_a_week > 21 OR v.asks_a_week > (
        SELECT count(*) FROM callouts_asked a
        WHERE a.person_id = v.person_id AND a.wave > 0 AND a.asked_at > %(week_ago)s))
    AND (v.night_calls OR NOT %(night)s)
"""
_NOT_YET = """
    AND NOT EXISTS (SELECT 1 FROM callouts_asked a WHERE a.person_id = v.person_id AND a.callout_id = %(callout)s)
    AND NOT EXISTS (SELECT 1 FROM callouts_signup s JOIN callouts_shift h ON h.id = s.shift_id
        WHERE s.person_id = v.person_id AND h.callout_id = %(callout)s AND s.state = ANY(%(standing)s))
"""
# How well the best of the empty places fits somebody: 0 free then, 1 nothing said of their week, NULL none fits.
_FIT = """
    CROSS JOIN LATERAL (
        SELECT min(CASE
            WHEN (SELECT bool_and(v.week[d] & w.week[d] = w.week[d]) FROM generate_series(1, 7) d) THEN 0
            WHEN v.week = '{0,0,0,0,0,0,0}' THEN 1 END) AS tier
        FROM wanted w
        WHERE w.skills <@ v.skills::text[] AND NOT w.body && v.avoids::text[]
        AND (w.min_age IS NULL OR v.born <= w.day - make_interval(years => w.min_age))
        AND (w.max_age IS NULL OR v.born > w.day - make_interval(years => w.max_age + 1))
        AND (v.born IS NULL OR v.guardian_agreed_at IS NOT NULL OR v.born <= w.day - make_interval(years => %(adult)s))
        AND NOT EXISTS (SELECT 1 FROM callouts_signup s WHERE s.person_id = v.person_id
            AND s.state = ANY(%(holding)s) AND s.guarded && tstzrange(w.lower, w.upper))
    ) fit
"""
_WANTED = """wanted AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(%(wanted)s::jsonb)
    AS w(skills text[], body text[], min_age int, max_age int, day date, week int[], lower timestamptz, upper timestamptz))"""
# The best fit first, then the nearest in the tree of places, then whoever was asked longest ago, then by metres.
_ORDER = """
    ORDER BY fit.tier, nlevel(lca(v.path || 'x', %(path)s::ltree || 'x')) DESC, v.last_asked_at NULLS FIRST,
        (SELECT power((h.lng - %(lng)s) * cos(radians(%(lat)s)), 2) + power(h.lat - %(lat)s, 2)
         FROM places_place h WHERE h.id = v.place_id) NULLS LAST, v.id
    LIMIT %(most)s
"""
_TELL = """, told AS (
        INSERT INTO callouts_asked (callout_id, person_id, wave, asked_at, answer, any_post, words)
        SELECT %(callout)s, person_id, %(wave)s, %(at)s, '', false, '' FROM chosen
        ON CONFLICT (callout_id, person_id) DO NOTHING RETURNING person_id
    )
    UPDATE callouts_volunteer v SET last_asked_at = %(at)s FROM told WHERE v.person_id = told.person_id
"""


def _given(reach: str, path: str, at: dt.datetime, lng: float | None, lat: float | None, night: bool) -> dict:
    return {
        "reach": reach,
        "path": path,
        "at": at,
        "today": timezone.localdate(at),
        "week_ago": at - WEEK,
        "night": night,
        "lng": lng,
        "lat": lat if lat is not None else 0,
        "adult": numbers()["limits"]["adult"],
        "standing": list(rules.STANDING),
        "holding": list(rules.HOLDING),
    }


def tell_everybody(callout: Callout, number: int, at: dt.datetime, *, night: bool) -> int:
    """Ask all in range who were not asked yet and may be, in one statement; returns how many."""
    given = _given(callout.reach_path, callout.path, at, None, None, night) | {"callout": callout.pk, "wave": number}
    # All are found before the first is written: the statement would read what it writes, over and over, while the table
    # is small enough to be read as a whole.
    chosen = (
        "chosen AS (SELECT unnest(array_agg(v.person_id)) AS person_id " + _IN_RANGE + _MAY_BE_ASKED + _NOT_YET + ")"
    )
    sql = "WITH " + chosen + _TELL
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return cursor.rowcount


def tell_fitting(
    callout: Callout, shifts: Iterable[Shift], most: int, number: int, at: dt.datetime, *, night: bool
) -> int:
    """Ask as many as `most` of those whom an empty place fits, the best first, in one statement; returns how many."""
    place = callout.place
    lng, lat = (callout.lng, callout.lat) if callout.lng is not None else (place.lng, place.lat)
    given = _given(callout.reach_path, callout.path, at, lng, lat, night)
    given |= {"callout": callout.pk, "wave": number, "most": most}
    given["wanted"] = json.dumps([wanted_of(shift).row for shift in shifts])
    body = _IN_RANGE.replace("WHERE", _FIT + " WHERE fit.tier IS NOT NULL AND ", 1)
    chosen = "chosen AS (SELECT v.person_id " + body + _MAY_BE_ASKED + _NOT_YET + _ORDER + ")"
    with connection.cursor() as cursor:
        cursor.execute("WITH " + _WANTED + ", " + chosen + _TELL, given)
        return cursor.rowcount


@dataclass(frozen=True)
class Range:
    """How many a call-out would reach: registered in range, whom a post fits, and of them who said that they are free then."""

    registered: int
    fitting: int
    free: int


def range_of(reach: str, wanted: Iterable[Wanted], at: dt.datetime, *, night: bool = False) -> Range:
    """Count whom these posts would reach, before anything is posted: one query."""
    given = _given(reach, reach, at, None, None, night)
    given["wanted"] = json.dumps([one.row for one in wanted])
    body = _IN_RANGE.replace("WHERE", _FIT + " WHERE ", 1)
    may = _MAY_BE_ASKED.strip().removeprefix("AND ")
    sql = f"""WITH {_WANTED} SELECT count(*), count(*) FILTER (WHERE fit.tier IS NOT NULL AND {may}),
        count(*) FILTER (WHERE fit.tier = 0 AND {may}) {body}"""
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return Range(*cursor.fetchone())


@dataclass(frozen=True)
class Told:
    """How the telling of a call-out stands: counts only, nobody by name."""

    asked: int
    can: int
    cannot: int
    waves: int
    # Who said yes and holds nothing yet, and who is still waited for.
    willing: int
    pending: int
    last_at: dt.datetime | None


def told_of(callout: Callout, since: dt.datetime) -> Told:
    """Count who was asked and what they said; `since`: from when on an answer is still waited for."""
    sql = """SELECT count(*) FILTER (WHERE wave > 0), count(*) FILTER (WHERE answer = 'can'),
            count(*) FILTER (WHERE answer = 'cannot'), coalesce(max(wave), 0),
            count(*) FILTER (WHERE answer = 'can' AND NOT stands),
            count(*) FILTER (WHERE answer = '' AND wave > 0 AND asked_at > %(since)s AND NOT stands),
            max(asked_at) FILTER (WHERE wave > 0)
        FROM (SELECT a.*, EXISTS (SELECT 1 FROM callouts_signup s JOIN callouts_shift h ON h.id = s.shift_id
                WHERE h.callout_id = a.callout_id AND s.person_id = a.person_id AND s.state = ANY(%(standing)s)) AS stands
            FROM callouts_asked a WHERE a.callout_id = %(callout)s) told"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"callout": callout.pk, "since": since, "standing": list(rules.STANDING)})
        return Told(*cursor.fetchone())


def people_in(callout: Callout) -> set[int]:
    """Those who stand in a call-out or have said that they can come: they hear of every change."""
    stand = Signup.objects.standing().filter(shift__callout=callout).values_list("person_id", flat=True)
    can = Asked.objects.filter(callout=callout, answer="can").values_list("person_id", flat=True)
    return {*stand, *can}

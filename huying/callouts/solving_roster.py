"""The thin shell around the solver of rosters: rows in, lines and the gap out."""

import datetime as dt

from django.utils import timezone

from huying.callouts import rules
from huying.callouts.catalogue import numbers
from huying.callouts.models import Callout, Shift
from huying.callouts.queries_assign import Candidate
from huying.callouts.solving import Line, Solution, reasons
from huying.solvers import roster

HOUR = dt.timedelta(hours=1)


def solve(callout: Callout, people: dict[int, Candidate], shifts: list[Shift]) -> Solution:
    """Who takes which shifts: rest, hours and free times kept, load shared evenly among those who take part."""
    start = timezone.localtime(callout.starts_at).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = start - dt.timedelta(days=start.weekday())
    minutes = lambda moment: round((moment - monday).total_seconds() / 60)  # noqa: E731
    limits = numbers()["limits"]
    offered = min(callout.hours_a_week or limits["hours_a_week"], limits["hours_a_week"]) * 60
    plan = roster.solve(
        [
            roster.Person(
                one.person_id,
                offered,
                a_day=min(limits["hours_a_day"], 24) * 60,
                free=tuple((minutes(a), minutes(b)) for a, b in free_times(one)),
                busy=tuple((minutes(a), minutes(b)) for a, b in one.busy),
                wishes=frozenset(one.wishes),
                skills=frozenset(one.skills),
                avoids=frozenset(one.volunteer.avoids if one.volunteer else ()),
                age=rules.age_on(one.volunteer.born, start.date()) if one.volunteer and one.volunteer.born else None,
            )
            for one in people.values()
        ],
        [
            roster.Shift(
                shift.pk,
                minutes(shift.starts_at),
                minutes(shift.ends_at),
                shift.free,
                shift.rest,
                frozenset(shift.skills),
                frozenset(shift.body),
                shift.min_age,
                shift.max_age,
            )
            for shift in shifts
            if shift.free
        ],
        seed=callout.pk,
        time_limit=numbers()["roster"]["solving_seconds"],
    )
    by_id = {shift.pk: shift for shift in shifts}
    lines = [Line(shift, person, reasons(people[person], by_id[shift], {})) for shift, person in plan.placed]
    return Solution(lines, plan.gap, {one.shift: one.why for one in plan.unfilled})


def free_times(one: Candidate) -> list[tuple[dt.datetime, dt.datetime]]:
    """When somebody has time: what they said for this roster, cut by the picture of their week when they have drawn one."""
    week = one.volunteer.week if one.volunteer else [0] * 7
    if not any(week):
        return [(one.can_from, one.can_to)]
    found: list[tuple[dt.datetime, dt.datetime]] = []
    hour = timezone.localtime(one.can_from).replace(minute=0, second=0, microsecond=0)
    while hour < one.can_to:
        if week[hour.weekday()] >> hour.hour & 1:
            begin, end = max(hour, one.can_from), min(hour + HOUR, one.can_to)
            if found and found[-1][1] == begin:
                found[-1] = (found[-1][0], end)
            else:
                found.append((begin, end))
        hour += HOUR
    return found

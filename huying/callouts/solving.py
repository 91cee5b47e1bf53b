"""The thin shell around the solver of first assignments: rows in, lines with reasons out."""

from dataclasses import dataclass

from django.utils import timezone

from huying.callouts import rules
from huying.callouts.models import Callout, Shift
from huying.callouts.queries_assign import Candidate
from huying.solvers import assignment

# Nearer than this is a reason to name; served less than this of late is another [convention].
NEAR_METRES, RESTED_MINUTES = 800, 120
# Posts of one call-out that one person may be given, when there are fewer people than places.
MOST_POSTS = 3
# Somebody waits for the answer at a page; what was found by then is the proposal, and its gap says what it is worth.
SECONDS = 10.0


@dataclass(frozen=True)
class Line:
    """Somebody at a post, with the codes of the reasons."""

    shift_id: int
    person_id: int
    why: tuple[str, ...]


@dataclass(frozen=True)
class Solution:
    """The lines, how far from the best possible they are at most (percent), and why places stay empty, by shift."""

    lines: list[Line]
    gap: float
    empty: dict[int, str]


def solve(callout: Callout, people: dict[int, Candidate], shifts: list[Shift]) -> Solution:
    """Who could go where: as many places as possible are filled, with the least effort (planning.md, 'People to posts').

    All who said that they can come are asked for any post: the post they are given is an offer, unless any was welcome.
    """
    friends = {(one.person_id, other) for one in people.values() for other in one.companions}
    plan = assignment.assign(
        [_person(callout, one) for one in people.values()],
        [_post(callout, shift) for shift in shifts if shift.free and not (shift.risky and shift.insured_at is None)],
        companions=friends,
        seed=callout.pk,
        time_limit=SECONDS,
    )
    by_id = {shift.pk: shift for shift in shifts}
    placed: dict[int, set[int]] = {}
    for one in plan.placed:
        placed.setdefault(one.post, set()).add(one.person)
    lines = [Line(one.post, one.person, reasons(people[one.person], by_id[one.post], placed)) for one in plan.placed]
    return Solution(lines, plan.gap, {one.post: one.why for one in plan.unfilled})


def reasons(one: Candidate, shift: Shift, placed: dict[int, set[int]]) -> tuple[str, ...]:
    """What speaks for somebody at a post, as codes; `placed` says who stands where."""
    found = (
        ("wish", shift.pk in one.wishes),
        ("skill", bool(shift.skills) and one.skilled_for(shift)),
        ("together", bool(one.companions & placed.get(shift.pk, set()))),
        ("near", one.metres <= NEAR_METRES),
        ("rested", one.minutes < RESTED_MINUTES),
    )
    return tuple(code for code, true in found if true)


def clash(one: Shift, other: Shift) -> bool:
    """Whether nobody can take both, each with the rest after it."""
    return assignment.overlapping(_post(one.callout, one), _post(one.callout, other))


def _minutes(callout: Callout, moment) -> int:
    return round((moment - callout.starts_at).total_seconds() / 60)


def _post(callout: Callout, shift: Shift) -> assignment.Post:
    """A post at the origin: all posts of a call-out are at one place."""
    return assignment.Post(
        id=shift.pk,
        x=0.0,
        y=0.0,
        capacity=shift.free,
        starts=_minutes(callout, shift.starts_at),
        ends=_minutes(callout, shift.ends_at),
        rest=shift.rest,
        skills=frozenset(shift.skills),
        body=frozenset(shift.body),
        min_age=shift.min_age,
        max_age=shift.max_age,
    )


def _person(callout: Callout, one: Candidate) -> assignment.Person:
    """A person as far from the origin as they live from the place."""
    volunteer = one.volunteer
    born = volunteer.born if volunteer else None
    return assignment.Person(
        id=one.person_id,
        x=one.metres,
        y=0.0,
        any_post=True,
        wishes=frozenset(one.wishes),
        skills=frozenset(one.skills),
        avoids=frozenset(volunteer.avoids if volunteer else ()),
        age=rules.age_on(born, timezone.localdate(callout.starts_at)) if born else None,
        free=((_minutes(callout, one.can_from), _minutes(callout, one.can_to)),),
        busy=tuple((_minutes(callout, begin), _minutes(callout, end)) for begin, end in one.busy),
        load_minutes=one.minutes,
        most=MOST_POSTS,
    )

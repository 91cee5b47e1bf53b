"""An independent look at a roster: every hard rule and the objective, computed anew from what was given."""

from collections.abc import Iterable
from itertools import combinations

from huying.solvers.roster import DAY, WEEK, Person, Plan, Shift, Weights


def check(people: Iterable[Person], shifts: Iterable[Shift], plan: Plan, *, weights: Weights = Weights()) -> list[str]:
    """What is wrong with a plan, in words; nothing when it is right."""
    who, what = {one.id: one for one in people}, {one.id: one for one in shifts}
    wrong, served = [], {one: [] for one in who}
    for shift, person in plan.placed:
        served[person].append(what[shift])
        wrong += _unfit(who[person], what[shift])
    for number, own in served.items():
        own.sort(key=lambda shift: shift.starts)
        for one, other in combinations(own, 2):
            if other.starts < one.ends + one.rest:
                wrong.append(f"{number} has {one.id} and {other.id} without the rest between")
        for length, most in ((WEEK, who[number].offered), (DAY, who[number].a_day)):
            for start in {shift.starts // length for shift in own}:
                if sum(shift.ends - shift.starts for shift in own if shift.starts // length == start) > most:
                    wrong.append(f"{number} serves more than {most} minutes")
    for number, shift in what.items():
        if sum(one == number for one, _ in plan.placed) > shift.capacity:
            wrong.append(f"{number} has too many people")
    if len(set(plan.placed)) < len(plan.placed):
        wrong.append("somebody is twice at the same shift")
    cost = objective(who.values(), what.values(), set(plan.placed), weights)
    if cost != plan.objective:
        wrong.append(f"the objective is {cost}, not {plan.objective}")
    if plan.bound > plan.objective:
        wrong.append("the bound is above the plan")
    return wrong


def _unfit(person: Person, shift: Shift) -> list[str]:
    """Which rules of the one pair are broken."""
    name = f"{person.id} at {shift.id}"
    end = shift.ends + shift.rest
    found = []
    if person.free is not None and not any(a <= shift.starts and shift.ends <= b for a, b in person.free):
        found.append(f"{name}: has no time")
    if any(a < end and shift.starts < b for a, b in person.busy):
        found.append(f"{name}: is elsewhere")
    if not shift.skills <= person.skills:
        found.append(f"{name}: lacks a skill")
    if shift.body & person.avoids:
        found.append(f"{name}: cannot bear it")
    if shift.min_age is not None or shift.max_age is not None:
        age = -1 if person.age is None else person.age
        if not (shift.min_age or 0) <= age <= (999 if shift.max_age is None else shift.max_age):
            found.append(f"{name}: has not the age")
    return found


def objective(people: Iterable[Person], shifts: Iterable[Shift], placed: set[tuple[int, int]], weights: Weights) -> int:
    """What a plan costs, by the definition: empty places, unwished shifts, minutes above the share."""
    people, shifts = list(people), list(shifts)
    length = {shift.id: shift.ends - shift.starts for shift in shifts}
    room = {shift.id: min(shift.capacity, len(people)) for shift in shifts}
    total = weights.empty * sum(length[one] * (room[one] - sum(other == one for other, _ in placed)) for one in length)
    wishes = {person.id: person.wishes for person in people}
    total += weights.unwished * sum(shift not in wishes[person] for shift, person in placed)
    weeks = max(max((shift.ends for shift in shifts), default=0) / WEEK, 1 / 7)
    needed, offered = sum(length[one] * room[one] for one in length), sum(person.offered for person in people)
    for person in people:
        share = int(person.offered * min(1.0, needed / max(1.0, offered * weeks)) * weeks)
        minutes = sum(length[shift] for shift, one in placed if one == person.id)
        total += weights.over * max(0, minutes - share)
    return total

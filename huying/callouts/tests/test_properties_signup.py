"""Whatever people do in whatever order: places as they are, nobody in two, the line in order, and it moves."""

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huying.callouts import rules
from huying.callouts.actions.signup import fill, item_of, place, release_place, write
from huying.callouts.models import Shift, Signup
from huying.callouts.tests.scene import a_callout, a_shift, crowd
from huying.kernel.scopes import SYSTEM, Actor

PEOPLE, POSTS = 6, 4
WHO, WHERE = st.integers(0, PEOPLE - 1), st.integers(0, POSTS - 1)
HAPPENINGS = st.one_of(
    st.tuples(st.just("sign_up"), st.lists(st.tuples(WHO, WHERE), min_size=1, max_size=6)),
    st.tuples(st.just("leave"), st.tuples(WHO, WHERE)),
    st.tuples(st.just("accept"), st.tuples(WHO, WHERE)),
    st.tuples(st.just("place"), st.tuples(WHO, WHERE)),
    st.tuples(st.just("more"), WHERE),
)


class Undo(Exception):
    """Ends an example: what it wrote is rolled back."""


class World:
    """Four posts, of which the first three overlap, and six people."""

    def __init__(self, stage):
        callout = a_callout(stage)
        self.people = crowd(stage, PEOPLE)
        self.shifts = [
            a_shift(callout, "一", start=6, hours=4, capacity=1, rest=60),
            a_shift(callout, "二", start=8, hours=4, capacity=2),
            a_shift(callout, "三", start=10, hours=3, capacity=1),
            a_shift(callout, "四", start=15, hours=5, capacity=1),
        ]

    def own(self, who: int, where: int) -> Signup | None:
        return Signup.objects.standing().filter(person=self.people[who], shift=self.shifts[where]).first()

    def sign_up(self, pairs) -> None:
        lines = {n: self.line(n) for n in range(POSTS)}
        wishes = [
            item_of(self.shifts[where].pk, self.people[who].pk, by=Actor(id=self.people[who].pk, kind="person"))
            for who, where in pairs
        ]
        for (who, where), outcome in zip(pairs, write(wishes), strict=True):
            if outcome.code == "confirmed":
                assert not lines[where], "somebody walked past the line"
            assert outcome.code in ("confirmed", "offered", "waiting", "already", "overlap", "rest", "day_hours")
            assert outcome.stands == (self.own(who, where) is not None)

    def leave(self, pair) -> None:
        row = self.own(*pair)
        if row is not None:
            held = row.state in rules.HOLDING
            row.state, row.ended_at, row.expires_at = "withdrawn", timezone.now(), None
            row.save()
            if held:
                release_place(row)

    def accept(self, pair) -> None:
        row = self.own(*pair)
        if row is not None and row.state == rules.OFFERED:
            row.state, row.expires_at, row.confirmed_at = "confirmed", None, timezone.now()
            row.save()

    def place(self, pair) -> None:
        who, where = pair
        place(self.shifts[where], self.people[who].pk, by=SYSTEM)

    def more(self, where: int) -> None:
        shift = Shift.objects.get(pk=self.shifts[where].pk)
        Shift.objects.filter(pk=shift.pk).update(capacity=shift.capacity + 1)
        fill(shift)

    def line(self, where: int) -> list[Signup]:
        return list(Signup.objects.waiting().filter(shift=self.shifts[where]))

    def check(self) -> None:
        held = list(Signup.objects.holding())
        for where, shift in enumerate(Shift.objects.filter(pk__in=[one.pk for one in self.shifts]).order_by("id")):
            assert shift.taken == sum(one.shift_id == shift.pk for one in held) <= shift.capacity
            if shift.taken < shift.capacity:
                for waiting in self.line(where):
                    assert self.hindered(waiting, held), "a place is free, and somebody who could take it waits"
        for one in held:
            for other in held:
                if one.pk < other.pk and one.person_id == other.person_id:
                    assert not self.meet(one, other), "somebody stands in two places"

    def hindered(self, waiting: Signup, held: list[Signup]) -> bool:
        own = [one for one in held if one.person_id == waiting.person_id]
        hours = sum((one.period.upper - one.period.lower).total_seconds() for one in [*own, waiting]) / 3600
        return hours > 12 or any(self.meet(one, waiting) for one in own)

    @staticmethod
    def meet(one: Signup, other: Signup) -> bool:
        return one.guarded.lower < other.guarded.upper and other.guarded.lower < one.guarded.upper


@pytest.mark.slow
def test_whatever_happens(stage):
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(HAPPENINGS, min_size=2, max_size=14))
    def run(history):
        try:
            with transaction.atomic():
                world = World(stage)
                for what, how in history:
                    getattr(world, what)(how)
                    world.check()
                raise Undo
        except Undo:
            pass

    run()


@pytest.mark.slow
def test_the_line_is_the_order_of_arrival(stage):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.permutations(range(PEOPLE)), st.integers(1, 4))
    def run(order, capacity):
        try:
            with transaction.atomic():
                world = World(stage)
                shift = a_shift(world.shifts[0].callout, "五", start=6, capacity=capacity)
                found = write(
                    [
                        item_of(shift.pk, world.people[n].pk, by=Actor(id=world.people[n].pk, kind="person"))
                        for n in order
                    ]
                )
                assert [one.code for one in found] == ["confirmed"] * capacity + ["waiting"] * (PEOPLE - capacity)
                assert [one.position for one in found[capacity:]] == list(range(1, PEOPLE - capacity + 1))
                for seat in range(PEOPLE - capacity):
                    row = Signup.objects.holding().filter(shift=shift).order_by("id").first()
                    row.state, row.ended_at, row.expires_at = "withdrawn", timezone.now(), None
                    row.save()
                    release_place(row)
                    assert (
                        Signup.objects.get(shift=shift, person=world.people[order[capacity + seat]]).state == "offered"
                    )
                raise Undo
        except Undo:
            pass

    run()

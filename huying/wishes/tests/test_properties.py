"""Whatever happens in whatever order: one open claim at most, and no sight of who wishes without it."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huying.kernel.errors import Refusal
from huying.wishes import actions, rules
from huying.wishes.models import Claim
from huying.wishes.tests.scene import on_the_wall, wisher

GIVERS = ("xu", "gao", "qin")
STEPS = {
    "claim": lambda w, a, at: actions.claim(w, by=a, at=at),
    "join": lambda w, a, at: actions.join(w, by=a, at=at),
    "reveal": lambda w, a, at: actions.reveal(w, by=a, at=at),
    "contact": lambda w, a, at: actions.contact(w, by=a, at=at),
    "fulfil": lambda w, a, at: actions.fulfil(w, by=a, at=at),
    "release": lambda w, a, at: actions.release(w, by=a, at=at),
    "lapse": lambda w, a, at: actions.lapse(w, at=at),
    "answer_due": lambda w, a, at: actions.answer_due(w, at=at),
    "answer": lambda w, a, at: actions.answer(w, by=a, at=at),
    "confirm": lambda w, a, at: actions.confirm(w, "satisfied", by=wisher(w), at=at),
    "close": lambda w, a, at: actions.close(w, "unsaid", by=wisher(w), at=at),
    "expire": lambda w, a, at: actions.expire(w, at=at),
    "reoffer": lambda w, a, at: actions.reoffer(w, "不是这个", by=wisher(w), at=at),
    "take_down": lambda w, a, at: actions.take_down(w, by=wisher(w), at=at),
}


class Undo(Exception):
    """Ends an example: what it wrote is rolled back."""


@pytest.mark.slow
def test_one_open_claim_at_most_and_identity_only_with_it(stage):
    actors = {name: stage.actor(name) for name in GIVERS}

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.sampled_from(GIVERS)), min_size=3, max_size=14))
    def run(history):
        try:
            with transaction.atomic():
                wish = on_the_wall(stage, value=400, givers=3)
                now = timezone.now()
                for step, who in history:
                    now += dt.timedelta(days=2)
                    try:
                        with transaction.atomic():
                            STEPS[step](wish, actors[who], now)
                    except Refusal:
                        pass
                    wish.refresh_from_db()
                    check(wish)
                raise Undo
        except Undo:
            pass

    def check(wish):
        held = list(Claim.objects.filter(wish=wish, ended_at=None))
        assert len(held) == (1 if wish.state in rules.HELD else 0), wish.state
        for name, actor in actors.items():
            holds = bool(held) and held[0].person_id == actor.id
            opened = holds and held[0].openings.filter(by_id=actor.id).exists()
            assert (actions.revealed(wish, by=actor) is not None) == opened, name

    run()

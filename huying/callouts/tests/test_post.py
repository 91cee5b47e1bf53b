"""Posting: everything is said at its field, nothing is half-done, and the same form twice is one call-out."""

import dataclasses
import datetime as dt
import secrets

import pytest
from django.utils import timezone

from huying.callouts.actions.post import Line, Posting, post
from huying.callouts.models import Callout, Shift
from huying.callouts.tests.scene import tomorrow
from huying.kernel.errors import BadInput, Forbidden
from huying.kernel.models import Event


def posting(stage, at="compound", **more) -> Posting:
    """Zhi's call-out for tomorrow morning."""
    given = {
        "place": stage.place(at),
        "title": "核酸检测点要人",
        "starts_at": tomorrow(6),
        "ends_at": tomorrow(18),
        "closes_at": tomorrow(5),
        "lines": [Line("扫码", 3), Line("维持秩序", 2, body=("standing",))],
        "key": secrets.token_urlsafe(12),
        "turn": 4,
    } | more
    return Posting(**given)


def test_a_posting_becomes_posts_in_shifts(stage):
    callout, new = post(posting(stage), by=stage.actor("zhi"))
    assert new and callout.state == "open" and callout.reach_path == stage.place("community").path
    assert [(s.name, timezone.localtime(s.starts_at).hour) for s in callout.shifts.order_by("id")] == [
        ("扫码", 6),
        ("扫码", 10),
        ("扫码", 14),
        ("维持秩序", 6),
        ("维持秩序", 10),
        ("维持秩序", 14),
    ]
    assert Event.objects.filter(kind="callouts.posted", subject_id=callout.pk).count() == 1


def test_the_same_form_twice_is_one_call_out(stage):
    once = posting(stage)
    first, new = post(once, by=stage.actor("zhi"))
    second, again = post(dataclasses.replace(once, title="别的"), by=stage.actor("zhi"))
    assert new and not again and first == second and Callout.objects.count() == 1 and Shift.objects.count() == 6


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("starts_at", {"starts_at": timezone.now() - dt.timedelta(hours=1)}),
        ("starts_at", {"starts_at": None}),
        ("starts_at", {"starts_at": tomorrow(6, days=90), "ends_at": tomorrow(9, days=90)}),
        ("ends_at", {"ends_at": tomorrow(5)}),
        ("ends_at", {"ends_at": tomorrow(6)}),
        ("ends_at", {"ends_at": tomorrow(6, days=40)}),
        ("closes_at", {"closes_at": tomorrow(7)}),
        ("closes_at", {"closes_at": timezone.now() - dt.timedelta(hours=1)}),
        ("title", {"title": "  "}),
        ("title", {"title": "长" * 41}),
        ("lines", {"lines": []}),
        ("line-0-places", {"lines": [Line("扫码", 0)]}),
        ("line-0-places", {"lines": [Line("扫码", None)]}),
        ("line-0-places", {"lines": [Line("扫码", 1_000_000)]}),
        ("lines", {"lines": [Line("扫码", 1500), Line("搬运", 1500)]}),
        ("lines", {"lines": [Line("扫码", 1)] * 30, "turn": 2}),
        ("line-0-name", {"lines": [Line(" ", 1)]}),
        ("line-0-max_age", {"lines": [Line("扫码", 1, min_age=60, max_age=18)]}),
        ("line-0-min_age", {"lines": [Line("扫码", 1, min_age=160)]}),
        ("line-0-skills", {"lines": [Line("扫码", 1, skills=("flying",))]}),
        ("line-0-starts_at", {"lines": [Line("扫码", 1, starts_at=tomorrow(4), ends_at=tomorrow(9))]}),
        ("line-0-ends_at", {"lines": [Line("扫码", 1, starts_at=tomorrow(9), ends_at=tomorrow(8))]}),
        ("risk", {"lines": [Line("搬运消毒", 1, risky=True)]}),
        ("turn", {"ends_at": tomorrow(18, days=3), "turn": 0}),
        ("reach", {"reach": "district"}),
        ("reach", {"reach": "nowhere"}),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_leaves_no_trace(stage, field, wrong):
    with pytest.raises(BadInput) as refused:
        post(posting(stage, **wrong), by=stage.actor("zhi"))
    assert field in refused.value.fields, refused.value.fields
    assert not Callout.objects.exists() and not Event.objects.filter(kind__startswith="callouts.").exists()


def test_nobody_posts_outside_of_their_posts(stage):
    for who in ("xu", "wu", "lu", "zhao"):
        with pytest.raises(Forbidden):
            post(posting(stage), by=stage.actor(who))
    with pytest.raises(Forbidden):
        post(posting(stage, at="elsewhere"), by=stage.actor("zhi"))
    assert not Callout.objects.exists()


def test_whoever_stands_higher_is_heard_farther(stage):
    callout, _new = post(posting(stage, reach="street"), by=stage.actor("jie"))
    assert callout.reach_path == stage.place("street").path
    callout, _new = post(posting(stage, reach="compound"), by=stage.actor("zhi"))
    assert callout.reach_path == stage.place("compound").path


def test_a_risky_post_is_insured_by_whoever_ticks_it(stage):
    lines = [Line("搬运消毒", 1, risky=True, insured=True), Line("扫码", 1, insured=True)]
    callout, _new = post(posting(stage, lines=lines, turn=0, risk="消毒水刺激，发手套"), by=stage.actor("zhi"))
    risky, usual = callout.shifts.order_by("id")
    assert risky.insured_by == stage.persons["zhi"] and usual.insured_at is None

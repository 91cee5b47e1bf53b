"""What calls do by themselves."""

import datetime as dt

import pytest
from django.utils import timezone

from huying.calls import actions
from huying.people.actions import erase_what_is_due


@pytest.fixture
def one(raise_one):
    return raise_one(phone="13812345678")


def erased(call) -> bool:
    """Whether a night two years on erases the caller."""
    erase_what_is_due(on=timezone.localdate() + dt.timedelta(days=730))
    call.identity.refresh_from_db()
    return call.identity.erased_at is not None


def test_whoever_still_waits_for_an_answer_is_not_erased(one):
    assert not erased(one)


def test_whoever_may_still_say_that_it_is_no_answer_is_not_erased(one, stage):
    actions.settle(one, by=stage.actor("lu"), category="lighting", outcome="换了")
    assert not erased(one)


def test_when_the_call_has_ended_the_caller_is_erased(one, stage):
    actions.settle(one, by=stage.actor("lu"), category="lighting", outcome="换了")
    one.refresh_from_db()
    actions.confirm(one, "satisfied", by=stage.resident(one))
    assert erased(one)

"""Households that need help first: consent, who reads when, each look told, rights that end by themselves, erasure."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from huying.kernel.errors import BadInput, Forbidden
from huying.kernel.models import Event
from huying.kernel.scopes import link_holder
from huying.modes import actions, events, households, jobs
from huying.modes.models import HouseholdLook, PriorityHousehold
from huying.modes.tests.scene import household, switched

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def readers(stage) -> set[str]:
    """Who of the cast may read of a household in 17栋 just now."""
    cast = ("lu", "zhi", "gao", "shen", "qin", "jie", "qu", "shi", "xu", "zhao", "operator", "wu", "anonymous")
    return {one for one in cast if PriorityHousehold.objects.current().visible_to(stage.actor(one)).exists()}


def test_in_peacetime_only_its_keepers_read_it_and_for_a_reason(stage):
    household(stage)
    assert readers(stage) == {"gao", "shen", "qin"}
    with pytest.raises(BadInput, match="为什么要看"):
        households.open_list(stage.place("community"), by=stage.actor("gao"))
    (one,) = households.open_list(stage.place("community"), by=stage.actor("gao"), reason="核对一遍名单")
    assert (one.phone, one.words) == ("13900001234", "302，钥匙在对门") and one.needs == ["吸氧", "独居老人"]
    look = HouseholdLook.objects.get()
    assert (look.role, look.reason, look.mode) == ("community_worker", "核对一遍名单", None)
    assert households.open_list(stage.place("community"), by=stage.actor("lu")) == []
    assert HouseholdLook.objects.count() == 1


def test_in_an_emergency_those_of_the_place_read_it_and_it_ends_by_itself(stage):
    household(stage)
    mode = switched(stage, level=3, hours=5)
    assert readers(stage) == {"gao", "shen", "qin", "zhi", "lu"}
    (one,) = households.open_list(stage.place("building"), by=stage.actor("lu"))
    assert one.phone and HouseholdLook.objects.get().mode == mode
    with time_machine.travel(timezone.now() + 5 * HOUR):
        # No job has run: the right is over with the time itself.
        assert readers(stage) == {"gao", "shen", "qin"}
        assert households.open_list(stage.place("building"), by=stage.actor("lu")) == []
        assert type(mode).objects.get(pk=mode.pk).state == "on"


def test_a_mild_level_opens_nothing_and_an_end_closes_at_once(stage):
    household(stage)
    mode = switched(stage, level=4)
    assert "lu" not in readers(stage)
    actions.change_level(mode, 2, by=stage.actor("jie"))
    assert "lu" in readers(stage)
    actions.end(mode, "雨停了", by=stage.actor("jie"))
    assert "lu" not in readers(stage)


def test_a_drill_opens_only_those_who_agreed_to_be_practised_with(stage):
    household(stage)
    switched(stage, kind="drill", by="qin")
    assert "lu" not in readers(stage)
    household(stage, drills=True)
    assert "lu" in readers(stage)
    assert PriorityHousehold.objects.visible_to(stage.actor("lu")).get().drills


def test_elsewhere_nobody_reads_it(stage):
    household(stage)
    switched(stage, "elsewhere")
    assert readers(stage) == {"gao", "shen", "qin"}


def test_taken_back_it_is_gone_at_once_and_the_log_tells_nothing_of_it(stage):
    one = household(stage)
    switched(stage)
    households.open_list(stage.place("building"), by=stage.actor("zhi"))
    with pytest.raises(Forbidden):
        households.withdraw(one, by=stage.actor("lu"))
    with pytest.raises(Forbidden):
        households.withdraw(one, by=link_holder("household", one.pk + 1))
    pk = one.pk
    households.withdraw(one, by=link_holder("household", pk))
    assert not PriorityHousehold.objects.exists() and not HouseholdLook.objects.exists()
    for event in Event.objects.filter(subject_type="priorityhousehold"):
        assert event.place_id == stage.place("community").pk, "not where somebody needs help"
        assert "oxygen" not in str(event.facts)
    households.withdraw(one, by=link_holder("household", pk))
    assert Event.objects.filter(kind=events.HOUSEHOLD_REMOVED).count() == 1


def test_what_was_gathered_only_for_an_emergency_carries_its_date_and_goes(stage):
    mode = switched(stage, hours=48)
    kept, only = household(stage), household(stage, only_now=True)
    assert only.erase_on == timezone.localdate(mode.expires_at) + 30 * DAY < only.until
    actions.extend(mode, timezone.now() + 20 * DAY, by=stage.actor("jie"))
    only.refresh_from_db()
    assert only.erase_on == timezone.localdate(mode.expires_at) + 30 * DAY
    actions.end(mode, "雨停了", by=stage.actor("jie"))
    only.refresh_from_db()
    assert only.erase_on == timezone.localdate() + 30 * DAY
    assert jobs.erase_households() == 0
    with time_machine.travel(timezone.now() + 30 * DAY):
        assert "gao" in readers(stage) and PriorityHousehold.objects.current().count() == 1
        assert jobs.erase_households() == 1
    assert set(PriorityHousehold.objects.all()) == {kept}


def test_consent_runs_out_and_so_does_the_row(stage):
    one = household(stage)
    with time_machine.travel(dt.datetime.combine(one.until, dt.time(12), tzinfo=dt.UTC)):
        assert readers(stage) == set()
        assert jobs.erase_households() == 1 and not PriorityHousehold.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"needs": []}, "needs"),
        ({"needs": ["religion"]}, "needs"),
        ({"how": ""}, "how"),
        ({"phone": "12345"}, "phone"),
        ({"words": " "}, "words"),
        ({"until": None}, "until"),
        ({"until": dt.date(2001, 1, 1)}, "until"),
        ({"place": "community"}, "place"),
        ({"only_now": True}, "only_now"),
    ],
)
def test_what_is_missing_is_told_at_its_field(stage, changed, field):
    with pytest.raises(BadInput) as refused:
        household(stage, **changed)
    assert list(refused.value.fields) == [field]
    assert not PriorityHousehold.objects.exists()


def test_nobody_writes_down_what_is_not_theirs(stage):
    for who in ("zhao", "xu", "jie", "wu"):
        with pytest.raises(Forbidden):
            household(stage, by=who)
    first = household(stage, key="tap")
    assert household(stage, key="tap") == first


def test_what_is_held_is_sealed(stage):
    from django.db import connection

    household(stage)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name_sealed, phone_sealed, words_sealed FROM modes_priorityhousehold")
        assert not any(b"13900001234" in bytes(value) or b"302" in bytes(value) for value in cursor.fetchone())

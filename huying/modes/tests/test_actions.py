"""Switching on, extending, changing, ending: who may, what is refused in which words, and that all of it is one transaction."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from huying.kernel.errors import BadInput, Forbidden, StalePage, StepRefused
from huying.kernel.models import Event
from huying.kernel.testing import assert_table
from huying.modes import actions, events, following
from huying.modes.models import Mode
from huying.modes.models.modes import State
from huying.modes.queries import areas, mode_of
from huying.modes.tests.scene import switched
from huying.modes.workflow import MODE

HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize("kind", ["emergency", "drill"])
@pytest.mark.parametrize("over", [False, True], ids=["running", "expired"])
def test_every_state_step_and_actor(stage, kind, over):
    number = iter(range(10_000))

    def make(state):
        now = timezone.now() - 1000 * HOUR * next(number)
        ended = now + HOUR if state in (State.ENDED, State.EXPIRED) else None
        return Mode.objects.create(
            state=state, key=f"k{now}", kind=kind, level=2, level_since=now, place=stage.place("community"),
            path=stage.place("community").path, authority="街道", reason="雨", starts_at=now, ended_at=ended,
            expires_at=now + (2 * HOUR if over or ended else dt.timedelta(days=90_000)),
        )  # fmt: skip

    def fill(step, row):
        if step in ("end", "expire"):
            row.ended_at, row.ended_why = timezone.now(), "雨停了"

    # Rows that never end would overlap in time; here they only stand for their states.
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE modes_mode DROP CONSTRAINT one_mode_at_a_place_at_a_time")
    actors = {name: stage.actor(name) for name in ("lu", "zhi", "gao", "qin", "jie", "qu", "xu", "zhao", "system")}
    went = assert_table(MODE, make, actors, State.values, fill)
    who = {"jie", "qu"} | ({"qin"} if kind == "drill" else set())
    on = {("new", "switch_on", one) for one in who | {"system"}}
    if over:
        assert went == on | {("on", "expire", "system")}
    else:
        running = {("on", step, one) for step in ("change_level", "extend", "end") for one in who}
        assert went == on | running | {("on", "end", "system")}


def test_a_switch_counts_for_all_below_and_nowhere_else(stage):
    mode = switched(stage)
    assert mode_of(stage.place("household").path) == mode == mode_of(stage.place("community").path)
    assert mode_of(stage.place("elsewhere").path) is None and mode_of(stage.place("street").path) is None
    event = Event.objects.get(kind=events.SWITCHED_ON)
    assert event.facts["level"] == 1 and event.place_id == stage.place("community").pk


def test_the_strictest_counts_and_a_drill_never_overrides_the_real(stage):
    outer = switched(stage, "street", level=3)
    inner = switched(stage, "compound", level=2)
    drill = switched(stage, "community", kind="drill", level=1, by="qin")
    assert mode_of(stage.place("entrance").path) == inner
    assert mode_of(stage.place("community").path) == outer
    actions.end(outer, "雨停了", by=stage.actor("jie"))
    assert mode_of(stage.place("community").path) == drill
    assert mode_of(stage.place("entrance").path) == inner


def test_it_is_over_by_itself_with_nobody_up(stage):
    mode = switched(stage, hours=2)
    path = stage.place("building").path
    with time_machine.travel(timezone.now() + 2 * HOUR, tick=False):
        assert mode_of(path) is None and not Mode.objects.get(pk=mode.pk).is_on()
        # Nobody has noted it yet; it is noted as of the moment at which it was over.
        assert Mode.objects.get(pk=mode.pk).state == "on"
        assert actions.expire_due() == 1 and actions.expire_due() == 0
    mode.refresh_from_db()
    assert (mode.state, mode.ended_at, mode.ended_by) == ("expired", mode.expires_at, None)
    assert mode_of(path, mode.expires_at - HOUR) == mode


def test_an_expired_one_cannot_be_extended_and_a_new_one_can_be_begun(stage):
    mode = switched(stage, hours=2)
    with time_machine.travel(timezone.now() + 3 * HOUR):
        for late in (
            lambda: actions.extend(mode, timezone.now() + HOUR, by=stage.actor("jie"), version=mode.version),
            lambda: actions.change_level(mode, 2, by=stage.actor("jie")),
            lambda: actions.end(mode, "雨停了", by=stage.actor("jie")),
        ):
            with pytest.raises(StepRefused, match="重新开启"):
                late()
        again = switched(stage, hours=2)
        assert again.pk != mode.pk and mode_of(stage.place("community").path) == again
    mode.refresh_from_db()
    assert mode.state == "expired"


def test_the_second_of_two_is_told_what_is_on(stage):
    switched(stage, level=2)
    with pytest.raises(StepRefused, match="已经开启了应急，二级（橙色）"):
        switched(stage, by="qu")
    assert Mode.objects.count() == 1


def test_a_double_tap_is_one(stage):
    given = {"authority": "街道", "reason": "暴雨", "until": timezone.now() + HOUR, "key": "one"}
    first = actions.switch_on(stage.place("community"), "emergency", 2, by=stage.actor("jie"), **given)
    assert actions.switch_on(stage.place("community"), "emergency", 2, by=stage.actor("jie"), **given) == first
    assert Event.objects.filter(kind=events.SWITCHED_ON).count() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"authority": " "}, "authority"),
        ({"reason": ""}, "reason"),
        ({"reason": "雨" * 301}, "reason"),
        ({"level": 5}, "level"),
        ({"level": None}, "level"),
        ({"kind": "war"}, "kind"),
        ({"until": None}, "until"),
        ({"until": -1}, "until"),
        ({"until": 31 * 24}, "until"),
        ({"place": "building"}, "place"),
    ],
)
def test_what_is_missing_is_told_at_its_field_and_nothing_is_switched(stage, changed, field):
    given = {
        "authority": "街道",
        "reason": "暴雨",
        "until": 5,
        "kind": "emergency",
        "level": 1,
        "place": "community",
    } | changed
    until = given.pop("until")
    until = until and timezone.now() + until * HOUR
    with pytest.raises(BadInput) as refused:
        actions.switch_on(
            stage.place(given.pop("place")), given.pop("kind"), given.pop("level"), until=until, key="k",
            by=stage.actor("shi"), **given,
        )  # fmt: skip
    assert list(refused.value.fields) == [field]
    assert not Mode.objects.exists() and not Event.objects.filter(kind__startswith="modes.").exists()


def test_who_has_no_say_switches_nothing(stage):
    for who, kind in (
        ("qin", "emergency"),
        ("gao", "drill"),
        ("lu", "emergency"),
        ("zhao", "drill"),
        ("anonymous", "drill"),
    ):
        with pytest.raises(Forbidden):
            switched(stage, kind=kind, by=who)
    assert not Mode.objects.exists()


def test_a_page_that_was_overtaken_is_told_so(stage):
    mode = switched(stage)
    stale = mode.version
    actions.change_level(mode, 2, by=stage.actor("jie"), version=stale)
    with pytest.raises(StalePage):
        actions.change_level(mode, 3, by=stage.actor("qu"), version=stale)
    with pytest.raises(BadInput):
        actions.change_level(mode, 2, by=stage.actor("qu"))
    with pytest.raises(BadInput, match="比原来的晚"):
        actions.extend(mode, timezone.now() + HOUR, by=stage.actor("jie"))
    actions.extend(mode, timezone.now() + 48 * HOUR, by=stage.actor("jie"))


def test_followers_follow_in_the_same_transaction_or_nothing_happens(stage):
    told = []

    def note(mode, before, after):
        told.append((before and before.level, after and after.level, mode_of(mode.path) == (mode if after else None)))

    with following.registered(note):
        mode = switched(stage, level=3)
        actions.change_level(mode, 1, by=stage.actor("jie"))
        actions.extend(mode, timezone.now() + 48 * HOUR, by=stage.actor("jie"))
        actions.end(mode, "雨停了", by=stage.actor("jie"))
    assert told == [(None, 3, True), (3, 1, True), (1, None, True)]

    def fail(mode, before, after):
        raise RuntimeError("somebody cannot follow")

    count = Event.objects.count()
    with following.registered(fail), pytest.raises(RuntimeError):
        switched(stage)
    assert Mode.objects.count() == 1 and Event.objects.count() == count


def test_areas_leave_out_what_another_mode_decides(stage):
    inner = switched(stage, "compound", level=1)
    outer = switched(stage, "street", level=3)
    found = areas(outer, None, outer.standing)
    # The compound goes on as it was; all else of the street changes.
    assert [(a.path, a.holes) for a in found] == [(stage.place("street").path, (stage.place("compound").path,))]
    ended = timezone.now()
    inner.ended_at = ended
    (back,) = areas(inner, inner.standing, None)
    assert (back.before.level, back.after.level) == (1, 3)

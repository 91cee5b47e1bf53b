"""Call-outs in an emergency: templates that stand ready only then, and the places that stayed empty, in the report."""

from django.utils import timezone

from huying.callouts.tests.scene import a_callout, a_shift
from huying.modes import actions, following, report
from huying.modes.tests.scene import switched


def test_duty_round_the_clock_stands_ready_only_while_it_is_on(client, stage):
    client.force_login(stage.persons["zhi"])
    assert "24 小时值班" not in client.get("/callouts/new/").content.decode()
    mode = switched(stage)
    page = client.get("/callouts/new/").content.decode()
    assert "24 小时值班" in page and "照应重点户" in page
    form = client.get("/callouts/new/duty/").content.decode()
    assert "工作站 24 小时值班" in form
    actions.end(mode, "雨停了", by=stage.actor("jie"))
    assert "24 小时值班" not in client.get("/callouts/new/").content.decode()


def test_what_would_change_is_told_and_what_was_missing_too(stage):
    callout = a_callout(stage)
    a_shift(callout, capacity=5)
    assert any("1 次召集照常进行" in words for words in following.foreseen(stage.place("community"), "emergency", 1))
    mode = switched(stage, hours=72)
    assert report.compute(mode)["missing"]["places_empty"] == 5
    # One that was posted elsewhere, or for another day, is not of this emergency.
    a_shift(a_callout(stage, "elsewhere", reach="elsewhere"), capacity=3)
    actions.end(mode, "雨停了", by=stage.actor("jie"), at=timezone.now())
    assert report.compute(mode)["missing"]["places_empty"] == 0

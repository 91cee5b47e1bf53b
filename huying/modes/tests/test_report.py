"""The report: what the log tells of an emergency, made once, never changed, with nobody in it."""

import datetime as dt
import json

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from huying.calls import actions as calls
from huying.kernel.log import record
from huying.modes import actions, jobs, report
from huying.modes.models import Report
from huying.modes.tests.scene import household, switched

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def test_it_tells_what_came_how_quickly_and_what_was_missing(stage, raise_one):
    household(stage)
    outside = raise_one(text="别处的灯不亮", at="elsewhere")
    mode = switched(stage, level=2, hours=10)
    start = timezone.now()
    for n in range(3):
        with time_machine.travel(start + n * HOUR):
            call = raise_one(text=f"地下室进水 {n}", raised_at=timezone.now())
        with time_machine.travel(start + n * HOUR + (n + 1) * 10 * MINUTE):
            calls.accept(call, "water", by=stage.actor("gao"), at=timezone.now())
    calls.resolve(call, "水排走了", by=stage.actor("gao"), at=start + 4 * HOUR)
    with time_machine.travel(start + 5 * HOUR), transaction.atomic():
        for person in ("xu", "tian", "xu"):
            record("callouts.checked_in", call, by=stage.actor("lu"), place=call.place_id, at=timezone.now(),
                   person=stage.persons[person].pk)  # fmt: skip
    with time_machine.travel(start + 6 * HOUR):
        actions.change_level(mode, 1, by=stage.actor("jie"))
        actions.end(mode, "雨停了", by=stage.actor("jie"))
        jobs.make_report(mode.pk)
        jobs.make_report(mode.pk)
        kept = Report.objects.get()
    told = kept.figures
    assert (told["calls"]["raised"], told["calls"]["accepted"], told["calls"]["resolved"]) == (3, 3, 1)
    assert told["calls"]["to_accept"] == {"n": 3, "median": 20, "most": 28}
    assert told["came"]["people"] == 2 and told["came"]["units"] == [{"unit": stage.unit.pk, "people": 1}]
    assert told["came"]["roles"] == {"community_worker": 1} and told["came"]["handlers"] == 1
    assert told["missing"]["buildings_without_head"] == 1 and told["buildings"] == 2
    assert [row["raised"] for row in told["course"]["rows"]][:3] == [1, 1, 1] and told["course"]["unit"] == "hour"
    assert [one["kind"] for one in told["line"]] == ["modes.switched_on", "modes.level_changed", "modes.ended"]
    assert outside.pk and not told["running"]
    # Numbers, codes and ids of units: no name, no phone, nothing of a household.
    text = json.dumps(told, ensure_ascii=False)
    assert not any(words in text for words in ("王奶奶", "1390000", "302", "进水", "高社工"))


def test_nobody_changes_it(stage):
    mode = switched(stage)
    actions.end(mode, "雨停了", by=stage.actor("jie"))
    kept = report.store(mode)
    for change in (lambda: Report.objects.update(figures={}), lambda: kept.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_as_long_as_it_runs_it_is_told_so_far_and_not_kept(stage, raise_one):
    mode = switched(stage, kind="drill", by="qin")
    raise_one()
    assert report.figures_of(mode)["running"] and report.figures_of(mode)["calls"]["raised"] == 1
    assert report.store(mode) is None and not Report.objects.exists()

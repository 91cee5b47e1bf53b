"""Every state × step, and every step × who: the table in workflow.py against one written by hand from domain.md."""

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from huying.calls.choices import State
from huying.calls.models import Call
from huying.calls.workflow import CALL
from huying.kernel.errors import Forbidden, StepRefused
from huying.kernel.models import Event

NOW = timezone.now()

# What a row of each state looks like at the least.
ACCEPTED = {"accepted_at": NOW, "category": "lighting", "dispatched_at": NOW, "due_at": NOW + dt.timedelta(days=7)}
ANSWERED = {**ACCEPTED, "resolved_at": NOW, "outcome": "灯修好了"}
ROW = {
    "raised": {},
    "accepted": ACCEPTED,
    "assigned": {**ACCEPTED, "assigned_at": NOW},
    "underway": ACCEPTED,
    "parked": {
        **ACCEPTED,
        "parked_at": NOW,
        "parked_reason": "等老旧小区改造",
        "parked_basis": "改造计划",
        "parked_person": "秦书记",
        "parked_words": "已列入明年改造",
        "review_on": timezone.localdate() + dt.timedelta(days=30),
    },
    "resolved": ANSWERED,
    "confirmed": ANSWERED,
    "closed": ANSWERED,
    "referred": ANSWERED,
    "merged": {},
    "withdrawn": {},
    "declined": {"guided": "outside", "guided_to": "请找物业"},
}

# step: (states that it may be taken from, state after, who may of those below)
NEAR = {"lu", "zhi", "gao", "shen", "qin", "jie", "qu", "shi"}
DISPATCH = {"gao", "shen", "qin", "jie", "qu", "shi"}
DECIDE = {"qin", "jie", "qu", "shi"}
OWNER = {"gao", *DECIDE}
HOLDER = {"gao", "tian", *DECIDE}
VOICE = {"resident", "lu", "zhi", "shen", *DECIDE}
WORKING = {"accepted", "assigned", "underway"}
WAY = {
    "accept": ({"raised"}, "accepted", NEAR),
    "settle": ({"raised"}, "resolved", NEAR),
    "decline": ({"raised", "accepted"}, "declined", NEAR),
    "make_wish": ({"raised", "accepted"}, "declined", NEAR),
    "offer_up": ({"raised"}, "raised", {"system", *NEAR}),
    "take": ({"accepted", "underway"}, None, NEAR),
    "hand_over": (WORKING, None, OWNER),
    "assign": ({"accepted", "underway"}, "assigned", DISPATCH),
    "escalate": ({"accepted", "underway"}, "accepted", OWNER),
    "send_down": ({"raised", "accepted"}, None, {"jie", "qu", "shi"}),
    "start": ({"accepted", "assigned"}, "underway", HOLDER),
    "return": ({"assigned", "underway"}, "accepted", {"tian"}),
    "dispute": ({"assigned"}, None, {"tian"}),
    "uphold": ({"assigned"}, "accepted", DISPATCH),
    "overrule": ({"assigned"}, None, DISPATCH),
    "ask_assist": (WORKING, None, OWNER),
    "ask_extension": (WORKING, None, HOLDER),
    "extend": (WORKING, None, DECIDE),
    "refuse_extension": (WORKING, None, DECIDE),
    "park": (WORKING, "parked", DECIDE),
    "unpark": ({"parked"}, "underway", DECIDE),
    "contact": (WORKING | {"parked", "resolved"}, None, HOLDER),
    "unreached": (WORKING | {"parked"}, None, HOLDER),
    "note": (WORKING | {"raised", "parked", "resolved"}, None, HOLDER | NEAR),
    "classify": (WORKING, None, OWNER),
    "reword": (WORKING | {"parked", "resolved", "confirmed", "closed", "referred"}, None, OWNER),
    "add_words": (WORKING | {"raised", "parked"}, None, VOICE),
    "resolve": (WORKING, "resolved", HOLDER),
    "merge": (WORKING | {"raised", "parked"}, "merged", DISPATCH),
    "unmerge": ({"merged"}, "raised", DISPATCH),
    "withdraw": (WORKING | {"raised", "parked"}, "withdrawn", VOICE),
    "confirm": ({"resolved"}, "confirmed", VOICE),
    "close": ({"resolved"}, "closed", VOICE),
    "reopen": ({"resolved", "closed", "confirmed"}, "accepted", VOICE),
    "refer": ({"resolved", "closed", "confirmed"}, "referred", VOICE),
    "remind": (WORKING, None, {"system"}),
    "overdue": (WORKING, None, {"system"}),
    "review": ({"parked"}, None, {"system"}),
    "ask_again": ({"resolved"}, None, {"system"}),
    "lapse": ({"resolved"}, "closed", {"system"}),
}
EVERYBODY = [
    "lu",
    "zhi",
    "gao",
    "shen",
    "qin",
    "jie",
    "qu",
    "shi",
    "xu",
    "zhao",
    "operator",
    "tian",
    "wu",
    "resident",
    "system",
    "anonymous",
]


@pytest.fixture
def row(stage, raise_one):
    """A call in a wanted state, lying with the building head, owned by Gao, at Tian's unit, with all that steps need."""
    other = raise_one("另一件")

    def make(state, step):
        call = raise_one()
        values = {**ROW[state], "state": state, "owner_id": stage.persons["gao"].pk, "unit_id": stage.unit.pk}
        if state == "parked":
            values["parked_by_id"] = stage.persons["qin"].pk
        if state == "merged":
            values["merged_into_id"] = other.pk
        if step in ("uphold", "overrule"):
            values["dispute_open"] = True
        if step in ("extend", "refuse_extension"):
            values["extension_days"] = 3
        if step == "take":
            values["owner_id"] = None
        if step == "refer":
            values["reopened"] = 2
        if step == "send_down":
            values["level"] = "street"
        Call.objects.filter(pk=call.pk).update(**values)
        call.refresh_from_db()
        call.other = other
        return call

    return make


def fill(locked, step, stage, other):
    """What the step's form would give."""
    locked.category = "lighting"
    locked.unit_id = locked.unit_id or stage.unit.pk
    if step in ("accept", "settle"):
        locked.accepted_at = NOW
    if step in ("settle", "resolve"):
        locked.outcome, locked.resolved_at = "修好了", NOW
    if step == "assign":
        locked.assigned_at = NOW
    if step in ("decline", "make_wish"):
        locked.guided, locked.guided_to = "outside", "请找物业"
    if step == "park":
        for name, value in ROW["parked"].items():
            setattr(locked, name, value)
        locked.parked_by_id = stage.persons["qin"].pk
    if step == "merge":
        locked.merged_into_id = other.pk
    if step == "unmerge":
        locked.merged_into_id = None


def someone(stage, name, call):
    return stage.resident(call) if name == "resident" else stage.actor(name)


def trace():
    """All that a refusal could have left behind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM calls_call c")
        calls = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM calls_entry")
        entries = cursor.fetchone()
    return Event.objects.count(), calls, entries


def test_the_table_has_these_steps_and_no_others():
    assert set(CALL.steps) == set(WAY)


@pytest.mark.parametrize("step", WAY)
def test_every_state(step, stage, row):
    sources, target, may = WAY[step]
    name = (
        "system"
        if may == {"system"}
        else "tian"
        if may == {"tian"}
        else "resident"
        if "resident" in may
        else "qin"
        if "qin" in may
        else "jie"
    )
    for state in State.values:
        call = row(state, step)
        before = trace()
        by = someone(stage, name, call)
        if state in sources:
            with CALL.step(step, call, by=by) as locked:
                fill(locked, step, stage, call.other)
            call.refresh_from_db()
            assert call.state == (target or state), f"{step} from {state}"
            assert Event.objects.filter(subject_type="call", subject_id=call.pk).last().kind == CALL[step].event
        else:
            with pytest.raises(StepRefused), CALL.step(step, call, by=by) as locked:
                fill(locked, step, stage, call.other)
            assert trace() == before, f"{step} from {state} left a trace"


@pytest.mark.parametrize("step", WAY)
def test_everybody(step, stage, row):
    sources, _target, may = WAY[step]
    state = sorted(sources)[0]
    for name in EVERYBODY:
        call = row(state, step)
        before = trace()
        by = someone(stage, name, call)
        if name in may:
            CALL.check(step, call, by)
        else:
            with pytest.raises(Forbidden), CALL.step(step, call, by=by) as locked:
                fill(locked, step, stage, call.other)
            assert trace() == before


def test_the_buttons_are_what_the_table_allows(stage, row):
    for state in State.values:
        call = row(state, "")
        for name in EVERYBODY:
            by = someone(stage, name, call)
            for step in CALL.available(call, by):
                CALL.check(step.name, call, by)


def test_who_answered_does_not_judge_the_answer(stage, row):
    call = row("resolved", "confirm")
    Call.objects.filter(pk=call.pk).update(resolved_by_id=stage.persons["qin"].pk)
    call.refresh_from_db()
    with pytest.raises(Forbidden):
        CALL.check("confirm", call, stage.actor("qin"))


def test_a_higher_desk_is_not_taken_from_below(stage, row):
    call = row("raised", "accept")
    Call.objects.filter(pk=call.pk).update(level="community")
    call.refresh_from_db()
    for name in ("lu", "zhi"):
        with pytest.raises(Forbidden):
            CALL.check("accept", call, stage.actor(name))
    CALL.check("accept", call, stage.actor("gao"))

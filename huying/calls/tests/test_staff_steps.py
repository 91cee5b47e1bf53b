"""The forms of the steps: each posts rightly, keeps what was typed when refused, and is not taken twice."""

import datetime as dt

import pytest
from django.utils import timezone

from huying.calls import actions
from huying.calls.forms.steps import FORMS
from huying.calls.models import Call, Entry, ReplyTemplate
from huying.calls.workflow import CALL
from huying.kernel.models import Event

HTMX = {"HX-Request": "true"}


def post(client, call, step, *, htmx=False, **data):
    data = {"version": call.version, "key": f"key-of-the-form-{step}", **data}
    return client.post(f"/calls/{call.pk}/do/{step}/", data, headers=HTMX if htmx else {})


@pytest.fixture
def call(stage, raise_one):
    return raise_one(at="community", text="三楼噪声大，电话13800001234")


@pytest.fixture
def taken(stage, call):
    return actions.accept(call, "lighting", by=stage.actor("gao"))


@pytest.fixture
def sent(stage, taken):
    return actions.assign(taken, stage.unit, by=stage.actor("gao"))


@pytest.fixture
def started(stage, sent):
    return actions.start(sent, by=stage.actor("tian"))


@pytest.fixture
def asked(stage, taken):
    return actions.ask_extension(taken, 3, "等配件", by=stage.actor("gao"))


@pytest.fixture
def disputed(stage, sent):
    return actions.dispute(sent, "不归我们", "市政", by=stage.actor("tian"))


@pytest.fixture
def parked(stage, taken):
    return actions.park(taken, by=stage.actor("qin"), **PARK)


@pytest.fixture
def resolved(stage, taken):
    return actions.resolve(taken, "修好了", by=stage.actor("gao"))


@pytest.fixture
def merged(stage, call, raise_one):
    return actions.merge(call, raise_one(at="community"), by=stage.actor("gao"))


@pytest.fixture
def escalated(stage, taken):
    return actions.escalate(taken, "要街道办", by=stage.actor("gao"))


PARK = {
    "reason": "缺件",
    "basis": "采购办法",
    "person": "秦书记",
    "review_on": timezone.localdate() + dt.timedelta(days=9),
    "public_words": "等配件",
}
# step: (the call's fixture, who, what is typed, the state after, the event)
GOOD = {
    "accept": ("call", "gao", {"category": "noise", "then": "keep"}, "accepted", "calls.accepted"),
    "settle": (
        "call",
        "gao",
        {"category": "noise", "then": "settle", "outcome": "劝住了"},
        "resolved",
        "calls.settled",
    ),
    "decline": ("call", "gao", {"guided": "outside"}, "declined", "calls.declined"),
    "make_wish": ("call", "gao", {}, "declined", "calls.declined"),
    "offer_up": ("call", "gao", {"reason": "要街道"}, "raised", "calls.escalated"),
    "take": ("escalated", "jie", {}, "accepted", "calls.taken"),
    "hand_over": ("taken", "gao", {"person": "shen"}, "accepted", "calls.taken"),
    "assign": ("taken", "gao", {"unit": "unit", "text": "请看看"}, "assigned", "calls.assigned"),
    "escalate": ("taken", "gao", {"reason": "要街道办"}, "accepted", "calls.escalated"),
    "send_down": ("escalated", "jie", {"text": "请社区办"}, "accepted", "calls.sent_down"),
    "start": ("sent", "tian", {}, "underway", "calls.started"),
    "return": ("started", "tian", {"reason": "不归我们"}, "accepted", "calls.returned"),
    "dispute": ("sent", "tian", {"reason": "不归我们", "right_owner": "市政"}, "assigned", "calls.disputed"),
    "uphold": ("disputed", "gao", {"decision": "uphold"}, "accepted", "calls.dispute_upheld"),
    "overrule": (
        "disputed",
        "gao",
        {"decision": "overrule", "text": "合同里有"},
        "assigned",
        "calls.dispute_overruled",
    ),
    "ask_assist": ("taken", "gao", {"unit": "unit"}, "accepted", "calls.assist_asked"),
    "ask_extension": ("taken", "gao", {"days": 3, "reason": "等配件"}, "accepted", "calls.extension_asked"),
    "extend": ("asked", "qin", {"decision": "extend"}, "accepted", "calls.extended"),
    "refuse_extension": ("asked", "qin", {"decision": "refuse_extension"}, "accepted", "calls.extension_refused"),
    "park": ("taken", "qin", PARK, "parked", "calls.parked"),
    "unpark": ("parked", "qin", {}, "underway", "calls.unparked"),
    "contact": ("taken", "gao", {"how": "page", "text": "明天去"}, "accepted", "calls.contacted"),
    "unreached": ("taken", "gao", {"how": "unreached"}, "accepted", "calls.unreached"),
    "note": ("taken", "gao", {"text": "记一下"}, "accepted", "calls.noted"),
    "classify": ("taken", "gao", {"category": "noise"}, "accepted", "calls.classified"),
    "reword": ("taken", "gao", {"is_public": "on", "public_text": "三楼有噪声"}, "accepted", "calls.reworded"),
    "add_words": ("taken", "shen", {"text": "居民说还在吵"}, "accepted", "calls.words_added"),
    "resolve": ("taken", "gao", {"outcome": "修好了"}, "resolved", "calls.resolved"),
    "merge": ("call", "gao", {"number": "other"}, "merged", "calls.merged"),
    "unmerge": ("merged", "gao", {}, "raised", "calls.unmerged"),
    "withdraw": ("taken", "shen", {"reason": "居民说不用了"}, "withdrawn", "calls.withdrawn"),
    "confirm": ("resolved", "shen", {"rating": "satisfied"}, "confirmed", "calls.confirmed"),
    "close": ("resolved", "shen", {"rating": "not"}, "closed", "calls.closed"),
    "reopen": ("resolved", "shen", {"reason": "又坏了"}, "accepted", "calls.reopened"),
}


def filled(stage, raise_one, data):
    """The data of a case, with the names of things turned into their ids."""
    values = {"shen": lambda: stage.persons["shen"].pk, "unit": lambda: stage.unit.pk}
    values["other"] = lambda: raise_one(at="community").number
    return {name: values[value]() if value in values else value for name, value in data.items()}


def test_every_step_taken_by_hand_has_a_form():
    by_hand = {name for name, step in CALL.steps.items() if step.may.__name__ != "system"}
    assert set(FORMS) == by_hand
    # `refer` is the third `reopen`; everything else is tried below.
    assert set(GOOD) == by_hand - {"refer"}


@pytest.mark.parametrize("step", GOOD)
def test_its_form_is_shown_and_takes_the_step(stage, enter, raise_one, request, step):
    fixture, who, data, state, event = GOOD[step]
    call = request.getfixturevalue(fixture)
    client = enter(who)
    page = client.get(f"/calls/{call.pk}/do/{step}/")
    assert page.status_code == 200 and f'name="version" value="{call.version}"' in page.content.decode()
    part = client.get(f"/calls/{call.pk}/do/{step}/", headers=HTMX).content.decode()
    assert "<html" not in part and "<form" in part
    answer = post(client, call, step, **filled(stage, raise_one, data))
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    call.refresh_from_db()
    assert call.state == state
    assert Event.objects.filter(subject_type="call", subject_id=call.pk).order_by("-id")[0].kind == event


@pytest.mark.parametrize("step", GOOD)
def test_a_stranger_does_not_find_it_and_a_bystander_may_not(stage, enter, request, step):
    fixture, _who, data, _state, _event = GOOD[step]
    call = request.getfixturevalue(fixture)
    assert post(enter("zhao"), call, step, **data).status_code == 404
    assert enter("zhao").get(f"/calls/{call.pk}/do/{step}/").status_code == 404
    assert enter("wu").get(f"/calls/{call.pk}/do/{step}/").status_code == 404


@pytest.mark.parametrize(
    ("step", "fixture", "who"),
    [("assign", "taken", "zhi"), ("park", "taken", "gao"), ("return", "sent", "gao"), ("extend", "asked", "gao")],
)
def test_whoever_sees_it_but_may_not_is_told_403(stage, enter, request, step, fixture, who):
    call = request.getfixturevalue(fixture)
    Call.objects.filter(pk=call.pk).update(written_by=stage.persons[who])
    before = Event.objects.count()
    assert post(enter(who), call, step).status_code == 403
    assert Event.objects.count() == before


def test_a_step_of_the_system_or_of_nobody_has_no_form(stage, enter, taken):
    for step in ("remind", "lapse", "nothing"):
        assert post(enter("gao"), taken, step).status_code == 404


@pytest.mark.parametrize(
    ("step", "fixture", "who", "data"),
    [
        ("accept", "call", "gao", {"then": "keep", "reply": "打的字", "category": ""}),
        ("accept", "call", "gao", {"then": "settle", "reply": "打的字", "category": "noise"}),
        ("accept", "call", "gao", {"then": "send", "text": "打的字", "category": "noise"}),
        ("accept", "call", "gao", {"then": "keep", "category": "noise", "is_public": "on", "public_text": "打的字13800001234"}),
        ("decline", "call", "gao", {"guided_to": "打的字"}),
        ("dispute", "sent", "tian", {"reason": "打的字"}),
        ("park", "taken", "qin", {"reason": "打的字", "review_on": "2020-01-01"}),
        ("ask_extension", "taken", "gao", {"days": "99", "reason": "打的字"}),
        ("merge", "call", "gao", {"number": "打的字"}),
        ("contact", "taken", "gao", {"how": "", "text": "打的字"}),
    ],
)  # fmt: skip
def test_a_refusal_is_shown_on_the_form_with_what_was_typed(stage, enter, request, step, fixture, who, data):
    call = request.getfixturevalue(fixture)
    before = Event.objects.count()
    for htmx in (False, True):
        answer = post(enter(who), call, step, htmx=htmx, **data)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "打的字" in page and 'class="field-error"' in page
        assert "<html" not in page if htmx else "<html" in page
    assert Event.objects.count() == before


def test_the_duty_list_is_named_on_the_form(stage, enter, raise_one):
    from huying.directory.models import Unit

    office = Unit.objects.create(
        name="广场居委会", kind="community", place=stage.place("community"),
        verified_at=stage.unit.verified_at, verified_by=stage.persons["qin"],
    )  # fmt: skip
    call = raise_one(at="community")
    data = {"category": "road", "then": "send", "unit": office.pk, "text": "打的字"}
    answer = post(enter("gao"), call, "accept", **data)
    page = answer.content.decode()
    assert answer.status_code == 409 and "职责清单" in page and "打的字" in page
    call.refresh_from_db()
    # Accepting and sending are one: what cannot be sent is not accepted either.
    assert call.state == "raised" and call.version == 0


def test_accept_send_and_reply_are_one_step_for_the_user(stage, enter, call):
    data = {"category": "lighting", "then": "send", "unit": stage.unit.pk, "reply": "明天来修", "text": "请带梯子"}
    assert post(enter("gao"), call, "accept", **data).status_code == 302
    call.refresh_from_db()
    assert (call.state, call.unit, call.owner) == ("assigned", stage.unit, stage.persons["gao"])
    assert call.contacted_at is not None
    assert [(entry.kind, entry.text) for entry in call.entries.order_by("id")] == [
        ("reply", "明天来修"),
        ("note", "请带梯子"),
    ]


def test_the_public_words_are_filled_in_without_what_gives_somebody_away(stage, enter, call):
    page = enter("gao").get(f"/calls/{call.pk}/do/accept/", headers=HTMX).content.decode()
    area = page[page.index('name="public_text"') :]
    area = area[: area.index("</textarea>")]
    assert "三楼噪声大" in area and "13800001234" not in area
    assert "13800001234" in page and "请读一遍" in page


def test_a_stale_page_says_what_happened_and_keeps_the_words(stage, enter, taken):
    version = taken.version
    actions.contact(taken, "我是申社工，联系过了", by=stage.actor("qin"))
    answer = post(enter("gao"), taken, "resolve", version=version, outcome="打的字")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "联系了居民" in page and "我是申社工，联系过了" in page and "秦书记" in page and "打的字" in page
    taken.refresh_from_db()
    assert taken.state == "accepted"
    # The form now carries the present version: pressed again on purpose, it goes through.
    assert f'name="version" value="{taken.version}"' in page
    assert post(enter("gao"), taken, "resolve", outcome="打的字").status_code == 302


def test_a_step_sent_twice_is_taken_once(stage, enter, taken):
    client, version = enter("gao"), taken.version
    for _ in range(2):
        assert post(client, taken, "note", version=version, text="一次").status_code == 302
        assert post(client, taken, "contact", version=version + 1, how="page", text="两次").status_code == 302
    for _ in range(2):
        answer = post(client, taken, "resolve", version=version + 2, outcome="办好了")
        assert answer.status_code == 302
    kinds = list(Event.objects.filter(subject_type="call", subject_id=taken.pk).values_list("kind", flat=True))
    assert [kinds.count(f"calls.{kind}") for kind in ("noted", "contacted", "resolved")] == [1, 1, 1]
    assert Entry.objects.filter(call=taken).count() == 2


def test_the_same_step_by_somebody_else_is_news(stage, enter, taken):
    version = taken.version
    actions.resolve(taken, "我办了", by=stage.actor("qin"))
    assert post(enter("gao"), taken, "resolve", version=version, outcome="打的字").status_code == 409


def test_a_step_that_is_over_is_409_with_the_words(stage, enter, resolved):
    answer = post(enter("gao"), resolved, "assign", unit=stage.unit.pk, text="打的字")
    assert answer.status_code == 409 and "打的字" in answer.content.decode()


def test_a_form_without_its_version_is_not_taken(stage, enter, taken):
    answer = enter("gao").post(f"/calls/{taken.pk}/do/resolve/", {"outcome": "打的字"})
    assert answer.status_code == 422 and "请刷新" in answer.content.decode()


def test_ready_words_are_used_where_nothing_was_written(stage, enter, taken):
    ready = "灯已经修好，晚上您再看看。"
    page = enter("gao").get(f"/calls/{taken.pk}/do/resolve/").content.decode()
    assert ready in page
    assert post(enter("gao"), taken, "resolve", ready=ready).status_code == 302
    taken.refresh_from_db()
    assert taken.outcome == ready


def test_an_answer_can_be_kept_for_the_next_time(stage, enter, taken, raise_one):
    assert post(enter("gao"), taken, "resolve", outcome="换了声控灯", keep="on").status_code == 302
    assert ReplyTemplate.objects.get().place == stage.place("community")
    other = actions.accept(raise_one(at="building"), "lighting", by=stage.actor("gao"))
    assert "换了声控灯" in enter("gao").get(f"/calls/{other.pk}/do/resolve/").content.decode()


def test_after_the_step_the_panel_and_the_list_know(stage, enter, call):
    answer = post(enter("gao"), call, "accept", htmx=True, category="noise", then="keep")
    assert answer.status_code == 200
    assert answer["HX-Retarget"] == "#aside" and f"call-{call.pk}" in answer["HX-Trigger"]
    page = answer.content.decode()
    assert 'role="status"' in page and "<html" not in page


def test_merging_and_parking_can_be_undone_at_once(stage, enter, call, taken, raise_one):
    answer = post(enter("qin"), taken, "park", htmx=True, **PARK)
    assert "撤销刚才这一步" in answer.content.decode() and f"/calls/{taken.pk}/do/unpark/" in answer.content.decode()
    other = raise_one(at="community")
    answer = post(enter("gao"), other, "merge", number=taken.number)
    page = enter("gao").get(answer["Location"]).content.decode()
    assert f"/calls/{other.pk}/do/unmerge/" in page


def test_an_assisting_unit_reports_once(stage, enter, taken):
    actions.ask_assist(taken, stage.unit, by=stage.actor("gao"))
    client = enter("tian")
    page = client.get(f"/calls/{taken.pk}/").content.decode()
    assert f"/calls/{taken.pk}/assist/" in page
    data = {"version": taken.version, "key": "k"}
    assert client.post(f"/calls/{taken.pk}/assist/", data).status_code == 422
    assert client.post(f"/calls/{taken.pk}/assist/", {**data, "text": "送了梯子"}).status_code == 302
    assert client.post(f"/calls/{taken.pk}/assist/", {**data, "text": "又送"}).status_code == 409
    assert enter("gao").get(f"/calls/{taken.pk}/assist/").status_code == 403


def test_merging_finds_the_other_by_its_words(stage, enter, raise_one, call):
    other = raise_one(at="entrance", text="地下室进水了，水泵不转")
    client = enter("gao")
    answer = post(client, call, "merge", number="水泵")
    page = answer.content.decode()
    assert answer.status_code == 422 and f'value="{other.pk}"' in page and "请在上面选一件" in page
    assert "换几个字" in post(client, call, "merge", number="飞船").content.decode()
    assert post(client, call, "merge", number="水泵", into=other.pk).status_code == 302
    call.refresh_from_db()
    assert call.merged_into == other


def test_ready_words_are_dropped_by_whoever_wrote_them_or_decides(stage, enter, taken):
    kept = actions.keep_reply(taken, "换了声控灯", by=stage.actor("gao"))
    data = {"pk": kept.pk}
    assert enter("zhao").post("/calls/replies/", data).status_code == 404
    assert enter("shen").post("/calls/replies/", data).status_code == 403
    assert "换了声控灯" in enter("shen").get("/calls/replies/").content.decode()
    assert enter("qin").post("/calls/replies/", data).status_code == 302
    assert not ReplyTemplate.objects.exists()
    assert enter("gao").post("/calls/replies/", {"pk": "x"}).status_code == 404

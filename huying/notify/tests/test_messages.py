"""Who is told of what, once, and how a message goes out, fails, waits and is given up."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from huying.calls import actions as calls
from huying.kernel import policy
from huying.kernel.errors import Forbidden, StepRefused
from huying.kernel.models import Event
from huying.kernel.readers import drain
from huying.notify import channels, rules
from huying.notify.actions import deliver_due, forget_old, send_again, write_messages
from huying.notify.channels import Failed
from huying.notify.models import Channel, Message, State
from huying.notify.queries import unread
from huying.notify.words import WORDS, say
from huying.people.actions import appoint


def tell_all() -> list[Message]:
    """Write the messages of all events so far."""
    write_messages(Event.objects.order_by("id"))
    return list(Message.objects.order_by("id"))


def told(kind: str) -> set[str]:
    """The usernames that were told of a kind of event."""
    return set(Message.objects.filter(kind=kind, channel="inbox").values_list("to_person__username", flat=True))


def test_a_new_call_is_told_to_the_nearest_and_to_nobody_else(stage, raise_one):
    raise_one()
    tell_all()
    assert told("calls.raised") == {"lu"}
    raise_one(at="bare_building")
    tell_all()
    assert told("calls.raised") == {"lu", "zhi"}
    raise_one(at="elsewhere")
    tell_all()
    assert told("calls.raised") == {"lu", "zhi", "zhao"}


def test_what_was_taken_meanwhile_is_offered_to_nobody(stage, raise_one):
    call = raise_one()
    calls.accept(call, by=stage.actor("lu"), category="lighting")
    tell_all()
    assert told("calls.raised") == set()


def test_who_did_it_is_not_told_of_it(stage, raise_one):
    raise_one(by=stage.actor("lu"), channel="head")
    tell_all()
    assert told("calls.raised") == set()


def test_the_owner_hears_the_residents_word(stage, raise_one):
    call = raise_one()
    calls.settle(call, by=stage.actor("lu"), category="lighting", outcome="换了灯泡")
    calls.confirm(call, "satisfied", by=stage.resident(call))
    tell_all()
    assert told("calls.confirmed") == {"lu"}


def test_a_unit_hears_of_what_it_is_given(stage, raise_one):
    call = raise_one(at="community")
    calls.accept(call, by=stage.actor("gao"), category="lighting")
    calls.assign(call, stage.unit, by=stage.actor("gao"))
    tell_all()
    assert told("calls.assigned") == {"tian"}


def test_the_same_events_twice_are_told_once(stage, raise_one):
    raise_one()
    first = tell_all()
    assert tell_all() == first and len(first) == 1


def test_old_and_imported_events_are_told_to_nobody(stage, raise_one):
    raise_one(channel="import")
    old = raise_one(raised_at=timezone.now() - dt.timedelta(days=3))
    assert Event.objects.get(subject_id=old.pk).at < timezone.now() - dt.timedelta(days=2)
    assert tell_all() == []


def test_who_is_appointed_hears_of_it(stage):
    appoint(stage.persons["xu"], "building_head", stage.place("bare_building"), by=stage.actor("gao"))
    tell_all()
    assert told("people.appointed") == {"xu"}


def test_messages_hold_ids_and_codes_only(stage, raise_one):
    raise_one(name="陆阿姨", phone="13812345678", text="三楼灯不亮")
    (message,) = tell_all()
    assert set(message.params) <= {"by", "place", "owner", "unit", "role"}
    assert all(isinstance(value, int) for key, value in message.params.items() if key != "role")


def test_a_batch_costs_a_handful_of_queries(stage, raise_one, django_assert_max_num_queries):
    for _number in range(20):
        raise_one()
    events = list(Event.objects.order_by("id"))
    with django_assert_max_num_queries(6):
        write_messages(events)
    assert Message.objects.count() == 20


def test_every_kind_that_is_told_has_its_words():
    assert {*rules.AUDIENCE, *rules.CROWDS} == set(WORDS)
    for kind in WORDS:
        assert "%(" not in say(kind, {})[0]


@pytest.mark.django_db(transaction=True)
def test_the_reader_writes_what_the_log_says():
    from huying.calls.intake import Intake, raise_call
    from huying.kernel.scopes import ANONYMOUS
    from tests.cast import build_stage

    stage = build_stage()
    raise_call(Intake(place=stage.place("entrance"), text="灯不亮", key="k" * 16, channel="qr"), by=ANONYMOUS)
    drain()
    drain()
    assert told("calls.raised") == {"lu"}


# --- going out ------------------------------------------------------------------------------------------------


class Pigeon:
    """A service that fails as often as it is told to, and keeps what it sent."""

    def __init__(self, *failures):
        self.failures, self.sent = list(failures), []

    def send(self, *args, **kwargs):
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((*args, kwargs))


@pytest.fixture
def out(monkeypatch):
    """Text messages and webhook set up with a service of our own."""

    def use(sms=None, webhook=None, **templates):
        base = policy.load("notify")
        sms_policy = {"resident": dict(base["sms"]["resident"]), "staff": dict(base["sms"]["staff"])}
        for who, kinds in templates.items():
            sms_policy[who] |= kinds
        changed = {**base, "sms": sms_policy}
        load = policy.load
        monkeypatch.setattr("huying.notify.actions.load", lambda p: changed if p == "notify" else load(p))
        monkeypatch.setattr(channels, "configured_sms", lambda: sms)
        monkeypatch.setattr(channels, "configured_webhook", lambda: webhook)

    return use


def accepted(stage, raise_one, **who):
    call = raise_one(**who)
    calls.accept(call, by=stage.actor("lu"), category="lighting")
    tell_all()
    return call


def test_a_resident_who_left_a_phone_is_texted_and_nobody_sees_it(stage, raise_one, out):
    pigeon = Pigeon()
    out(pigeon, resident={"calls.accepted": "SMS_7"})
    call = accepted(stage, raise_one, name="陆", phone="138 1234 5678")
    (message,) = Message.objects.filter(channel=Channel.SMS)
    assert (message.to_identity_id, message.to_person_id, message.state) == (call.identity_id, None, State.WAITING)
    assert deliver_due() == 1
    ((phone, template, params, more),) = pigeon.sent
    assert (phone, template, more) == ("13812345678", "SMS_7", {"reference": str(message.pk)})
    assert params["number"] == call.number and params["link"].endswith(f"/c/{call.secret}/")
    message.refresh_from_db()
    assert message.state == State.SENT and message.sent_at and message.attempts == 1
    assert deliver_due() == 0


@pytest.mark.parametrize("who", [{}, {"name": "陆"}])
def test_who_left_no_phone_is_not_texted(stage, raise_one, out, who):
    out(Pigeon(), resident={"calls.accepted": "SMS_7"})
    accepted(stage, raise_one, **who)
    assert not Message.objects.filter(channel=Channel.SMS).exists()


def test_without_a_template_nothing_is_texted(stage, raise_one, out):
    out(Pigeon())
    accepted(stage, raise_one, phone="13812345678")
    assert not Message.objects.filter(channel=Channel.SMS).exists()


def test_a_landline_is_given_up_and_nothing_is_sent(stage, raise_one, out):
    pigeon = Pigeon()
    out(pigeon, resident={"calls.accepted": "SMS_7"})
    accepted(stage, raise_one, phone="029-88881234")
    deliver_due()
    assert Message.objects.get(channel=Channel.SMS).trouble == "landline" and not pigeon.sent


def later(message: Message, minutes: float) -> None:
    """Let time pass: bring the message's next attempt so many minutes nearer."""
    Message.objects.filter(pk=message.pk).update(next_at=message.next_at - dt.timedelta(minutes=minutes))
    message.refresh_from_db()


def test_what_fails_waits_longer_each_time_and_is_given_up_and_can_be_sent_again(stage, raise_one, out):
    pigeon = Pigeon(*[Failed("busy") for _ in range(6)])
    out(pigeon, resident={"calls.accepted": "SMS_7"})
    accepted(stage, raise_one, phone="13812345678")
    waits = []
    for _attempt in range(5):
        assert deliver_due() == 0
        message = Message.objects.get(channel=Channel.SMS)
        assert message.state == State.WAITING and message.trouble == "busy"
        waits.append(round((message.next_at - timezone.now()).total_seconds() / 60))
        later(message, waits[-1] + 1)
    assert waits == [1, 5, 30, 120, 720]
    deliver_due()
    message.refresh_from_db()
    assert message.state == State.GIVEN_UP and message.next_at is None
    with pytest.raises(Forbidden):
        send_again(message, by=stage.actor("gao"))
    send_again(message, by=stage.actor("operator"))
    assert deliver_due() == 1 and len(pigeon.sent) == 1
    with pytest.raises(StepRefused):
        send_again(message, by=stage.actor("operator"))


def test_a_refusal_for_good_is_given_up_at_once(stage, raise_one, out):
    out(Pigeon(Failed("wrong_number", for_good=True)), resident={"calls.accepted": "SMS_7"})
    accepted(stage, raise_one, phone="13812345678")
    deliver_due()
    assert Message.objects.get(channel=Channel.SMS).state == State.GIVEN_UP


def test_a_fault_of_one_message_does_not_stop_the_next(stage, raise_one, out):
    pigeon = Pigeon(RuntimeError("boom"))
    out(pigeon, resident={"calls.accepted": "SMS_7"})
    accepted(stage, raise_one, phone="13812345678")
    accepted(stage, raise_one, phone="13812345679")
    assert deliver_due() == 1
    assert sorted(Message.objects.filter(channel=Channel.SMS).values_list("state", flat=True)) == ["sent", "waiting"]


def test_a_message_that_a_dead_worker_held_is_taken_up_again(stage, raise_one, out):
    from huying.notify.actions import _claim

    pigeon = Pigeon()
    out(pigeon, resident={"calls.accepted": "SMS_7"})
    accepted(stage, raise_one, phone="13812345678")
    message = _claim()
    assert _claim() is None
    later(message, 6)
    assert deliver_due() == 1


def test_an_erased_phone_is_not_dialled(stage, raise_one, out):
    from huying.people.actions import erase

    pigeon = Pigeon()
    out(pigeon, resident={"calls.accepted": "SMS_7"})
    call = accepted(stage, raise_one, phone="13812345678")
    erase(call.identity)
    deliver_due()
    assert not pigeon.sent and Message.objects.get(channel=Channel.SMS).state == State.GIVEN_UP


def test_the_webhook_takes_the_events_of_its_kinds(stage, raise_one, out):
    pigeon = Pigeon()
    out(webhook=pigeon)
    call = raise_one()
    tell_all()
    deliver_due()
    ((event, _more),) = pigeon.sent
    assert event["kind"] == "calls.raised" and event["subject"] == {"type": "call", "id": call.pk}


def test_staff_with_a_phone_are_texted_of_what_policy_names(stage, raise_one, out):
    from huying.people.actions import change_own

    pigeon = Pigeon()
    out(pigeon, staff={"calls.raised": "SMS_9"})
    raise_one()
    tell_all()
    assert not Message.objects.filter(channel=Channel.SMS).exists()
    change_own(stage.persons["lu"], by=stage.actor("lu"), phone="13900000000")
    raise_one()
    write_messages(Event.objects.order_by("-id")[:1])
    deliver_due()
    assert [sent[0] for sent in pigeon.sent] == ["13900000000"]


# --- the inbox ------------------------------------------------------------------------------------------------


def test_the_inbox_shows_ones_own_and_empties_the_badge(client, stage, raise_one):
    raise_one(), raise_one()
    tell_all()
    assert unread(stage.actor("lu")) == 2 and unread(stage.actor("gao")) == 0
    client.force_login(stage.persons["lu"])
    page = client.get(reverse("inbox")).content.decode()
    assert page.count("有一件新的诉求") == 2 and page.count(">新<") == 2
    assert unread(stage.actor("lu")) == 0
    page = client.get(reverse("inbox")).content.decode()
    assert page.count("有一件新的诉求") == 2 and page.count(">新<") == 0
    client.force_login(stage.persons["gao"])
    assert "有一件新的诉求" not in client.get(reverse("inbox")).content.decode()


def test_the_inbox_pages_and_its_queries_do_not_grow(client, stage, raise_one, django_assert_max_num_queries):
    for _number in range(35):
        raise_one()
    tell_all()
    client.force_login(stage.persons["lu"])
    with django_assert_max_num_queries(18):
        page = client.get(reverse("inbox"))
    before = page.context["earlier"]
    assert len(page.context["shown"]) == 30
    rest = client.get(reverse("inbox"), {"before": before})
    assert len(rest.context["shown"]) == 5 and rest.context["earlier"] is None
    for nonsense in ("x", "-1", "9" * 30, "\x00"):
        assert client.get(reverse("inbox"), {"before": nonsense}).status_code == 200


def test_a_call_that_one_may_no_longer_open_is_not_linked(client, stage, raise_one):
    call = raise_one()
    tell_all()
    stage.persons["lu"].posts.update(valid_to=timezone.localdate())
    client.force_login(stage.persons["lu"])
    page = client.get(reverse("inbox")).content.decode()
    assert reverse("call-detail", args=[call.pk]) not in page and "17栋 1单元有一件新的诉求" in page


def test_the_inbox_speaks_the_readers_language(client, stage, raise_one):
    raise_one()
    tell_all()
    client.force_login(stage.persons["lu"])
    client.cookies["django_language"] = "en"
    assert "new call" in client.get(reverse("inbox")).content.decode()


def test_only_the_operator_sees_what_could_not_be_sent(client, stage, raise_one, out):
    out(Pigeon(Failed("wrong_number", for_good=True)), resident={"calls.accepted": "SMS_7"})
    accepted(stage, raise_one, phone="13812345678")
    deliver_due()
    client.force_login(stage.persons["gao"])
    assert client.get(reverse("unsent")).status_code == 403
    client.force_login(stage.persons["operator"])
    page = client.get(reverse("unsent")).content.decode()
    assert "wrong_number" in page and "13812345678" not in page
    message = Message.objects.get(channel=Channel.SMS)
    assert client.post(reverse("unsent-again", args=[message.pk])).status_code == 302
    message.refresh_from_db()
    assert message.state == State.WAITING


def test_old_messages_are_forgotten_and_waiting_ones_kept(stage, raise_one):
    raise_one()
    tell_all()
    Message.objects.update(at=timezone.now() - dt.timedelta(days=91))
    assert forget_old() == 1

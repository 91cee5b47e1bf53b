"""A unit reports in: by itself, invited, put down; received, declined, ended; and what is refused."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from huying.directory.models import Seat, Unit
from huying.directory.queries import giving_units
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event
from huying.kernel.scopes import ANONYMOUS
from huying.people import newcomers
from huying.people.models import Person
from huying.people.newcomers import Newcomer
from huying.people.queries import actor_for
from huying.reportin.actions import units as actions
from huying.reportin.models import UnitInvitation, UnitReport

FIELDS = {"name": "尚朴小学", "kind": "school", "called": "马老师", "username": "malaoshi", "password": "sunny-day-9"}


@pytest.fixture(autouse=True)
def calm():
    newcomers.forget()


@pytest.fixture
def door(stage):
    """The address of the page by which units report in."""
    return reverse("reportin:unit", args=[stage.place("community").slug])


def newcomer(username="malaoshi", called="马老师"):
    return Newcomer(username, called, "sunny-day-9")


def asked(stage, **more) -> UnitReport:
    given = {"name": "尚朴小学", "kind": "school", "newcomer": newcomer()} | more
    return actions.ask(stage.place("community"), by=ANONYMOUS, **given)


def test_a_unit_comes_by_itself_and_waits_and_speaks_for_nothing(client, stage, door):
    answer = client.post(door, FIELDS | {"key": "k" * 20})
    report = UnitReport.objects.get()
    assert answer.status_code == 303 and answer.url.startswith(reverse("reportin:report", args=[report.pk]))
    assert (report.state, report.unit.verified_at, report.contact.username) == ("asked", None, "malaoshi")
    assert not Seat.objects.filter(unit=report.unit).exists()
    assert giving_units(actor_for(report.contact)) == []
    page = client.get(answer.url).content.decode()
    assert "等社区接收" in page


def test_a_double_tap_is_one_report_and_one_login(client, stage, door):
    first = client.post(door, FIELDS | {"key": "k" * 20})
    client.logout()
    second = client.post(door, FIELDS | {"key": "k" * 20})
    assert first.url == second.url and UnitReport.objects.count() == 1
    assert Person.objects.filter(username="malaoshi").count() == 1
    assert client.get(second.url).status_code == 200


def test_received_it_is_verified_and_its_person_speaks_for_it(client, stage):
    report = asked(stage)
    client.force_login(stage.persons["gao"])
    answer = client.post(reverse("reportin:decide", args=[report.pk, "receive"]))
    report.refresh_from_db()
    assert answer.status_code == 302 and report.state == "received" and report.received_at
    assert report.unit.verified_by == stage.persons["gao"]
    assert [unit.name for unit in giving_units(actor_for(report.contact))] == ["尚朴小学"]
    client.force_login(report.contact)
    receipt = client.get(reverse("reportin:report_receipt", args=[report.pk])).content.decode()
    assert report.number in receipt and "尚朴小学" in receipt


def test_declined_it_is_told_why_and_may_come_again(client, stage):
    report = asked(stage)
    with pytest.raises(BadInput):
        actions.decline(report, "", by=stage.actor("gao"))
    client.force_login(stage.persons["gao"])
    empty = client.post(reverse("reportin:decide", args=[report.pk, "decline"]), {"reason": ""})
    assert empty.status_code == 422
    actions.decline(report, "不在本社区，请到尚勤路社区", by=stage.actor("gao"))
    client.force_login(report.contact)
    assert "请到尚勤路社区" in client.get(reverse("reportin:report", args=[report.pk])).content.decode()
    assert Unit.objects.get(pk=report.unit_id).closed_at is not None
    again = actions.ask(stage.place("community"), by=actor_for(report.contact), name="尚朴小学", kind="school")
    assert again.state == "asked" and again.unit_id == report.unit_id


def test_an_invited_unit_is_received_at_once_and_the_link_opens_once(client, stage):
    invitation = actions.invite(stage.place("community"), "尚朴小学", "school", by=stage.actor("gao"))
    link = reverse("reportin:invited", args=[invitation.secret])
    assert "尚朴小学" in client.get(link).content.decode()
    login = {name: FIELDS[name] for name in ("called", "username", "password")}
    answer = client.post(link, login | {"key": "k" * 20})
    report = UnitReport.objects.get()
    assert answer.status_code == 303 and report.state == "received"
    assert Seat.objects.filter(unit=report.unit, person__username="malaoshi").exists()
    client.logout()
    assert client.get(link).status_code == 410
    assert client.post(link, login | {"username": "other", "key": "x" * 20}).status_code == 409
    assert not Person.objects.filter(username="other").exists()


@pytest.mark.parametrize("how", ["revoked", "expired", "left"])
def test_a_dead_invitation_opens_nothing_and_says_so(client, stage, how):
    invitation = actions.invite(stage.place("community"), "尚朴小学", "school", by=stage.actor("gao"))
    if how == "revoked":
        actions.revoke(invitation, by=stage.actor("qin"))
    elif how == "expired":
        UnitInvitation.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    else:
        stage.persons["gao"].posts.update(valid_to=timezone.localdate())
    with pytest.raises(StepRefused):
        actions.accept(UnitInvitation.objects.get(), by=ANONYMOUS, newcomer=newcomer())
    assert not Person.objects.filter(username="malaoshi").exists() and not UnitReport.objects.exists()
    if how != "left":
        page = client.get(reverse("reportin:invited", args=[invitation.secret]))
        assert page.status_code == 410 and "不能用了" in page.content.decode()
    wrong = client.get(reverse("reportin:invited", args=["2.abcdefghijklmnopqrst"]))
    assert wrong.status_code == 404


def test_twice_is_told_in_words_and_leaves_no_login(client, stage, door):
    report = asked(stage)
    answer = client.post(door, FIELDS | {"username": "another", "key": "x" * 20})
    assert answer.status_code == 409 and "正等社区接收" in answer.content.decode()
    assert 'value="尚朴小学"' in answer.content.decode()
    assert not Person.objects.filter(username="another").exists()
    actions.receive(report, by=stage.actor("gao"))
    answer = client.post(door, FIELDS | {"username": "another", "key": "y" * 20})
    assert answer.status_code == 409 and "已经在这里报到了" in answer.content.decode()


def test_a_department_above_reports_in_as_the_unit_that_it_is(client, stage, door):
    client.force_login(stage.persons["tian"])
    page = client.get(door).content.decode()
    assert "西一路物业" in page and "username" not in page
    answer = client.post(door, {"unit": stage.unit.pk, "key": "k" * 20})
    report = UnitReport.objects.get()
    assert answer.status_code == 303 and report.unit == stage.unit
    actions.receive(report, by=stage.actor("gao"))
    assert Seat.objects.filter(unit=stage.unit).count() == 1
    with pytest.raises(Forbidden):
        actions.ask(stage.place("elsewhere"), by=stage.actor("xu"), unit=stage.unit)


def test_a_unit_reports_in_where_it_stands(stage):
    unit = Unit.objects.create(name="别处医院", kind="hospital", place=stage.place("elsewhere"))
    with pytest.raises(StepRefused, match="所在的社区"):
        actions.put_down(stage.place("community"), by=stage.actor("gao"), unit=unit)


def test_an_ended_community_names_who_took_over(client, stage):
    from huying.places.models import PlaceSuccessor

    old, new = stage.place("community"), stage.place("elsewhere")
    type(old).objects.filter(pk=old.pk).update(valid_to=timezone.localdate())
    PlaceSuccessor.objects.create(old=old, new=new)
    for way in ("unit", "member", "place"):
        answer = client.get(reverse(f"reportin:{way}", args=[old.slug]))
        assert answer.status_code == 410 and str(new) in answer.content.decode()
    assert client.get(reverse("reportin:unit", args=["nowhere1"])).status_code == 404
    report = UnitReport.objects.create(unit=stage.unit, place=old)
    with pytest.raises(StepRefused, match="并到别处"):
        actions.receive(report, by=stage.actor("jie"))
    assert UnitReport.objects.get().state == "asked"


def test_either_side_may_end_it(stage):
    report = actions.receive(asked(stage), by=stage.actor("gao"))
    with pytest.raises(Forbidden):
        actions.end(report, by=stage.actor("zhao"))
    actions.end(report, by=actor_for(report.contact))
    assert UnitReport.objects.get().state == "ended"
    assert [event.kind for event in Event.objects.filter(subject_type="unitreport").order_by("id")] == [
        "reportin.unit_asked",
        "reportin.unit_received",
        "reportin.unit_ended",
    ]


def test_staff_put_a_unit_down_that_came_in_person(client, stage):
    client.force_login(stage.persons["gao"])
    data = {"name": "尚朴小学", "kind": "school", "do": "put"}
    answer = client.post(reverse("reportin:invite", args=[stage.place("community").pk]), data)
    report = UnitReport.objects.get()
    assert answer.url == reverse("reportin:report", args=[report.pk])
    assert report.state == "received" and report.contact is None and report.unit.verified_at


def test_what_was_typed_is_kept_and_the_password_never(client, stage, door):
    answer = client.post(door, FIELDS | {"kind": "", "key": "k" * 20})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="尚朴小学"' in page and "sunny-day-9" not in page
    weak = client.post(door, FIELDS | {"password": "12345678", "key": "k" * 20})
    assert weak.status_code == 422 and not Person.objects.filter(username="malaoshi").exists()


def test_a_crowd_of_logins_from_one_address_is_asked_to_wait(client, stage, door, monkeypatch):
    from huying.kernel.rate import Limiter

    limiter = Limiter(1, 1)
    monkeypatch.setattr(newcomers, "_limiter", lambda: limiter)
    assert client.post(door, FIELDS | {"key": "k" * 20}).status_code == 303
    client.logout()
    assert client.post(door, FIELDS | {"name": "另一所小学", "username": "b2", "key": "x" * 20}).status_code == 429

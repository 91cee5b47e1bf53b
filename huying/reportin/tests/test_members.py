"""A member reports in, changes, moves, leaves: by themselves, in the open, with a receipt."""

import datetime as dt
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from huying.directory.models import Member, Unit
from huying.kernel.errors import Forbidden, StepRefused
from huying.kernel.models import Event
from huying.people import newcomers
from huying.people.models import Person
from huying.reportin.actions import members as actions
from huying.reportin.actions import units
from huying.reportin.queries_reports import receipt_number

LOGIN = {"called": "梁老师", "username": "liang", "password": "sunny-day-9"}


@pytest.fixture(autouse=True)
def calm():
    newcomers.forget()


@pytest.fixture
def school(stage) -> Unit:
    """A school that has reported in."""
    return units.put_down(stage.place("community"), by=stage.actor("gao"), name="尚朴小学", kind="school").unit


@pytest.fixture
def door(stage):
    return reverse("reportin:member", args=[stage.place("compound").tag])


def test_somebody_reports_in_from_the_code_of_their_compound(client, stage, school, door):
    data = LOGIN | {"skills": ["teaching", "repair"], "services": ["children"], "unit": school.pk, "key": "k" * 20}
    answer = client.post(door, data)
    member = Member.objects.get()
    assert answer.status_code == 303 and member.place == stage.place("community") and member.unit == school
    # In the order of the policy, whatever the order of the ticks.
    assert member.skills == ["repair", "teaching"] and member.services == ["children"]
    page = client.get(answer.url).content.decode()
    assert receipt_number(member) in page and "尚朴小学" in page
    event = Event.objects.get(kind="reportin.member_registered")
    assert event.facts == {"person": member.person_id, "unit": school.pk} and event.actor_id == member.person_id


def test_a_double_tap_is_one_member(client, stage, door):
    for _tap in range(2):
        answer = client.post(door, LOGIN | {"key": "k" * 20})
        assert answer.status_code == 303
        client.logout()
    assert Member.objects.count() == 1 and Person.objects.filter(username="liang").count() == 1


def test_the_unit_is_found_by_name_with_and_without_javascript(client, stage, school, door):
    found = client.get(reverse("reportin:member_units", args=[stage.place("compound").tag]), {"q": "尚朴"})
    assert "尚朴小学" in found.content.decode()
    none = client.get(reverse("reportin:member_units", args=[stage.place("compound").tag]), {"q": "没有的"})
    assert "不影响您报到" in none.content.decode()
    page = client.post(door, {"q": "尚朴", "skills": ["repair"], "called": "梁老师", "do": "find", "key": "k" * 20})
    text = page.content.decode()
    assert page.status_code == 200 and f'value="{school.pk}"' in text and 'value="梁老师"' in text and "checked" in text
    assert not Member.objects.exists()


def test_a_unit_that_has_not_reported_in_cannot_be_named(client, stage, door):
    other = Unit.objects.create(name="没有报到的单位", kind="firm", place=stage.place("community"))
    answer = client.post(door, LOGIN | {"unit": other.pk, "key": "k" * 20})
    assert answer.status_code == 422 and not Member.objects.exists()
    assert not Person.objects.filter(username="liang").exists()


def test_nothing_else_is_asked(client, stage, door):
    import re

    names = set(
        re.findall(
            r'<(?:input|select|textarea)[^>]*name="(\w+)"', client.get(door).content.decode().partition("<main")[2]
        )
    )
    assert names - {"csrfmiddlewaretoken", "key", "do"} <= {"skills", "services", "q", "unit", *LOGIN}


def test_one_community_at_a_time(client, stage, door):
    client.force_login(stage.persons["wu"])
    assert client.post(door, {"key": "k" * 20}).status_code == 303
    again = client.post(door, {"key": "x" * 20})
    assert again.status_code == 409 and "已经在广场社区报到了" in again.content.decode()
    assert "转移过来" in client.get(reverse("reportin:member", args=[stage.place("elsewhere").slug])).content.decode()


def test_moving_ends_the_one_and_begins_the_other(client, stage, school):
    wu = stage.actor("wu")
    old = actions.register(stage.place("community"), by=wu, skills=["legal"], services=["visit"], unit=school)
    Member.objects.filter(pk=old.pk).update(valid_from=timezone.localdate() - dt.timedelta(days=9))
    client.force_login(stage.persons["wu"])
    to = stage.place("elsewhere").slug
    assert "转到尚勤路社区" in client.get(reverse("reportin:move"), {"to": to}).content.decode()
    assert client.post(reverse("reportin:move"), {"to": to}).status_code == 303
    old.refresh_from_db()
    new = Member.objects.current().get(person=stage.persons["wu"])
    assert old.valid_to == new.valid_from == timezone.localdate()
    assert (new.place, new.skills, new.services, new.unit) == (stage.place("elsewhere"), ["legal"], ["visit"], school)
    assert receipt_number(new) != receipt_number(old)
    kinds = list(Event.objects.filter(subject_type="member").order_by("id").values_list("kind", flat=True))
    assert kinds == ["reportin.member_registered", "reportin.member_moved", "reportin.member_registered"]
    with pytest.raises(StepRefused):
        actions.move(stage.place("elsewhere"), by=stage.actor("wu"))


def test_a_move_to_where_nobody_can_live_changes_nothing(stage):
    actions.register(stage.place("community"), by=stage.actor("wu"))
    for place in ("street", "compound"):
        with pytest.raises(StepRefused):
            actions.move(stage.place(place), by=stage.actor("wu"))
    assert Member.objects.current().get().place == stage.place("community")


def test_leaving_is_one_tap_and_coming_back_the_same_day_works(client, stage, door):
    client.force_login(stage.persons["wu"])
    client.post(door, {"key": "k" * 20})
    assert client.post(reverse("reportin:leave")).status_code == 302
    assert not Member.objects.current().exists()
    assert client.post(door, {"key": "x" * 20}).status_code == 303
    assert Member.objects.current().count() == 1


def test_change_replaces_what_was_given(client, stage, school):
    actions.register(stage.place("community"), by=stage.actor("wu"), skills=["legal"], unit=school)
    client.force_login(stage.persons["wu"])
    assert "checked" in client.get(reverse("reportin:change")).content.decode()
    client.post(reverse("reportin:change"), {"skills": ["cooking"], "services": ["visit"], "unit": ""})
    member = Member.objects.get()
    assert (member.skills, member.services, member.unit) == (["cooking"], ["visit"], None)
    assert client.post(reverse("reportin:change"), {"skills": ["flying"]}).status_code == 422


def test_a_unit_may_say_that_somebody_is_not_of_it_and_they_stay(client, stage):
    units.put_down(stage.place("community"), by=stage.actor("gao"), unit=stage.unit)
    member = actions.register(stage.place("community"), by=stage.actor("wu"), unit=stage.unit)
    with pytest.raises(Forbidden):
        actions.unlink(member, by=stage.actor("gao"))
    client.force_login(stage.persons["tian"])
    client.post(reverse("reportin:unlink", args=[member.pk]))
    member.refresh_from_db()
    assert member.unit is None and member.valid_to is None


def test_ones_own_data_can_be_taken_along(client, stage, school):
    actions.register(stage.place("community"), by=stage.actor("wu"), skills=["legal"], unit=school)
    client.force_login(stage.persons["wu"])
    client.post(reverse("reportin:exempt"), {"reason": "illness", "words": "住院", "until": "2099-01-01"})
    until = timezone.localdate() + dt.timedelta(days=30)
    client.post(reverse("reportin:exempt"), {"reason": "illness", "words": "住院", "until": until.isoformat()})
    data = json.loads(client.get(reverse("reportin:data")).content)
    assert data["registrations"][0]["skills"] == ["法律咨询"] and data["registrations"][0]["unit"] == "尚朴小学"
    assert data["exemptions"] == [
        {"reason": "身体原因", "words": "住院", "from": str(timezone.localdate()), "until": until.isoformat()}
    ]


def test_the_receipt_is_for_them_their_unit_and_their_community(client, stage):
    units.put_down(stage.place("community"), by=stage.actor("gao"), unit=stage.unit)
    member = actions.register(stage.place("community"), by=stage.actor("wu"), unit=stage.unit)
    page = reverse("reportin:receipt", args=[member.pk])
    for who, status in (("wu", 200), ("tian", 200), ("gao", 200), ("zhao", 404), ("xu", 404)):
        client.force_login(stage.persons[who])
        assert client.get(page).status_code == status, who


def test_the_community_reads_numbers_filters_and_exports_without_phones(client, stage, school):
    from io import BytesIO

    from openpyxl import load_workbook

    actions.register(stage.place("community"), by=stage.actor("wu"), skills=["legal"], unit=school)
    actions.register(stage.place("community"), by=stage.actor("xu"), skills=["cooking"])
    client.force_login(stage.persons["gao"])
    page = reverse("reportin:community", args=[stage.place("community").pk])
    listed = client.get(page, {"show": "members", "skill": "legal"}).content.decode()
    assert "吴居民" in listed and "徐志愿者" not in listed
    sheet = client.get(reverse("reportin:members_xlsx", args=[stage.place("community").pk]), {"skill": "legal"})
    rows = list(load_workbook(BytesIO(sheet.content)).active.iter_rows(values_only=True))
    assert len(rows) == 2 and rows[1][1:4] == ("吴居民", "尚朴小学", "法律咨询")
    client.logout()
    public = client.get(reverse("reportin:place", args=[stage.place("community").slug])).content.decode()
    assert "法律咨询" in public and "吴居民" not in public and "尚朴小学" in public


def test_the_list_of_members_costs_the_same_however_long(client, stage, django_assert_max_num_queries):
    for number in range(30):
        person = Person.objects.create_user(f"m{number}", name=f"同志{number}")
        Member.objects.create(person=person, place=stage.place("community"), skills=["legal"])
    client.force_login(stage.persons["gao"])
    page = reverse("reportin:community", args=[stage.place("community").pk])
    client.get(page)
    with django_assert_max_num_queries(20):
        client.get(page, {"show": "members"})


def test_whoever_wants_to_be_forgotten_is(client, stage, door):
    client.post(door, LOGIN | {"skills": ["legal"], "key": "k" * 20})
    client.post(
        reverse("reportin:exempt"), {"reason": "away", "until": str(timezone.localdate() + dt.timedelta(days=9))}
    )
    person = Person.objects.get(username="liang")
    assert client.post(reverse("reportin:erase")).status_code == 302
    person.refresh_from_db()
    assert not person.is_active and person.username.startswith("erased-") and person.name == f"#{person.pk}"
    assert not Member.objects.current().exists()
    assert client.get(reverse("reportin:me")).status_code == 302


def test_a_post_or_a_seat_is_handed_over_first(client, stage):
    for who, words in (("tian", "代表一个单位"), ("gao", "还有岗位")):
        client.force_login(stage.persons[who])
        assert words in client.post(reverse("reportin:erase"), follow=True).content.decode()
        assert Person.objects.get(username=who).is_active


def test_nobody_counts_on_somebody_whose_login_is_closed(stage):
    member = actions.register(stage.place("community"), by=stage.actor("wu"))
    assert actions.end_of_the_gone() == 0
    Person.objects.filter(username="wu").update(is_active=False)
    assert actions.end_of_the_gone() == 1
    member.refresh_from_db()
    assert member.valid_to == timezone.localdate()

"""The pages of volunteers: what was typed stays, a double tap is one registration, what is known is not asked."""

import datetime as dt
import json

import pytest
from django.urls import reverse
from django.utils import timezone

from huying.callouts import rules_volunteers as numbers
from huying.callouts.forms.volunteers import MonthField
from huying.callouts.models import Volunteer
from huying.directory.models import Member
from huying.people import newcomers
from huying.people.models import Person

from .scene import a_volunteer

FIELDS = {
    "skills": ["repair"],
    "asks_a_week": "3",
    "born": "1990-05",
    "called": "方大姐",
    "username": "fangdajie",
    "password": "a-sunny-day-9",
    "key": "k" * 20,
}


@pytest.fixture(autouse=True)
def calm():
    newcomers.forget()


@pytest.fixture
def door(stage) -> str:
    """The address behind the code of a door."""
    return reverse("volunteer-register", args=[stage.place("entrance").slug or stage.place("compound").slug])


def test_a_double_tap_is_one_registration_and_lets_them_in(client, stage, door):
    first = client.post(door, FIELDS)
    client.logout()
    again = client.post(door, FIELDS)
    assert (first.status_code, again.status_code) == (303, 303)
    assert Volunteer.objects.count() == Person.objects.filter(username="fangdajie").count() == 1
    page = client.get(reverse("volunteer-me")).content.decode()
    assert numbers.grouped(Volunteer.objects.get().number) in page


def test_a_refusal_keeps_what_was_typed_but_for_the_password(client, stage, door):
    answer = client.post(door, FIELDS | {"born": "soon", "username": "gao"})
    words = answer.content.decode()
    assert answer.status_code == 422 and "方大姐" in words and "a-sunny-day-9" not in words
    assert 'value="repair"' in words and "checked" in words and not Volunteer.objects.exists()
    child = client.post(door, FIELDS | {"born": f"{timezone.localdate().year - 10}-01"})
    assert child.status_code == 409 and "长大一点" in child.content.decode()
    assert not Person.objects.filter(username="fangdajie").exists()


def test_whom_the_system_knows_taps_once(client, stage, door):
    Member.objects.create(person=stage.persons["wu"], place=stage.place("community"), skills=["haircut"])
    client.force_login(stage.persons["wu"])
    words = client.get(door).content.decode()
    assert 'name="born"' not in words and 'name="username"' not in words
    assert client.post(door, {"skills": ["haircut"], "asks_a_week": "3", "key": "k" * 20}).status_code == 303
    assert Volunteer.objects.get().skills == ["haircut"]
    assert "已经是" in client.get(door).content.decode()


@pytest.mark.parametrize(
    ("typed", "month"),
    [
        ("1990-05", 5),
        ("1990/5", 5),
        ("199005", 5),
        ("1990年5月", 5),
        ("１９９０-０５", 5),
        ("1990-05-17", 5),
        (" 1990.12 ", 12),
    ],
)
def test_a_month_is_read_however_it_is_typed(typed, month):
    assert MonthField().clean(typed) == dt.date(1990, month, 1)


@pytest.mark.parametrize("typed", ["1990", "1990-13", "五月", "0-0", "199", ""])
def test_what_is_no_month_is_told(typed):
    with pytest.raises(Exception, match=r"年|填"):
        MonthField().clean(typed)


def test_staff_write_down_print_a_card_and_its_link_opens_the_login(client, stage):
    client.force_login(stage.persons["gao"])
    given = {
        "place": stage.place("compound").pk,
        "called": "万大爷",
        "how": "spoken",
        "born": "1956-02",
        "asks_a_week": "1",
        "key": "k" * 20,
    }
    first, again = (client.post(reverse("volunteer-new"), given) for _twice in range(2))
    row = Volunteer.objects.get()
    assert first.status_code == again.status_code == 302 and first.url == reverse("volunteer-card", args=[row.pk])
    card = client.get(first.url).content.decode()
    assert numbers.grouped(row.number) in card and "/people/welcome/" in card
    assert "万大爷" in client.get(reverse("volunteers")).content.decode()
    found = client.get(reverse("volunteers"), {"q": numbers.grouped(row.number)}).content.decode()
    assert "万大爷" in found


def test_the_register_costs_no_more_with_more_people(client, stage, django_assert_max_num_queries):
    client.force_login(stage.persons["gao"])
    for n in range(12):
        person = Person.objects.create_user(f"many{n}", name=f"邻居{n}")
        more = {} if n % 2 else {"confirmed_at": None, "confirmed_by": None}
        a_volunteer(stage, person, skills=["repair"], **more)
    client.get(reverse("volunteers"))
    with django_assert_max_num_queries(20):
        client.get(reverse("volunteers"))


def test_everything_of_ones_own_can_be_taken_along(client, stage):
    a_volunteer(stage, "wu", skills=["repair"], week=[1, 0, 0, 0, 0, 0, 0])
    client.force_login(stage.persons["wu"])
    data = json.loads(client.get(reverse("volunteer-data")).content)
    assert data["registration"]["skills"] == ["repair"] and data["registration"]["free_hours"] == [
        {"day": 0, "hour": 0}
    ]
    table = client.get(reverse("volunteer-record"))
    assert table["Content-Type"].startswith("text/csv") and "日期" in table.content.decode("utf-8-sig")


def test_a_preset_without_javascript_is_shown_and_not_yet_saved(client, stage):
    row = a_volunteer(stage, "wu")
    client.force_login(stage.persons["wu"])
    shown = client.post(reverse("volunteer-week"), {"hours": ["6-8"], "preset": "weekday_evenings"}).content.decode()
    assert 'value="6-8" checked' in shown and 'value="0-19" checked' in shown
    row.refresh_from_db()
    assert row.week == [0] * 7
    assert client.post(reverse("volunteer-week"), {"hours": ["9-99"]}).status_code == 422
    client.post(reverse("volunteer-week"), {"hours": ["6-8"]})
    row.refresh_from_db()
    assert row.week == [0] * 6 + [1 << 8]


def test_the_way_out_is_one_page_and_one_tap(client, stage):
    row = a_volunteer(stage, "wu")
    client.force_login(stage.persons["wu"])
    assert client.get(reverse("volunteer-leave")).status_code == 200
    client.post(reverse("volunteer-leave"), {"do": "leave"})
    row.refresh_from_db()
    assert row.valid_to == timezone.localdate()
    client.post(reverse("volunteer-leave"), {"do": "erase-all"})
    row.refresh_from_db()
    wu = Person.objects.get(pk=stage.persons["wu"].pk)
    assert row.erased_at and not wu.is_active and wu.name == f"#{wu.pk}"
    assert client.get(reverse("volunteer-me")).status_code == 302


def test_an_ended_place_says_where_to_register(client, stage):
    place = stage.place("elsewhere")
    type(place).objects.filter(pk=place.pk).update(valid_to=timezone.localdate())
    assert client.get(reverse("volunteer-register", args=[place.slug])).status_code == 410
    assert client.get(reverse("volunteer-register", args=["nowhere"])).status_code == 404
    assert client.get(reverse("volunteer-register", args=[stage.place("district").slug])).status_code == 404

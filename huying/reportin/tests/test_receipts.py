"""Who is told: the community of what waits, the unit of its people; and what odd addresses and words meet."""

import pytest
from django.urls import reverse

from huying.kernel.models import Event
from huying.kernel.scopes import ANONYMOUS
from huying.notify.actions import write_messages
from huying.notify.models import Message
from huying.people.newcomers import Newcomer
from huying.people.queries import actor_for
from huying.reportin.actions import members, units


def told(kind: str) -> set[str]:
    """The usernames that have a message of this kind."""
    write_messages(list(Event.objects.order_by("id")))
    return set(Message.objects.filter(kind=kind).values_list("to_person__username", flat=True))


def test_the_community_hears_who_waits_and_the_unit_what_became_of_it(client, stage):
    newcomer = Newcomer("malaoshi", "马老师", "sunny-day-9")
    place = stage.place("community")
    report = units.ask(place, by=ANONYMOUS, name="尚朴小学", kind="school", newcomer=newcomer)
    assert told("reportin.unit_asked") == {"gao", "shen", "qin"}
    units.receive(report, by=stage.actor("gao"))
    assert told("reportin.unit_received") == {"malaoshi"}
    client.force_login(report.contact)
    page = client.get(reverse("inbox")).content.decode()
    assert "接收了尚朴小学的报到" in page and reverse("reportin:report", args=[report.pk]) in page


def test_the_unit_and_the_community_get_the_receipt_of_a_member(client, stage):
    units.put_down(stage.place("community"), by=stage.actor("gao"), unit=stage.unit)
    member = members.register(stage.place("community"), by=stage.actor("wu"), unit=stage.unit)
    assert told("reportin.member_registered") == {"tian", "gao", "shen", "qin"}
    client.force_login(stage.persons["tian"])
    page = client.get(reverse("inbox")).content.decode()
    assert "吴居民到" in page and reverse("reportin:receipt", args=[member.pk]) in page
    members.move(stage.place("elsewhere"), by=stage.actor("wu"))
    assert told("reportin.member_moved") == {"tian", "gao", "shen", "qin"}
    units_own = members.Member.objects.current().get()
    members.unlink(units_own, by=actor_for(stage.persons["tian"]))
    assert told("reportin.member_unlinked") == {"wu"}


@pytest.mark.parametrize("tag", ["%00", "%E4%B8%AD", "x" * 300, "610102", "..%2F"])
def test_odd_addresses_are_not_found(client, stage, tag):
    for way in ("unit", "member", "at"):
        assert client.get(f"/reportin/{way}/{tag}/").status_code == 404


@pytest.mark.parametrize("secret", ["%00", "1.x", "x", "ffffffffffffffffffffff.abc"])
def test_odd_secrets_are_not_found(client, stage, secret):
    for way in ("invited", "slip"):
        assert client.get(f"/reportin/{way}/{secret}/").status_code == 404


def test_odd_words_do_no_harm(client, stage):
    members.register(stage.place("community"), by=stage.actor("wu"))
    client.force_login(stage.persons["wu"])
    for words in ("\x00", "'; --", "%", "中" * 500):
        assert client.get(reverse("reportin:move"), {"q": words}).status_code == 200
        assert client.get(reverse("reportin:move"), {"to": words}).status_code == 200
        found = reverse("reportin:member_units", args=[stage.place("community").slug])
        assert client.get(found, {"q": words, "unit": words}).status_code == 200
    client.force_login(stage.persons["gao"])
    page = reverse("reportin:community", args=[stage.place("community").pk])
    odd = {"q": "\x00", "skill": "x", "unit": "9" * 30, "page": "-1"}
    for shown in ("units", "members", "x"):
        assert client.get(page, odd | {"show": shown}).status_code == 200

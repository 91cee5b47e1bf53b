"""Exemptions: said with a reason, without any effect, over by themselves, erased soon after."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from huying.kernel.errors import BadInput, Forbidden
from huying.kernel.models import Event
from huying.reportin.actions import exemptions, members
from huying.reportin.models import Exemption


def in_days(days: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=days)


def test_the_log_tells_neither_of_whom_nor_why(stage):
    exemptions.exempt("illness", in_days(30), by=stage.actor("tian"), words="手术", unit=stage.unit, called="老赵")
    event = Event.objects.get(kind="reportin.exempted")
    assert event.facts == {} and event.place_id is None
    row = Exemption.objects.values().get()
    assert "illness" not in str(row) and "老赵" not in str(row)


def test_the_unit_reads_its_own_and_of_members_only_until_when(client, stage):
    from huying.reportin.actions import units

    units.put_down(stage.place("community"), by=stage.actor("gao"), unit=stage.unit)
    members.register(stage.place("community"), by=stage.actor("wu"), unit=stage.unit)
    exemptions.exempt("illness", in_days(30), by=stage.actor("wu"), words="手术")
    client.force_login(stage.persons["tian"])
    page = reverse("reportin:people", args=[stage.unit.pk])
    client.post(
        reverse("reportin:exempt_other", args=[stage.unit.pk]),
        {"called": "老赵", "reason": "away", "until": in_days(9).isoformat()},
    )
    text = client.get(page).content.decode()
    assert "老赵" in text and "吴居民" in text and "手术" not in text
    assert text.count("身体原因") == 1  # only among the choices of the form
    client.force_login(stage.persons["gao"])
    assert client.get(page).status_code == 404


def test_it_changes_nothing_else(client, stage):
    exemptions.exempt("away", in_days(30), by=stage.actor("wu"))
    assert members.register(stage.place("community"), by=stage.actor("wu")).valid_to is None


@pytest.mark.parametrize("days", [0, -1, 400])
def test_it_always_has_an_end_within_a_year(stage, days):
    with pytest.raises(BadInput):
        exemptions.exempt("away", in_days(days), by=stage.actor("wu"))


def test_nobody_says_it_for_another(stage):
    given = exemptions.exempt("away", in_days(30), by=stage.actor("wu"))
    for who in ("gao", "tian"):
        with pytest.raises(Forbidden):
            exemptions.end(given, by=stage.actor(who))
    with pytest.raises(Forbidden):
        exemptions.exempt("away", in_days(30), by=stage.actor("gao"), unit=stage.unit, called="老赵")


def test_ended_by_hand_it_is_erased_at_once_and_by_itself_a_week_later(client, stage):
    given = exemptions.exempt("away", in_days(5), by=stage.actor("wu"))
    client.force_login(stage.persons["wu"])
    client.post(reverse("reportin:end_exemption", args=[given.pk]))
    given.refresh_from_db()
    assert given.reason_sealed is None and not Exemption.objects.current().exists()
    other = exemptions.exempt("illness", in_days(5), by=stage.actor("tian"), unit=stage.unit, called="老赵")
    assert exemptions.erase_ended(on=in_days(6)) == 0
    assert exemptions.erase_ended(on=in_days(12)) == 1
    other.refresh_from_db()
    assert (other.name_sealed, other.reason_sealed) == (None, None) and other.erased_at

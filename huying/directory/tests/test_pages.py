"""The list of units: who reads it, who keeps it, and who speaks for a unit."""

import pytest
from django.urls import reverse

from huying.directory.models import Seat, Unit
from huying.directory.queries import unit_ids_of
from huying.kernel.models import Event


@pytest.fixture
def enter(client, stage):
    def go(username):
        client.force_login(stage.persons[username])
        return client

    return go


@pytest.mark.parametrize(
    ("username", "status"),
    [("lu", 200), ("zhi", 200), ("gao", 200), ("jie", 200), ("operator", 200), ("xu", 403), ("tian", 403)],
)
def test_staff_read_the_list(enter, username, status):
    response = enter(username).get(reverse("directory:units"))
    assert response.status_code == status
    assert (b"\xe8\xa5\xbf\xe4\xb8\x80\xe8\xb7\xaf\xe7\x89\xa9\xe4\xb8\x9a" in response.content) == (status == 200)


def test_a_unit_elsewhere_is_not_shown(enter, stage):
    other = Unit.objects.create(name="别处物业", kind="property", place=stage.place("elsewhere"))
    client = enter("gao")
    assert "别处物业" not in client.get(reverse("directory:units")).content.decode()
    assert client.get(reverse("directory:unit", args=[other.pk])).status_code == 404
    assert "别处物业" in enter("jie").get(reverse("directory:units")).content.decode()


def test_who_speaks_for_a_unit_sees_it(enter, stage):
    assert enter("tian").get(reverse("directory:unit", args=[stage.unit.pk])).status_code == 200


def test_a_unit_is_registered_seated_unseated_and_closed(enter, stage):
    client = enter("gao")
    given = {"name": "广场物业", "kind": "property", "place": stage.place("community").pk, "duties": "楼道照明"}
    url = client.post(reverse("directory:register"), given).url
    unit = Unit.objects.get(name="广场物业")
    assert url == reverse("directory:unit", args=[unit.pk]) and unit.verified_by == stage.persons["gao"]
    again = client.post(reverse("directory:register"), given)
    assert again.status_code == 422 and "同名的单位" in again.content.decode()
    client.post(reverse("directory:seat", args=[unit.pk]), {"username": "Xu"})
    assert unit_ids_of(stage.actor("xu")) == (unit.pk,)
    twice = client.post(reverse("directory:seat", args=[unit.pk]), {"username": "xu"})
    assert twice.status_code == 409
    nobody = client.post(reverse("directory:seat", args=[unit.pk]), {"username": "nobody"})
    assert nobody.status_code == 422 and 'value="nobody"' in nobody.content.decode()
    client.post(reverse("directory:unseat", args=[Seat.objects.get(unit=unit).pk]))
    assert unit_ids_of(stage.actor("xu")) == ()
    client.post(reverse("directory:close", args=[unit.pk]))
    assert client.post(reverse("directory:close", args=[unit.pk])).status_code == 409
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == [
        "directory.registered",
        "directory.seated",
        "directory.unseated",
        "directory.closed",
    ]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "x"},
        {"name": "好物业", "kind": "pirates"},
        {"name": "好物业", "kind": "property", "place": "0"},
        {"name": "好\x00物业", "kind": "property"},
        {"name": "好" * 200, "kind": "property"},
        {"name": "好物业", "kind": "property", "duties": "责" * 1001},
    ],
)
def test_a_wrong_form_is_refused_and_kept(enter, stage, given):
    given = {"place": stage.place("community").pk} | given
    response = enter("gao").post(reverse("directory:register"), given)
    assert response.status_code == 422
    assert Unit.objects.count() == 1
    if given.get("name") == "好物业":
        assert 'value="好物业"' in response.content.decode()


def test_nobody_registers_at_a_place_that_is_not_theirs(enter, stage):
    given = {"name": "好物业", "kind": "property", "place": stage.place("elsewhere").pk}
    assert enter("gao").post(reverse("directory:register"), given).status_code == 422
    assert enter("zhi").post(reverse("directory:register"), given).status_code == 403


@pytest.mark.parametrize("username", ["zhi", "lu", "zhao", "tian"])
def test_nobody_else_seats_or_closes(enter, stage, username):
    client = enter(username)
    for name in ("seat", "close"):
        response = client.post(reverse(f"directory:{name}", args=[stage.unit.pk]), {"username": "xu"})
        assert response.status_code in (403, 404)
    assert Seat.objects.count() == 1 and Unit.objects.open().count() == 1


def test_search_takes_any_text(enter):
    client = enter("gao")
    for text in ("物业", "'; --", "\x00", "%", "字" * 500, "𠮷"):
        assert client.get(reverse("directory:units"), {"q": text, "kind": "x"}).status_code == 200


def test_the_number_of_queries_does_not_grow(enter, stage, django_assert_max_num_queries):
    for number in range(30):
        Unit.objects.create(name=f"物业{number}", kind="property", place=stage.place("community"))
    client = enter("gao")
    with django_assert_max_num_queries(14):
        client.get(reverse("directory:units"))

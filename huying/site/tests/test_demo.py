"""The demo: loaded twice it is there once; surnames and roles only; a password that opens nothing from elsewhere."""

import pytest
from django.core.cache import cache
from django.test import Client

from huying.directory.models import Seat, Unit
from huying.kernel.models import Event
from huying.people.accounts import DEMO_PASSWORD
from huying.people.models import Person, Post
from huying.people.queries import actor_for, who_is_where
from huying.people.rules import Role
from huying.places.models import Place
from huying.site import demo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data(settings, tmp_path):
    settings.HUYING_DATA = tmp_path
    cache.clear()


@pytest.fixture
def people_only(monkeypatch):
    """The cast without the calls, which have a test of their own."""
    monkeypatch.setattr(demo.calls, "load", lambda progress: progress(1, 1))


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Place, Person, Post, Unit, Seat, Event))


def test_the_demo_is_loaded_once_however_often(people_only):
    heard = []
    demo.load(lambda done, total, what: heard.append((done, total, what)))
    first = counts()
    demo.load()
    assert counts() == first
    assert heard[-1][0] == heard[-1][1]

    # Nobody real: all of it is marked, and nobody has more of a name than a surname and a role.
    assert not Person.objects.filter(made_up=False).exists()
    assert not Unit.objects.filter(made_up=False).exists()
    assert not Person.objects.filter(phone_sealed__isnull=False).exists()
    assert max(len(name) for name in Person.objects.values_list("name", flat=True)) <= 6

    # Everybody of the story stands where the story says.
    def holds(username, role):
        roles = [post.role for post in actor_for(Person.objects.get(username=username)).posts]
        # Some of them are volunteers besides.
        return [one for one in roles if one != Role.VOLUNTEER] == [role]

    assert holds("lu", Role.BUILDING_HEAD) and holds("zhi", Role.COMPOUND_SECRETARY)
    assert holds("gao", Role.COMMUNITY_WORKER) and holds("operator", Role.OPERATOR)
    lu = Person.objects.get(username="lu").posts.select_related("place").get(role=Role.BUILDING_HEAD)
    assert lu.place.name == "17栋" and lu.place.parent.name == "骊山新家园"
    communities = demo.places.load()
    assert all(not who_is_where(community).missing for community in communities.values())
    heart = who_is_where(communities[demo.HEART])
    assert any(spot.missing for compound in heart.below for spot in compound.below)

    # They can log in, and nobody needs a second factor to look around.
    word = demo.password()
    assert word == DEMO_PASSWORD and [row[1] for row in demo.logins()] == [word] * len(demo.SHOWN)
    client = Client(SERVER_NAME="127.0.0.1")
    for username in ("lu", "street", "operator"):
        response = client.post("/accounts/login/", {"login": username, "password": word})
        assert (response.status_code, response.url) == (302, "/start/")
        client.logout()


@pytest.mark.parametrize(
    ("address", "host", "base"),
    [
        ("192.168.1.9", "127.0.0.1", "http://127.0.0.1:8000"),
        ("127.0.0.1", "huying.example.cn", "http://127.0.0.1:8000"),
        ("127.0.0.1", "127.0.0.1", "https://huying.example.cn"),
    ],
)
def test_the_well_known_password_opens_nothing_from_elsewhere(settings, address, host, base):
    settings.BASE_URL, settings.ALLOWED_HOSTS = base, ["*"]
    Person.objects.create_user("lu", DEMO_PASSWORD, name="芦楼长", made_up=True)
    client = Client(SERVER_NAME=host, REMOTE_ADDR=address)
    response = client.post("/accounts/login/", {"login": "lu", "password": DEMO_PASSWORD})
    assert response.status_code == 200
    assert "演示密码只能在运行系统的这台机器上用" in response.content.decode()


def test_an_installation_that_others_reach_gets_a_password_of_its_own(settings, tmp_path):
    person = Person.objects.create_user("lu", demo.password(), name="芦楼长", made_up=True)
    own = Person.objects.create_user("zhi", "their-own-word", name="郅书记", made_up=True)
    settings.BASE_URL = "https://huying.example.cn"
    ((_name, word, _who), _other) = demo.logins()
    assert word != DEMO_PASSWORD and len(word) >= 12
    assert (tmp_path / "demo-password").stat().st_mode & 0o077 == 0
    person.refresh_from_db(), own.refresh_from_db()
    assert person.check_password(word) and own.check_password("their-own-word")
    assert demo.password() == word


def test_an_installation_without_the_demo_names_nobody():
    assert demo.logins() == []

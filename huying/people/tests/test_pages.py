"""The pages of people: who is where, appointing and ending with undo, the door for somebody new."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from huying.people.models import Person, Post
from huying.people.queries import actor_for
from huying.people.rules import Role


@pytest.fixture
def enter(client, cast):
    """Log somebody of the cast in, without the ceremony."""

    def go(username):
        client.force_login(getattr(cast, username))
        return client

    return go


def page_of(client, place, **more):
    return client.get(reverse("people:place", args=[place.pk]), **more)


# Who sees the people of which place: rows are the cast, columns the places.
SEES = {
    "lu": {"building"},
    "zhi": {"compound", "building"},
    "gao": {"community", "compound", "building"},
    "xu": set(),
    "zhao": set(),
    "street": {"street", "community", "compound", "building"},
    "district": {"district", "street", "community", "compound", "building"},
    "operator": {"city", "district", "street", "community", "compound", "building"},
}


@pytest.mark.parametrize("username", SEES)
def test_everyone_sees_the_people_of_their_own_places(enter, cast, username):
    client = enter(username)
    for name in ("city", "district", "street", "community", "compound", "building"):
        wanted = 200 if name in SEES[username] else (403 if username == "xu" else 404)
        assert page_of(client, getattr(cast.stage, name)).status_code == wanted, name


def test_a_stranger_is_led_to_the_login(client, cast):
    response = page_of(client, cast.stage.community)
    assert (response.status_code, response.url.split("?")[0]) == (302, "/accounts/login/")


def test_the_page_shows_who_is_there_and_where_nobody_is(enter, cast):
    page = page_of(enter("gao"), cast.stage.community).content.decode()
    assert "芦楼长" in page and "郅书记" in page
    assert "还没有楼栋长" in page and "还没有社区书记" in page
    assert page.index("16号楼") < page.index("17号楼")


def test_the_number_of_queries_does_not_grow_with_buildings(enter, cast, django_assert_max_num_queries):
    from huying.places.models import Place

    for number in range(30, 60):
        building = Place.objects.create(
            kind="building", name=f"{number}号楼", parent=cast.stage.compound, valid_from="2020-01-01"
        )
        Post.objects.create(person=cast.xu, role=Role.BUILDING_HEAD, place=building)
    client = enter("gao")
    with django_assert_max_num_queries(15):
        page_of(client, cast.stage.community)


def appoint(client, place, **given):
    return client.post(reverse("people:appoint", args=[place.pk]), given)


def test_somebody_new_is_appointed_opens_the_login_and_comes_in(enter, cast, client):
    enter("gao")
    response = appoint(
        client,
        cast.stage.other_building,
        role="building_head",
        username="Chen",
        name="陈楼长",
        phone="138 1234 5678",
    )
    chen = Person.objects.get(username="chen")
    assert response.url == reverse("people:person", args=[chen.pk])
    page = client.get(response.url).content.decode()
    link = re.search(r"https?://[^/<]+(/people/welcome/[^<]+)<", page)[1]
    assert "13812345678" not in page
    client.logout()
    assert "陈楼长，您好" in client.get(link).content.decode()
    assert "两遍不一样" in client.post(link, {"password": "mingtian-haotianqi", "again": "x"}).content.decode()
    weak = client.post(link, {"password": "12345678", "again": "12345678"})
    assert weak.status_code == 422
    assert client.post(link, {"password": "mingtian-haotianqi", "again": "mingtian-haotianqi"}).status_code == 302
    assert client.get(link).status_code == 410
    client.post(reverse("account_login"), {"login": "chen", "password": "mingtian-haotianqi"})
    assert page_of(client, cast.stage.other_building).status_code == 200
    assert page_of(client, cast.stage.building).status_code == 404


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"username": "nobody-here"}, "没有人用这个用户名"),
        ({"username": "陈", "name": "陈楼长"}, "用户名用 2–40 个"),
        ({"username": "chen", "name": "陈楼长", "phone": "12"}, "请填手机号"),
        ({"username": "chen", "name": "…"}, "称呼填姓加岗位"),
        ({"username": "chen", "name": "陈楼长", "valid_to": "2020-01-01"}, "请填今天以后的日子"),
        ({"username": "chen", "name": "陈楼长", "role": "city_staff"}, "city_staff"),
        ({}, "楼栋长"),
        ({"username": "ch\x00en", "name": "陈楼长"}, "楼栋长"),
        ({"username": "c" * 500, "name": "陈" * 500}, "楼栋长"),
    ],
)
def test_a_wrong_form_says_what_is_wrong_keeps_what_was_typed_and_changes_nothing(enter, cast, given, words):
    before = Person.objects.count(), Post.objects.count()
    response = appoint(enter("gao"), cast.stage.other_building, **{"role": "building_head", **given})
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    if given.get("name") == "陈楼长":
        assert 'value="陈楼长"' in page
    assert (Person.objects.count(), Post.objects.count()) == before


def test_the_same_appointment_twice_is_a_conflict_in_words(enter, cast):
    response = appoint(enter("gao"), cast.stage.building, role="building_head", username="lu")
    assert response.status_code == 409
    assert "已经是这里的楼栋长" in response.content.decode()


def test_a_new_login_whose_appointment_fails_is_not_left_behind(enter, cast):
    cast.stage.other_building.valid_to = timezone.localdate()
    cast.stage.other_building.save(update_fields=["valid_to"])
    response = appoint(enter("gao"), cast.stage.other_building, role="building_head", username="chen", name="陈楼长")
    assert response.status_code == 409
    assert not Person.objects.filter(username="chen").exists()


def test_ending_is_undone_with_one_button(enter, cast):
    client, post = enter("gao"), cast.lu.posts.get()
    end = reverse("people:end_post", args=[post.pk])
    page = client.post(end, follow=True).content.decode()
    assert "不再是楼栋长" in page and "撤销，继续任" in page
    assert actor_for(cast.lu).posts == ()
    page = client.post(end, {"undo": "1"}, follow=True).content.decode()
    assert "还是楼栋长" in page and "撤销，继续任" not in page
    assert actor_for(cast.lu).posts != ()
    assert client.get(end).status_code == 405


@pytest.mark.parametrize(("username", "status"), [("zhi", 403), ("lu", 302), ("xu", 403), ("zhao", 404)])
def test_who_may_not_end_a_post_cannot(enter, cast, username, status):
    post = cast.lu.posts.get()
    response = enter(username).post(reverse("people:end_post", args=[post.pk]))
    assert response.status_code == status
    assert bool(actor_for(cast.lu).posts) == (status != 302)


def test_a_reset_gives_a_new_link_and_leaving_none(enter, cast):
    client = enter("gao")
    person = reverse("people:person", args=[cast.lu.pk])
    assert "/people/welcome/" not in client.get(person).content.decode() or not cast.lu.has_usable_password()
    page = client.post(reverse("people:reset", args=[cast.lu.pk]), follow=True).content.decode()
    assert "/people/welcome/" in page
    page = client.post(reverse("people:leave", args=[cast.lu.pk]), follow=True).content.decode()
    assert "/people/welcome/" not in page and "已停用" in page


def test_nobody_reads_of_people_elsewhere(enter, cast):
    assert enter("zhao").get(reverse("people:person", args=[cast.lu.pk])).status_code == 404
    assert enter("zhi").post(reverse("people:reset", args=[cast.gao.pk])).status_code == 404
    assert enter("zhi").post(reverse("people:reset", args=[cast.lu.pk])).status_code == 403


def test_ones_own_page_keeps_a_phone_masked_and_changes_language(enter, cast):
    client = enter("gao")
    response = client.post(reverse("people:me"), {"phone": "13812345678", "language": "en", "elder": "on"})
    assert response.cookies["django_language"].value == "en"
    page = client.get(reverse("people:me")).content.decode()
    assert "138****5678" in page and "13812345678" not in page and "data-elder" in page
    assert client.post(reverse("people:me"), {"phone": "1"}).status_code == 422
    client.post(reverse("people:me"), {"remove_phone": "on"})
    cast.gao.refresh_from_db()
    assert cast.gao.phone_sealed is None and cast.gao.phone_index is None


def test_a_made_up_link_opens_nothing(client, cast):
    for token in ("x", "abc-def", "c5k2-0000000000000000000000000000000"):
        assert client.get(reverse("people:welcome", args=[cast.lu.pk, token])).status_code == 410
    assert client.get(reverse("people:welcome", args=[10**9, "x"])).status_code == 410


@pytest.mark.parametrize("pk", [0, 10**9, 2**63, 10**40])
def test_no_number_in_an_address_breaks_a_page(enter, pk):
    client = enter("operator")
    for address in (f"/people/place/{pk}/", f"/people/person/{pk}/", f"/directory/{pk}/"):
        assert client.get(address).status_code == 404
    for address in (f"/people/post/{pk}/end/", f"/people/place/{pk}/appoint/", f"/directory/seat/{pk}/end/"):
        assert client.post(address).status_code == 404

"""Who appoints whom, and what comes of it."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event
from huying.kernel.scopes import ANONYMOUS, SYSTEM
from huying.people.actions import appoint, end_post, leave
from huying.people.models import Person, Post
from huying.people.queries import actor_for, appointable, who_is_where
from huying.people.rules import APPOINTS, STANDS_AT, Role
from huying.people.tests.cast import make_cast, make_person


def test_the_community_appoints_a_building_head_and_the_log_knows(cast):
    post = appoint(cast.xu, Role.BUILDING_HEAD, cast.stage.other_building, by=cast.actor("gao"))
    assert actor_for(cast.xu).holds([Role.BUILDING_HEAD], cast.stage.other_building.path)
    event = Event.objects.get(kind="people.appointed")
    assert (event.subject_type, event.subject_id, event.actor_id) == ("post", post.pk, cast.gao.pk)
    assert event.facts == {"person": cast.xu.pk, "role": "building_head"}
    assert event.place_id == cast.stage.other_building.pk


PLACE_OF = {
    Role.BUILDING_HEAD: "other_building",
    Role.COMPOUND_SECRETARY: "compound",
    Role.COMMUNITY_WORKER: "community",
    Role.COMMUNITY_SECRETARY: "community",
    Role.STREET_STAFF: "street",
    Role.DISTRICT_STAFF: "district",
    Role.CITY_STAFF: "city",
    Role.VOLUNTEER: "compound",
    Role.OPERATOR: "district",
}
ACTORS = ("lu", "zhi", "gao", "xu", "zhao", "street", "district", "city", "operator")
MAY = {
    "gao": {Role.BUILDING_HEAD, Role.COMPOUND_SECRETARY, Role.VOLUNTEER},
    "street": {Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY},
    "district": {Role.STREET_STAFF},
    "city": {Role.DISTRICT_STAFF},
    "operator": set(Role),
}


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("role", list(Role))
def test_everyone_appoints_one_level_down_and_nobody_else(cast, actor, role):
    newcomer = make_person("newcomer", "新人")
    place = getattr(cast.stage, PLACE_OF[role])
    if role in MAY.get(actor, ()):
        appoint(newcomer, role, place, by=cast.actor(actor))
        assert role in appointable(cast.actor(actor), place)
    else:
        with pytest.raises(Forbidden):
            appoint(newcomer, role, place, by=cast.actor(actor))
        assert role not in appointable(cast.actor(actor), place)
        assert not newcomer.posts.exists()
        assert not Event.objects.exists()


def test_nobody_unknown_appoints(cast):
    with pytest.raises(Forbidden):
        appoint(cast.xu, Role.BUILDING_HEAD, cast.stage.other_building, by=ANONYMOUS)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_stands_only_where_it_belongs(cast, role):
    for place in (cast.stage.city, cast.stage.street, cast.stage.community, cast.stage.compound, cast.stage.building):
        if place.kind not in STANDS_AT[role]:
            with pytest.raises(BadInput):
                appoint(cast.zhao, role, place, by=SYSTEM)


def test_every_role_has_somebody_who_gives_it():
    assert {role for given in APPOINTS.values() for role in given} == set(Role)


@pytest.mark.parametrize("code", ["ended_place", "left", "twice", "backwards"])
def test_what_cannot_be_is_refused_in_words_and_leaves_no_trace(cast, code):
    today = timezone.localdate()
    person, role, place, more = cast.xu, Role.BUILDING_HEAD, cast.stage.other_building, {}
    if code == "ended_place":
        place.valid_to = today
        place.save(update_fields=["valid_to"])
    elif code == "left":
        Person.objects.filter(pk=person.pk).update(is_active=False, left_at=timezone.now())
    elif code == "twice":
        person, place = cast.lu, cast.stage.building
    else:
        more = {"valid_from": today, "valid_to": today}
    before = Post.objects.count()
    with pytest.raises((StepRefused, BadInput)) as refused:
        appoint(person, role, place, by=cast.actor("gao"), **more)
    assert refused.value.reason
    assert Post.objects.count() == before
    assert not Event.objects.exists()


def test_ending_and_appointing_again_the_same_day_undo_each_other(cast):
    gao = cast.actor("gao")
    post = cast.lu.posts.get()
    end_post(post, by=gao)
    assert actor_for(cast.lu).posts == ()
    again = appoint(cast.lu, post.role, post.place, by=gao)
    assert actor_for(cast.lu).posts != ()
    end_post(again, by=gao)
    assert actor_for(cast.lu).posts == ()
    with pytest.raises(StepRefused):
        end_post(again, by=gao)
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == [
        "people.post_ended",
        "people.appointed",
        "people.post_ended",
    ]


def test_a_post_that_has_not_begun_can_be_taken_back(cast):
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    post = appoint(cast.xu, Role.BUILDING_HEAD, cast.stage.building, by=cast.actor("gao"), valid_from=tomorrow)
    end_post(post, by=cast.actor("gao"))
    post.refresh_from_db()
    assert post.valid_from == post.valid_to == tomorrow


def test_a_person_may_lay_down_their_own_post_and_no_other(cast):
    end_post(cast.lu.posts.get(), by=cast.actor("lu"))
    with pytest.raises(Forbidden):
        end_post(cast.zhi.posts.get(), by=cast.actor("lu"))


def test_who_leaves_holds_nothing_and_is_logged_out(cast):
    Post.objects.create(person=cast.lu, role=Role.VOLUNTEER, place=cast.stage.compound)
    before = cast.lu.get_session_auth_hash()
    leave(cast.lu, by=cast.actor("gao"))
    cast.lu.refresh_from_db()
    assert not cast.lu.is_active and cast.lu.left_at
    assert cast.lu.get_session_auth_hash() != before
    assert not Post.objects.current().filter(person=cast.lu).exists()


def test_who_has_a_post_elsewhere_cannot_be_let_go_from_here(cast):
    Post.objects.create(person=cast.lu, role=Role.VOLUNTEER, place=cast.stage.elsewhere)
    with pytest.raises(Forbidden):
        leave(cast.lu, by=cast.actor("gao"))
    assert Post.objects.current().filter(person=cast.lu).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_appoint_the_same_person_at_once_and_one_is_refused():
    cast = make_cast()
    gao, outcomes, barrier = cast.actor("gao"), [], threading.Barrier(2)

    def go():
        try:
            barrier.wait(5)
            appoint(cast.xu, Role.BUILDING_HEAD, cast.stage.other_building, by=gao)
            outcomes.append("appointed")
        except StepRefused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["appointed", "twice"]
    assert Event.objects.filter(kind="people.appointed").count() == 1


def test_who_is_where_shows_gaps_as_gaps_with_few_queries(cast, django_assert_num_queries):
    with django_assert_num_queries(2):
        root = who_is_where(cast.stage.community)
    assert root.missing == [Role.COMMUNITY_SECRETARY]
    (compound,) = root.below
    assert compound.missing == []
    assert [(spot.place.name, spot.missing) for spot in compound.below] == [
        ("16号楼", []),
        ("17号楼", [Role.BUILDING_HEAD]),
    ]
    assert [post.person.name for post in compound.below[0].posts] == ["芦楼长"]


def test_a_building_with_a_head_at_an_entrance_is_no_gap(cast):
    from huying.places.models import Place

    entrance = Place.objects.create(
        kind="entrance", name="1单元", parent=cast.stage.other_building, valid_from="2020-01-01"
    )
    Post.objects.create(person=cast.xu, role=Role.BUILDING_HEAD, place=entrance)
    compound = who_is_where(cast.stage.community).below[0]
    assert compound.below[1].missing == []

"""What a post gives, where and for how long."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from huying.kernel.scopes import ANONYMOUS
from huying.people.models import Post
from huying.people.queries import actor_for
from huying.people.rules import Role, in_term

DAY = dt.timedelta(days=1)


def test_an_actor_holds_what_the_posts_say(cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        gao = actor_for(cast.gao)
    assert gao.holds([Role.COMMUNITY_WORKER], cast.stage.building.path)
    assert not gao.holds([Role.COMMUNITY_WORKER], cast.stage.elsewhere.path)
    assert not gao.holds([Role.COMMUNITY_WORKER], cast.stage.street.path)
    assert (gao.id, gao.kind, gao.name) == (cast.gao.pk, "person", "高社工")


def test_a_person_with_two_posts_has_both_scopes(cast):
    Post.objects.create(person=cast.lu, role=Role.VOLUNTEER, place=cast.stage.elsewhere)
    lu = actor_for(cast.lu)
    assert lu.paths() == tuple(sorted([cast.stage.building.path, cast.stage.elsewhere.path]))


@pytest.mark.parametrize(
    ("starts", "ends", "holds"), [(-9, None, True), (-9, 0, False), (0, 1, True), (1, None, False)]
)
def test_a_term_is_half_open(cast, starts, ends, holds):
    today = timezone.localdate()
    term = (today + starts * DAY, None if ends is None else today + ends * DAY)
    Post.objects.filter(person=cast.lu).update(valid_from=term[0], valid_to=term[1])
    assert bool(actor_for(cast.lu).posts) == holds == in_term(*term, today)


def test_a_post_at_a_place_that_ended_gives_no_rights(cast):
    cast.stage.building.valid_to = timezone.localdate()
    cast.stage.building.save(update_fields=["valid_to"])
    assert actor_for(cast.lu).posts == ()


def test_who_is_not_active_is_nobody(cast):
    cast.lu.is_active = False
    assert actor_for(cast.lu) is ANONYMOUS


def test_the_database_refuses_the_same_post_twice_at_once(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(person=cast.lu, role=Role.BUILDING_HEAD, place=cast.stage.building)


def test_a_post_may_come_again_after_its_end(cast):
    Post.objects.filter(person=cast.lu).update(valid_to="2026-03-01")
    Post.objects.create(person=cast.lu, role=Role.BUILDING_HEAD, place=cast.stage.building, valid_from="2026-03-01")

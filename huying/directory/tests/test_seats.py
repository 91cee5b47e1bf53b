"""Who speaks for a unit, and which units serve a place."""

import pytest
from django.utils import timezone

from huying.directory.models import Seat, Unit
from huying.directory.queries import unit_ids_of, units_for
from huying.people.tests.cast import make_cast


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def heating(cast):
    return verified(cast, name="供热公司", kind="utility", place=cast.stage.district, categories=["heating"])


def verified(cast, **fields) -> Unit:
    return Unit.objects.create(verified_at=timezone.now(), verified_by=cast.gao, **fields)


def test_an_actor_speaks_for_the_units_of_its_seats_and_is_asked_once(cast, heating, django_assert_num_queries):
    Seat.objects.create(person=cast.xu, unit=heating, valid_from="2026-01-01")
    xu, zhao = cast.actor("xu"), cast.actor("zhao")
    with django_assert_num_queries(1):
        assert unit_ids_of(xu) == unit_ids_of(xu) == (heating.pk,)
    assert unit_ids_of(zhao) == ()


def test_a_seat_whose_term_is_over_or_whose_unit_has_closed_says_nothing(cast, heating):
    Seat.objects.create(person=cast.xu, unit=heating, valid_from="2026-01-01", valid_to="2026-02-01")
    assert unit_ids_of(cast.actor("xu")) == ()


def test_units_for_a_place_are_those_above_it_the_nearest_first(cast, heating):
    property_firm = verified(cast, name="物业", kind="property", place=cast.stage.compound)
    verified(cast, name="别处的物业", kind="property", place=cast.stage.elsewhere)
    Unit.objects.create(name="还没核实的", kind="property", place=cast.stage.compound)
    assert units_for(cast.stage.building) == [property_firm, heating]
    assert units_for(cast.stage.building, "heating") == [heating, property_firm]
    assert units_for(cast.stage.building, "lighting") == [property_firm]


def test_whoever_keeps_all_that_somebody_without_a_post_is_may_reset_their_login(cast, heating):
    from huying.directory.models import Member
    from huying.people.models import Person
    from huying.people.queries import may_manage

    member = Person.objects.create_user("member", "huying-test-pw", name="梁老师")
    assert not may_manage(cast.actor("gao"), member)
    Member.objects.create(person=member, place=cast.stage.community)
    assert may_manage(cast.actor("gao"), member) and not may_manage(cast.actor("zhao"), member)
    # Who speaks for a unit above, or holds a post anywhere, is not the community's to reset.
    Seat.objects.create(person=member, unit=heating, valid_from="2026-01-01")
    assert not may_manage(cast.actor("gao"), member)
    staff = Person.objects.create_user("staff", "huying-test-pw", name="韩科员")
    Member.objects.create(person=staff, place=cast.stage.community)
    staff.posts.create(role="street_staff", place=cast.stage.community.parent)
    assert not may_manage(cast.actor("gao"), staff)

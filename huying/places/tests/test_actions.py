"""Tags, names, ends and splits."""

import datetime as dt

import pytest
from django.utils import timezone

from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event
from huying.kernel.scopes import SYSTEM, Actor, Post
from huying.places.actions import end_place, give_tag, rename_place, split_place
from huying.places.models import Place
from huying.places.queries import search

TODAY = timezone.localdate


@pytest.fixture
def old_tree(tree):
    Place.objects.update(valid_from=TODAY() - dt.timedelta(days=30))
    for place in tree.values():
        place.refresh_from_db()
    return tree


def test_a_tag_is_given_once(tree):
    tag = give_tag(tree["community"])
    assert give_tag(tree["community"]) == tag == Place.objects.get(pk=tree["community"].pk).tag
    assert Event.objects.filter(kind="places.tagged").count() == 1
    with pytest.raises(BadInput):
        give_tag(tree["household"])


def test_a_taken_tag_is_drawn_again(tree, monkeypatch):
    draws = iter([tree["building"].tag, "bcdfghjk"])
    monkeypatch.setattr("huying.places.rules.new_tag", lambda: next(draws))
    assert give_tag(tree["community"]) == "bcdfghjk"


def test_renaming_a_compound_is_heard_by_its_buildings(tree):
    rename_place(tree["compound"], "幸福里", by=SYSTEM)
    assert [place.name for place in search("幸福里17栋")] == ["17栋"]
    assert [name.name for name in tree["compound"].former_names.all()] == ["骊山新家园"]
    assert Event.objects.filter(kind="places.renamed", place_id=tree["compound"].pk).count() == 1
    rename_place(tree["compound"], "幸福里", by=SYSTEM)
    assert Event.objects.filter(kind="places.renamed").count() == 1


def test_renaming_a_street_respells_its_communities(tree):
    rename_place(tree["street"], "骊山北街道", by=SYSTEM)
    assert Place.objects.get(pk=tree["community"].pk).short_name == "斜口骊山新家园社区"


def test_a_place_ends_with_all_that_stands_in_it(old_tree):
    end_place(old_tree["compound"], by=SYSTEM)
    assert Place.objects.within(old_tree["compound"]).filter(valid_to=TODAY()).count() == 4
    assert not search("骊山新家园17栋")
    event = Event.objects.get(kind="places.ended")
    assert event.facts == {"on": TODAY().isoformat(), "with_it": 3, "successors": []}
    with pytest.raises(StepRefused):
        end_place(old_tree["compound"], by=SYSTEM)


def test_an_end_may_lie_ahead_but_not_behind(old_tree):
    day = TODAY() + dt.timedelta(days=40)
    with pytest.raises(BadInput):
        end_place(old_tree["village"], by=SYSTEM, on=TODAY() - dt.timedelta(days=1))
    assert end_place(old_tree["village"], by=SYSTEM, on=day).valid_to == day
    assert search("岳沟村")


def test_a_split_ends_the_old_and_names_who_takes_over(old_tree):
    village = old_tree["village"]
    parts = [{"name": "岳沟东村", "code": "610115005301"}, {"name": "岳沟西村", "code": "610115005302"}]
    new = split_place(village, parts, by=SYSTEM)
    village.refresh_from_db()
    assert village.valid_to == TODAY() and [link.new for link in village.successor_links.order_by("new_id")] == new
    assert {place.parent_id for place in new} == {village.parent_id}
    assert Event.objects.get(kind="places.ended").facts["successors"] == [place.pk for place in new]


@pytest.mark.parametrize(
    "parts",
    [
        [{"name": "只有一个", "code": "610115005301"}],
        [{"name": "甲", "code": "610115005301"}, {"name": "", "code": "610115005302"}],
        [{"name": "甲", "code": "610115005301"}, {"name": "乙"}],
        [{"name": "甲", "code": "610115005301"}, {"name": "乙", "code": "610115006302"}],
        [{"name": "甲", "code": "610115005301"}, {"name": "乙", "code": "610115005003"}],
    ],
)
def test_a_split_that_cannot_be_leaves_no_trace(old_tree, parts):
    count = Place.objects.count()
    with pytest.raises(BadInput):
        split_place(old_tree["village"], parts, by=SYSTEM)
    assert Place.objects.count() == count and Place.objects.get(pk=old_tree["village"].pk).valid_to is None


def test_only_those_who_answer_for_a_place_change_it(old_tree):
    worker = Actor(id=1, kind="person", posts=(Post("community_worker", old_tree["community"].path, 1),))
    district = Actor(id=2, kind="person", posts=(Post("district_staff", old_tree["district"].path, 1),))
    with pytest.raises(Forbidden):
        end_place(old_tree["village"], by=worker)
    with pytest.raises(Forbidden):
        rename_place(old_tree["square"], "某社区", by=district)
    rename_place(old_tree["compound"], "幸福里", by=worker)
    end_place(old_tree["village"], by=district)

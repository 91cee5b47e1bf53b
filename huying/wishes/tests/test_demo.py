"""The demo's wishes stand in the states that they are told in, and are told once."""

import pytest

from huying.people.private_words import private_words
from huying.wishes import demo
from huying.wishes.models import Wish
from huying.wishes.queries import leaves


@pytest.fixture
def heart(stage):
    """The stage, named as the demo's community."""
    from huying.places.models import Place

    community, compound = stage.place("community"), stage.place("compound")
    community.short_name = demo.COMMUNITY
    community.save(update_fields=["short_name"])
    Place.objects.filter(pk=community.pk).update(short_name=demo.COMMUNITY)
    compound.name = demo.COMPOUND
    compound.save(update_fields=["name"])
    from huying.people.models import Person

    Person.objects.update(made_up=True)
    for username, name in (("tian", "wuye"), ("qin", "shuji")):
        Person.objects.filter(username=username).update(username=name)
    return compound


def test_the_fan_hangs_open_and_the_others_stand_in_every_state(heart):
    assert demo.load() == len(demo.stories())
    assert demo.load() == 0
    fan = Wish.objects.get(intake_key="demo-wish-fan")
    assert (fan.state, fan.public_text) == ("published", "夏天到了，我想要一个风扇")
    states = dict(Wish.objects.values_list("intake_key", "state"))
    assert set(states.values()) >= {
        *("collected", "verified", "published", "claimed", "contact", "fulfilled", "confirmed"),
        *("withdrawn", "declined"),
    }
    assert states["demo-wish-lapsed"] == "published" and states["demo-wish-released"] == "published"
    hung = leaves(heart)
    assert 20 <= len(hung) <= 30 and sum(leaf.smiling for leaf in hung) >= 8
    assert not any(private_words(f"{leaf.words} {leaf.alias}", home=True) for leaf in hung)

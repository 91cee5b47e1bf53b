"""Who is told what of a wish."""

import pytest

from huying.kernel.readers import drain
from huying.notify.models import Message
from huying.notify.words import WORDS
from huying.wishes import actions
from huying.wishes.tests.scene import claimed, collected, handed_over, on_the_wall, wisher


def told(kind: str) -> set[str]:
    """The names of those who were told of the latest event of a kind."""
    drain("notify.messages")
    return set(Message.objects.filter(kind=kind, channel="inbox").values_list("to_person__username", flat=True))


def test_the_community_hears_of_a_new_wish_and_the_wisher_of_none_of_it_by_name(stage):
    collected(stage)
    assert told("wishes.collected") == {"gao", "shen", "qin"}
    assert "王秀兰" not in str(list(Message.objects.values_list("params", flat=True)))


def test_who_gives_is_told_of_the_smile(stage):
    wish = handed_over(stage)
    actions.confirm(wish, "satisfied", by=wisher(wish))
    assert told("wishes.confirmed") == {"xu", "gao", "shen", "qin"}


def test_whoever_claimed_before_hears_first_of_what_is_offered_again(stage):
    claimed(stage, who="lu")
    wish = claimed(stage)
    actions.lapse(wish)
    assert told("wishes.lapsed") == {"lu", "xu", "gao", "shen", "qin"}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_inbox_with_wishes_opens(stage, client, language):
    wish = on_the_wall(stage)
    actions.claim(wish, by=stage.actor("xu"))
    drain("notify.messages")
    client.force_login(stage.persons["gao"])
    client.cookies["django_language"] = language
    page = client.get("/inbox/").content.decode()
    assert f"/wishes/{wish.pk}/" in page
    assert {"wishes.collected", "wishes.claimed"} <= set(WORDS)

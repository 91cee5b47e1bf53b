"""A wish that is a public matter becomes a call in one step, and the other way round; both keep the other's number."""

import pytest

from huying.calls import actions as calls
from huying.calls.models import Call
from huying.kernel.models import Reader
from huying.kernel.readers import drain
from huying.wishes import actions as wishes
from huying.wishes.models import Wish
from huying.wishes.tests.scene import collected, wisher

READERS = ("site.wish_becomes_call", "site.call_becomes_wish")


def test_a_wish_becomes_a_call_once(stage, client):
    wish = collected(stage, "垃圾别堆在17栋下")
    wishes.move(wish, by=stage.actor("gao"))
    drain(*READERS)
    call = Call.objects.get()
    wish.refresh_from_db()
    assert (call.text, call.place, call.channel) == ("垃圾别堆在17栋下", wish.place, "head")
    assert (call.wish_number, wish.call_number, wish.state) == (wish.pk, call.pk, "moved")
    # Heard again from the beginning, it is the same call.
    Reader.objects.filter(name__in=READERS).delete()
    Wish.objects.update(call_number=None)
    drain(*READERS)
    assert Call.objects.count() == 1
    page = client.get(f"/w/{wish.secret}/").content.decode()
    assert f"/c/{call.secret}/" in page


def test_a_call_becomes_a_wish_once(stage, raise_one, client):
    call = raise_one("想要一个风扇，一个人住，太热了", at="entrance")
    calls.make_wish(call, by=stage.actor("lu"))
    drain(*READERS)
    wish = Wish.objects.get()
    call.refresh_from_db()
    assert (wish.text, wish.channel, wish.state) == (call.text, "call", "collected")
    assert (wish.call_number, call.wish_number, call.state) == (call.pk, wish.pk, "declined")
    Reader.objects.filter(name__in=READERS).delete()
    Call.objects.update(wish_number=None)
    drain(*READERS)
    assert Wish.objects.count() == 1
    assert f"/w/{wish.secret}/" in client.get(f"/c/{call.secret}/").content.decode()
    # It goes its own way from here, and does not come back as a call by itself.
    wishes.take_down(wish, by=wisher(wish))
    drain(*READERS)
    assert Call.objects.count() == 1


def test_a_wish_that_came_from_a_call_and_becomes_one_again_is_the_same_matter(stage, raise_one):
    call = raise_one("楼下垃圾没人收")
    calls.make_wish(call, by=stage.actor("lu"))
    drain(*READERS)
    wish = Wish.objects.get()
    wishes.move(wish, by=stage.actor("gao"))
    drain(*READERS)
    assert Call.objects.count() == 2
    again = Call.objects.latest("id")
    wish.refresh_from_db()
    assert wish.call_number == again.pk and again.state == "raised"


@pytest.mark.parametrize("who", ["xu", "wu", "zhao"])
def test_only_whoever_is_near_turns_a_call_into_a_wish(stage, raise_one, who):
    from huying.kernel.errors import Forbidden

    with pytest.raises(Forbidden):
        calls.make_wish(raise_one(), by=stage.actor(who))

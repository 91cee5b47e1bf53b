"""At the counter: somebody's own calls are found by their number, which nobody is shown."""

import pytest
from django.urls import reverse

from huying.calls import actions
from huying.calls.views import caller

PHONE = "13812345678"


@pytest.fixture
def ask(client, stage):
    def go(username, phone=PHONE):
        client.force_login(stage.persons[username])
        return client.post(reverse("call-caller"), {"phone": phone})

    caller.LOOKUPS._buckets.clear()
    return go


def test_a_callers_open_calls_are_found_however_the_number_is_written(ask, raise_one):
    mine = raise_one(phone="+86 138-1234-5678", text="三楼的灯不亮")
    raise_one(phone="13900000000", text="别人的事")
    raise_one(text="没留电话的事")
    page = ask("gao", "138 1234 5678").content.decode()
    assert reverse("call-detail", args=[mine.pk]) in page and "三楼的灯不亮" in page
    assert "别人的事" not in page and "没留电话的事" not in page
    assert PHONE not in page and "138 1234 5678" not in page


def test_only_within_the_readers_scope_and_only_what_is_open(ask, stage, raise_one):
    raise_one(phone=PHONE, text="别的社区的事", at="elsewhere")
    done = raise_one(phone=PHONE, text="办结的事")
    actions.settle(done, by=stage.actor("lu"), category="lighting", outcome="换了")
    page = ask("gao").content.decode()
    assert "别的社区的事" not in page and "办结的事" not in page and "没有找到还在办的" in page
    assert "别的社区的事" in ask("zhao").content.decode()


def test_a_wrong_number_is_said_in_words(ask):
    for phone in ("", "123", "138\x0012345678", "字" * 100):
        assert ask("gao", phone).status_code == 422


def test_an_erased_number_finds_nothing(ask, raise_one):
    from huying.people.actions import erase

    erase(raise_one(phone=PHONE, text="三楼的灯不亮").identity)
    assert "三楼的灯不亮" not in ask("gao").content.decode()


def test_numbers_cannot_be_tried_one_after_another(ask):
    statuses = [ask("gao", f"138123456{n:02d}").status_code for n in range(20)]
    assert statuses[0] == 200 and statuses[-1] == 429


@pytest.mark.parametrize(("username", "status"), [("xu", 403), ("wu", 403)])
def test_nobody_else_looks(ask, username, status):
    assert ask(username).status_code == status


def test_a_stranger_is_led_to_the_login(client, db):
    assert client.post(reverse("call-caller"), {"phone": PHONE}).status_code == 302

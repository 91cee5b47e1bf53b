"""The pages: what was typed is kept, refusals are said in words, and nobody reads more than they may."""

import secrets

import pytest
from django.test import Client

from huying.kernel.models import Event
from huying.wishes import actions, events
from huying.wishes.models import Claim, Opening, Wish
from huying.wishes.tests.scene import FAN, claimed, collected, handed_over, on_the_wall, verify_unit

PRIVATE = ("王秀兰", "13800138000", "1单元302", "一个人住，低保")


@pytest.fixture
def enter(stage):
    """A browser in which one of the cast is logged in; without a name nobody is."""

    def go(name: str = "") -> Client:
        client = Client()
        if name:
            client.force_login(stage.persons[name])
        return client

    return go


def body(response) -> str:
    return response.content.decode()


def test_a_wish_is_made_without_an_account_and_followed(stage, enter):
    given = {"text": FAN, "phone": "13800138000", "agreed": "on", "key": "a-form-key"}
    address = f"/wish/{stage.place('building').tag}/"
    first, again = enter().post(address, given), enter().post(address, given)
    assert first.status_code == 302 and first["Location"] == again["Location"]
    assert Wish.objects.count() == 1
    page = enter().get(first["Location"])
    assert "心愿收到了" in body(page) and FAN in body(page)
    assert page["Referrer-Policy"] == "no-referrer" and "no-store" in page["Cache-Control"]


def test_a_wish_is_made_by_the_code_of_a_community_too(stage, enter):
    assert enter().get(f"/wish/{stage.place('community').code}/").status_code == 200
    assert enter().get("/wish/610102001999/").status_code == 404
    assert enter().get("/wish/nowhere/").status_code == 404


def test_what_was_typed_is_kept_when_it_is_refused(stage, enter):
    page = enter().post(f"/wish/{stage.place('building').tag}/", {"text": FAN, "hardship": "太热", "key": "a-form-key"})
    assert page.status_code == 422 and FAN in body(page) and "太热" in body(page)
    assert "总要有一个找到您的办法" in body(page) and "单独同意" in body(page)
    assert not Wish.objects.exists()


def test_a_link_that_we_did_not_make_opens_nothing(stage, enter):
    wish = collected(stage)
    assert enter().get(f"/w/{wish.pk:x}.{secrets.token_urlsafe(15)}/").status_code == 404
    assert enter().get(f"/c/{wish.secret}/").status_code == 404


def test_nobody_reads_who_wishes_before_the_claim_and_only_the_claimant_after(stage, enter):
    wish = on_the_wall(stage)
    for who in ("", "xu", "gao", "lu"):
        for address in (
            f"/wishes/leaf/{wish.pk}/",
            f"/wishes/at/{stage.place('compound').tag}/",
            f"/wishes/{wish.pk}/",
        ):
            page = body(enter(who).get(address, follow=True))
            assert not [words for words in PRIVATE if words in page], (who, address)
    xu = enter("xu")
    assert xu.post(f"/wishes/leaf/{wish.pk}/", {"do": "claim", "version": 0}).status_code == 302
    assert not [words for words in PRIVATE if words in body(xu.get(f"/wishes/{wish.pk}/"))]
    page = body(xu.post(f"/wishes/{wish.pk}/reveal/", follow=True))
    assert all(words in page for words in PRIVATE)
    assert not [words for words in PRIVATE if words in body(enter("gao").get(f"/wishes/{wish.pk}/"))]
    # The wisher reads that it was opened, and by whom.
    assert "徐志愿者" in body(enter().get(f"/w/{wish.secret}/"))
    actions.release(wish, by=stage.actor("xu"))
    assert not [words for words in PRIVATE if words in body(xu.get(f"/wishes/{wish.pk}/", follow=True))]


def test_who_comes_too_late_sees_another(stage, enter):
    other = on_the_wall(stage, "想要一口小锅", at="compound")
    wish = claimed(stage)
    page = enter("lu").post(f"/wishes/leaf/{wish.pk}/", {"do": "claim", "version": 0})
    assert page.status_code == 409
    assert "晚了一步" in body(page) and f"/wishes/leaf/{other.pk}/" in body(page)


@pytest.mark.parametrize(
    ("who", "status", "words"), [("wu", 403, "先向社区报到"), ("xu", 409, "您自己的心愿"), ("", 302, "")]
)
def test_who_may_not_claim_is_told_why(stage, enter, who, status, words):
    wish = on_the_wall(stage, channel="page", by=stage.actor("xu"), phone="13700137000")
    page = enter(who).post(f"/wishes/leaf/{wish.pk}/", {"do": "claim", "version": 0})
    assert page.status_code == status and words in body(page)
    assert not Claim.objects.exists()


def test_a_unit_is_chosen_by_who_speaks_for_it(stage, enter):
    unit = verify_unit(stage)
    wish = on_the_wall(stage)
    tian = enter("tian")
    assert unit.name in body(tian.get(f"/wishes/leaf/{wish.pk}/"))
    tian.post(f"/wishes/leaf/{wish.pk}/", {"do": "claim", "version": 0, "unit": unit.pk})
    assert Claim.objects.get().unit == unit
    assert "心愿" in body(tian.get("/wishes/mine/"))


def test_a_stale_page_says_so_and_keeps_what_was_typed(stage, enter):
    wish = collected(stage)
    gao = enter("gao")
    given = {"version": 0, "public_text": FAN, "alias": "一位奶奶", "kind": "thing", "at_once": "on"}
    assert gao.post(f"/wishes/{wish.pk}/do/verify/", given).status_code == 302
    wish.refresh_from_db()
    assert wish.state == "published"
    page = gao.post(f"/wishes/{wish.pk}/do/reword/", given | {"version": 0, "alias": "一位老太太"})
    assert page.status_code == 409 and "一位老太太" in body(page)


def test_words_with_a_door_are_masked_beforehand_and_refused_afterwards(stage, enter):
    wish = collected(stage, "送到3单元502，打13800138000")
    gao = enter("gao")
    page = body(gao.get(f"/wishes/{wish.pk}/"))
    assert "送到＊＊＊＊＊＊" in page and "会让人认出是谁家" in page
    given = {"version": 0, "public_text": wish.text, "alias": "一位奶奶", "kind": "thing"}
    assert gao.post(f"/wishes/{wish.pk}/do/verify/", given).status_code == 422
    wish.refresh_from_db()
    assert wish.state == "collected"


def test_the_wisher_says_what_came_in_three_ways(stage, enter):
    for given, state in (
        ({"rating": "satisfied"}, "confirmed"),
        ({"rating": "not", "again": "no"}, "closed"),
        ({"rating": "not", "again": "yes", "text": "要的是落地扇"}, "published"),
    ):
        wish = handed_over(stage)
        assert enter().post(f"/w/{wish.secret}/do/answer/", given).status_code == 303
        wish.refresh_from_db()
        assert wish.state == state
    wish = handed_over(stage)
    page = enter().post(f"/w/{wish.secret}/do/answer/", {"rating": "not", "again": "yes"})
    assert page.status_code == 422 and "哪里不对" in body(page)
    assert enter().post(f"/w/{wish.secret}/do/answer/", {"rating": ""}).status_code == 422


def test_every_page_is_drawn_in_the_look_that_was_chosen(stage, enter):
    wish = claimed(stage)
    for who, address in (
        ("gao", f"/wishes/{wish.pk}/"),
        ("xu", f"/wishes/{wish.pk}/"),
        ("gao", "/wishes/"),
        ("xu", "/wishes/open/"),
        ("lu", "/wishes/new/"),
        ("", f"/wishes/leaf/{wish.pk}/"),
        ("", f"/w/{wish.secret}/"),
    ):
        client = enter(who)
        client.cookies["elder"], client.cookies["theme"] = "1", "dark"
        page = body(client.get(address))
        assert 'data-theme="dark" data-elder' in page and 'lang="zh-hans"' in page, address


def test_staff_look_for_a_reason_once(stage, enter):
    wish = collected(stage)
    gao = enter("gao")
    assert gao.post(f"/wishes/{wish.pk}/look/", {"reason": "看", "version": 0}).status_code == 422
    page = body(gao.post(f"/wishes/{wish.pk}/look/", {"reason": "核实一下是不是属实", "version": 0}))
    assert all(words in page for words in PRIVATE) and Opening.objects.count() == 1
    assert not [words for words in PRIVATE if words in body(gao.get(f"/wishes/{wish.pk}/"))]
    assert "核实一下是不是属实" in body(enter().get(f"/w/{wish.secret}/"))


@pytest.mark.parametrize("count", [2, 12])
def test_the_queries_of_the_lists_do_not_grow(stage, enter, django_assert_max_num_queries, count):
    for _ in range(count):
        on_the_wall(stage)
        claimed(stage)
        collected(stage)
    gao, xu = enter("gao"), enter("xu")
    for client, address, most in (
        (gao, "/wishes/", 22),
        (gao, "/wishes/?all=1", 22),
        (xu, "/wishes/open/", 22),
        (xu, "/wishes/mine/", 22),
        (enter(), f"/wishes/at/{stage.place('compound').tag}/", 10),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


def test_the_log_holds_no_words_of_anybody(stage):
    wish = handed_over(stage)
    actions.reveal(wish, by=stage.actor("xu"))
    told = str(list(Event.objects.filter(kind__startswith="wishes.").values_list("facts", flat=True)))
    assert events.REVEALED in set(Event.objects.values_list("kind", flat=True))
    assert not [words for words in (*PRIVATE, FAN) if words in told]

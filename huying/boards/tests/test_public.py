import datetime as dt
import xml.etree.ElementTree as ET

import pytest
from django.urls import reverse
from django.utils import timezone

from huying.calls import actions

SECRET = ("吴秀英", "13812345678", "301室")


@pytest.fixture
def shown(stage, raise_one):
    """A public call, and one of each kind that nobody else may see."""
    gao = stage.actor("gao")
    call = raise_one("301室吴秀英:灯不亮,电话13812345678", name="吴秀英", phone="13812345678", at="bare_building")
    actions.accept(call, "lighting", by=gao, public_text="楼道灯不亮", public=True)
    hidden = {
        "raised": raise_one("还没受理的事"),
        "private": actions.accept(raise_one("不想公开的事", private=True), "lighting", by=gao),
        "unshown": actions.accept(raise_one("没有勾选公开的事"), "lighting", by=gao),
        "declined": actions.decline(raise_one("引导走的事"), "outside", "请找法院", by=gao),
    }
    return call, hidden


@pytest.mark.parametrize("place", ["community", "compound", "bare_building"])
def test_a_place_shows_its_calls_and_never_a_person(stage, shown, client, place):
    call, hidden = shown
    page = client.get(reverse("boards:place", args=[stage.place(place).slug])).content.decode()
    assert "楼道灯不亮" in page
    for words in (*SECRET, *(c.text for c in hidden.values()), "高社工"):
        assert words not in page


def test_the_answer_stands_under_its_call(stage, shown, client):
    call, _hidden = shown
    actions.resolve(call, "换了新灯泡", by=stage.actor("gao"))
    page = client.get(reverse("boards:call", args=[call.pk])).content.decode()
    assert "换了新灯泡" in page and "高社工" not in page and "吴秀英" not in page


def test_what_is_not_public_is_not_found(stage, shown, client):
    for call in shown[1].values():
        assert client.get(reverse("boards:call", args=[call.pk])).status_code == 404


def test_an_answer_that_gives_somebody_away_is_refused(stage, shown):
    from huying.kernel.errors import BadInput

    with pytest.raises(BadInput) as refused:
        actions.resolve(shown[0], "已给13812345678回电", by=stage.actor("gao"))
    assert "outcome" in refused.value.fields


def test_the_feed_is_atom_and_names_nobody(stage, shown, client):
    response = client.get(reverse("boards:feed", args=[stage.place("community").slug]))
    root = ET.fromstring(response.content)
    entries = root.findall("{http://www.w3.org/2005/Atom}entry")
    assert len(entries) == 1
    assert not any(words in response.content.decode() for words in SECRET)


def test_odd_addresses_are_not_found(client, db):
    for url in ("/p/nothing/", "/p/call/999999999999/", "/p/call/0/", "/p/nothing/feed.atom"):
        assert client.get(url).status_code == 404


def test_pages_go_on_where_the_last_one_ended(stage, raise_one, client):
    for number in range(25):
        call = raise_one(f"第{number}件", at="bare_building")
        actions.accept(call, "lighting", by=stage.actor("gao"), public_text=f"公开{number:02d}。", public=True)
    url = reverse("boards:place", args=[stage.place("community").slug])
    first = client.get(url).content.decode()
    assert "公开24。" in first and "公开05。" in first and "公开04。" not in first
    last_shown = first.rpartition("before=")[2].partition('"')[0]
    second = client.get(f"{url}?before={last_shown}").content.decode()
    assert "公开04。" in second and "公开00。" in second and "公开05。" not in second


def test_the_number_of_queries_does_not_grow(stage, raise_one, client, django_assert_max_num_queries):
    for number in range(20):
        call = raise_one(f"第{number}件", at="bare_building" if number % 2 else "entrance")
        actions.accept(call, "lighting", by=stage.actor("gao"), public_text=f"公开{number:02d}。", public=True)
    with django_assert_max_num_queries(8):
        client.get(reverse("boards:place", args=[stage.place("community").slug]))


def test_the_board_goes_by_what_a_call_is_about(stage, raise_one, client):
    gao = stage.actor("gao")
    for category, words in (("lighting", "楼道灯不亮"), ("garbage", "垃圾没人收")):
        actions.accept(raise_one(words, at="bare_building"), category, by=gao, public_text=words, public=True)
    url = reverse("boards:place", args=[stage.place("compound").slug])
    everything = client.get(url).content.decode()
    assert "about=lighting" in everything and "about=garbage" in everything and "about=water" not in everything
    narrowed = client.get(url + "?about=garbage").content.decode()
    assert "垃圾没人收" in narrowed and "楼道灯不亮" not in narrowed
    assert "这样的事" in client.get(url + "?about=garbage&show=answered").content.decode()


def test_a_photo_is_shown_only_when_it_was_ticked(stage, shown, client):
    call, _hidden = shown
    size = {"width": 4, "height": 3, "thumb": b"x"}
    call.photos.create(key="ticked", file="calls/ti/ticked.jpg", shown=True, **size)
    call.photos.create(key="unticked", file="calls/un/unticked.jpg", **size)
    for url in (reverse("boards:place", args=[stage.place("compound").slug]), reverse("boards:call", args=[call.pk])):
        page = client.get(url).content.decode()
        assert "/ticked-small.jpg" in page and "unticked" not in page


def test_the_residents_own_word_stands_by_the_answer_with_its_face(stage, shown, client):
    call, _hidden = shown
    url = reverse("boards:place", args=[stage.place("community").slug])
    actions.resolve(call, "换了新灯泡", by=stage.actor("gao"))
    assert "居民说" not in client.get(url).content.decode()
    actions.confirm(call, "satisfied", by=stage.resident(call))
    page = client.get(url).content.decode()
    assert "居民说：满意" in page and "#face-good" in page


def test_what_is_parked_says_when_it_is_looked_at_again(stage, shown, client):
    day = timezone.localdate() + dt.timedelta(days=40)
    words = {"reason": "等改造", "basis": "改造计划", "person": "秦书记", "public_words": "已列入明年的计划"}
    actions.park(shown[0], by=stage.actor("qin"), review_on=day, **words)
    page = client.get(reverse("boards:place", args=[stage.place("community").slug])).content.decode()
    assert "已列入明年的计划" in page and f"{day} 再看一次" in page and "秦书记" not in page


def test_words_are_looked_for_in_what_everybody_may_read(stage, shown, client):
    call, _hidden = shown
    actions.resolve(call, "换了声控开关", by=stage.actor("gao"))
    url = reverse("boards:place", args=[stage.place("compound").slug])
    for words in ("楼道灯", "不亮 楼道", "声控"):
        assert "楼道灯不亮" in client.get(url, {"q": words}).content.decode(), words
    for words in (*SECRET, "13812345678", "没有的词", "%", "_"):
        page = client.get(url, {"q": words}).content.decode()
        assert "没有找到" in page and "楼道灯不亮" not in page, words
    for odd in ("\x00", "a\x00b", "x" * 5000, "'", "\\"):
        assert client.get(url, {"q": odd}).status_code == 200, odd


def test_an_answer_that_was_taken_back_is_not_found_by_its_words(stage, shown, client):
    call, _hidden = shown
    actions.resolve(call, "换了声控开关", by=stage.actor("gao"))
    actions.reopen(call, "又坏了", by=stage.resident(call))
    url = reverse("boards:place", args=[stage.place("compound").slug])
    assert "没有找到" in client.get(url, {"q": "声控"}).content.decode()

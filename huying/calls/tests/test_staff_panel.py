"""One call beside its list: what is shown to whom, and how the resident is reached."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huying.calls import actions
from huying.calls.models import Call, Photo
from huying.calls.queries_detail import highlighted
from huying.kernel.models import Event
from huying.people.models import Unsealing

HTMX = {"HX-Request": "true"}
PHONE = "13800001234"


@pytest.fixture
def call(stage, raise_one):
    return raise_one(at="community", text=f"三楼噪声大，电话{PHONE}，住1单元302", name="吴", phone="139 0000 5678")


def open_(client, call, htmx=True, query=""):
    answer = client.get(f"/calls/{call.pk}/{query}", headers=HTMX if htmx else {})
    assert answer.status_code == 200
    return answer.content.decode()


def test_out_of_sight_is_not_found(enter, call):
    for name in ("zhao", "wu", "xu", "operator", "zhi", "tian"):
        assert enter(name).get(f"/calls/{call.pk}/").status_code == 404
    for name in ("gao", "qin", "jie", "qu", "shi"):
        assert enter(name).get(f"/calls/{call.pk}/").status_code == 200


def test_the_fragment_is_the_page_s_own_part(enter, call):
    client = enter("gao")
    part, page = open_(client, call), open_(client, call, htmx=False)
    assert "<html" not in part and "<html" in page
    head = part[part.index("<h2") : part.index("</h2>")]
    assert head in page and 'id="aside"' in page
    # The list stands beside it, so that the page is the same as the one that was left.
    assert 'id="desk"' in page


def test_the_page_after_going_back_is_whole(enter, call):
    headers = {**HTMX, "HX-History-Restore-Request": "true"}
    for url in (f"/calls/{call.pk}/", "/today/", "/calls/"):
        assert "<html" in enter("gao").get(url, headers=headers).content.decode()


def test_pages_of_staff_are_kept_by_no_cache(enter, call):
    for url in (f"/calls/{call.pk}/", "/today/", "/calls/"):
        assert "no-store" in enter("gao").get(url)["Cache-Control"]


def test_what_gives_somebody_away_is_marked(enter, call):
    page = open_(enter("gao"), call)
    assert re.findall(r"<mark[^>]*>([^<]+)</mark>", page) == [PHONE, "1单元302"]


def test_a_list_shows_nobody_s_number(enter, call):
    for url in ("/today/", "/calls/"):
        page = enter("gao").get(url).content.decode()
        assert "三楼噪声大" in page and PHONE not in page and "1单元302" not in page


def test_highlighting_loses_no_letter():
    text = "电话１３８００００１２３４，再打13800001234。①号楼"
    assert "".join(words for words, _kind in highlighted("没有什么")) == "没有什么"
    pieces = highlighted(text)
    assert [kind for _words, kind in pieces if kind] == ["phone", "phone"]
    assert "".join(words for words, _kind in pieces) == text


def test_neither_name_nor_number_is_shown(enter, call):
    for name in ("gao", "qin", "jie", "shi"):
        page = open_(enter(name), call, htmx=False)
        assert "13900005678" not in page and "139****5678" in page
        assert ">吴<" not in page


def test_a_number_is_shown_once_for_a_reason_and_told(stage, enter, call):
    client = enter("gao")
    url = f"/calls/{call.pk}/unseal/"
    assert client.post(url, {"field": "phone", "reason": ""}, headers=HTMX).status_code == 422
    assert client.post(url, {"field": "phone"}).status_code == 422
    assert not Unsealing.objects.exists()
    answer = client.post(url, {"field": "phone", "reason": "要约上门的时间"}, headers=HTMX)
    assert answer.status_code == 200 and "13900005678" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    record = Unsealing.objects.get()
    assert (record.by, record.reason, record.subject_id) == (stage.persons["gao"], "要约上门的时间", call.pk)
    page = open_(client, call)
    assert "13900005678" not in page and "查看了电话" in page


def test_only_who_handles_it_may_look(stage, enter, call):
    data = {"field": "phone", "reason": "要约上门的时间"}
    url = f"/calls/{call.pk}/unseal/"
    assert enter("zhao").post(url, data).status_code == 404
    assert enter("gao").get(url).status_code == 405
    Call.objects.filter(pk=call.pk).update(written_by=stage.persons["zhi"])
    assert enter("zhi").post(url, data).status_code == 403
    actions.accept(call, "noise", by=stage.actor("gao"))
    actions.assign(call, stage.unit, by=stage.actor("gao"))
    # A unit reaches the resident through the page.
    assert enter("tian").post(url, data).status_code == 403
    actions.resolve(call, "好了", by=stage.actor("gao"))
    actions.confirm(call, "satisfied", by=stage.resident(call))
    assert enter("gao").post(url, data).status_code == 409
    assert not Unsealing.objects.exists()


def test_what_is_said_to_the_resident_stands_on_their_page(stage, enter, client, call):
    actions.accept(call, "noise", by=stage.actor("gao"))
    data = {"version": call.version, "key": "k1", "how": "page", "text": "今晚八点去看"}
    assert enter("gao").post(f"/calls/{call.pk}/do/contact/", data).status_code == 302
    assert "今晚八点去看" in client.get(f"/c/{call.secret}/").content.decode()


def test_the_way_is_told_in_words_with_who_and_when(stage, enter, call):
    actions.accept(call, "noise", by=stage.actor("gao"))
    actions.assign(call, stage.unit, by=stage.actor("gao"), text="请看看")
    actions.dispute(call, "不归我们", "市政", by=stage.actor("tian"))
    page = open_(enter("gao"), call)
    for words in ("受理，类别“噪声扰民”", "派给西一路物业", "西一路物业提出异议", "高社工", "田师傅", "请看看"):
        assert words in page


def test_the_same_matter_nearby_can_be_merged_from_here(stage, enter, call, raise_one):
    other = raise_one(at="community", text="三楼噪声太大，晚上睡不着")
    far = raise_one(at="elsewhere", text="三楼噪声太大，晚上睡不着")
    page = open_(enter("gao"), other)
    assert f"/calls/{other.pk}/do/merge/?number={call.number}" in page
    assert far.number not in page
    form = enter("gao").get(f"/calls/{other.pk}/do/merge/?number={call.number}", headers=HTMX).content.decode()
    assert f'value="{call.number}"' in form


def test_the_words_of_a_resident_make_answering_the_button(stage, enter, call):
    actions.accept(call, "lighting", by=stage.actor("gao"))
    assert 'data-key="s"' in open_(enter("gao"), call).split("step-menu")[0]
    actions.add_words(call, "还没修", by=stage.resident(call))
    assert 'data-key="c"' in open_(enter("gao"), call).split("step-menu")[0]


def test_photos_are_ticked_one_by_one(stage, enter, call):
    for key in ("a" * 32, "b" * 32):
        Photo.objects.create(call=call, key=key, thumb=b"x", width=4, height=3)
    first, second = call.photos.all()
    client = enter("gao")
    assert f"/photos/{first.key}-small.jpg" in client.get(f"/calls/{call.pk}/do/accept/", headers=HTMX).content.decode()
    data = {"version": 0, "category": "noise", "then": "keep", "is_public": "on", "public_text": "三楼噪声大"}
    assert client.post(f"/calls/{call.pk}/do/accept/", {**data, "photos": [first.pk]}).status_code == 302
    assert [photo.shown for photo in call.photos.all()] == [True, False]


def test_a_private_call_cannot_be_ticked_public(stage, enter, raise_one):
    call = raise_one(at="community", private=True)
    page = enter("gao").get(f"/calls/{call.pk}/do/accept/", headers=HTMX).content.decode()
    box = re.search(r'<input[^>]*name="is_public"[^>]*>', page).group(0)
    assert "disabled" in box and "checked" not in box
    data = {"version": 0, "category": "noise", "then": "keep", "is_public": "on", "public_text": "字"}
    assert enter("gao").post(f"/calls/{call.pk}/do/accept/", data).status_code == 302
    call.refresh_from_db()
    assert not call.is_public


def test_the_list_beside_is_the_one_it_was_opened_from(enter, call):
    page = open_(enter("gao"), call, htmx=False, query="?in=list&state=raised&q=噪声")
    assert 'id="bulk"' in page and 'value="噪声"' in page
    # Closing leads back to it.
    assert 'href="/calls/?state=raised&amp;q=%E5%99%AA%E5%A3%B0"' in page


def test_a_form_asked_for_in_the_address_is_open(enter, call):
    assert 'action="/calls/' in open_(enter("gao"), call, query="?do=accept").split('id="step"')[1][:900]
    assert "step-form" not in open_(enter("gao"), call, query="?do=unmerge")


def test_the_number_of_queries_does_not_grow_with_the_history(stage, enter, call, raise_one):
    client, gao = enter("gao"), stage.actor("gao")
    actions.accept(call, "noise", by=gao)

    def queries():
        with CaptureQueriesContext(connection) as caught:
            open_(client, call)
        return len(caught)

    actions.contact(call, "你好", by=gao)
    actions.ask_assist(call, stage.unit, by=gao)
    raise_one(at="community", text=call.text)
    few = queries()
    for n in range(6):
        actions.contact(call, f"第{n}次", by=gao)
        actions.merge(raise_one(at="community", text=call.text), call, by=gao)
        raise_one(at="community", text=call.text)
    assert queries() <= few + 1 <= 30


def test_keys_are_on_the_buttons_and_in_the_help(enter, call):
    page = open_(enter("gao"), call, htmx=False)
    assert 'data-key="a"' in page and 'data-module="keys"' in page and 'data-module="desk"' in page
    help_ = page[page.index("data-keys-help") :]
    help_ = help_[: help_.index("</details>")]
    for key in ("j", "/", "a", "r", "Enter"):
        assert f"<kbd>{key}</kbd>" in help_


def test_nothing_in_the_panel_is_told_to_the_log(stage, enter, call):
    before = Event.objects.count()
    open_(enter("gao"), call)
    assert Event.objects.count() == before

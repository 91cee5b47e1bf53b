"""The pages of posting, of the desk and of answering, as a browser without a script sees them."""

import re

import pytest
from django.test import Client

from huying.callouts.actions import change
from huying.callouts.actions.signup import sign_up
from huying.callouts.models import Asked, Callout, Shift, Signup, Volunteer
from huying.callouts.tests.scene import asked, crowd
from huying.kernel.readers import drain
from huying.notify.models import Message


def login(stage, who: str) -> Client:
    """Somebody of the cast at their browser."""
    browser = Client()
    browser.force_login(stage.persons[who])
    return browser


def filled(page: str) -> dict:
    """What a form holds as it is shown: the values that a browser would send."""
    data: dict = {}
    form = page[page.index('class="stack post-form"') :]
    form = re.sub(r"<template.*?</template>", "", form, flags=re.DOTALL)
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        if not name or (kind and kind[1] in ("checkbox", "radio") and " checked" not in tag):
            continue
        value = re.search(r'value="([^"]*)"', tag)
        data.setdefault(name[1], []).append(value[1] if value else "on" if kind and kind[1] == "checkbox" else "")
    for name, words in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\s*(.*?)</textarea>', form, re.DOTALL):
        data[name] = [words]
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"[^>]*selected', options)
        data[name] = [chosen[1] if chosen else ""]
    return data


@pytest.mark.parametrize("code", ["testing", "snow", "flood", "queue", "moving", "elderly"])
def test_a_template_is_posted_as_it_is_filled_in(stage, code):
    browser = login(stage, "zhi")
    assert f"/callouts/new/{code}/" in browser.get("/callouts/new/").content.decode()
    page = browser.get(f"/callouts/new/{code}/").content.decode()
    data = filled(page)
    assert "人次" in page and data["place"] == [str(stage.place("compound").pk)]
    sent = [browser.post(f"/callouts/new/{code}/", data) for _twice in range(2)]
    callout = Callout.objects.get()
    assert [one.headers["Location"] for one in sent] == [f"/callouts/{callout.pk}/"] * 2
    assert callout.template == code and callout.shifts.count() >= 2


def test_what_cannot_be_is_said_and_everything_is_kept(stage):
    browser = login(stage, "zhi")
    data = filled(browser.get("/callouts/new/snow/").content.decode())
    data |= {"when": ["own"], "starts_at": ["2020-01-01T06:00"], "ends_at": ["2020-01-01T05:00"]}
    data |= {"line-0-places": ["1000000"], "line-1-places": ["0"], "words": ["热水管够"]}
    answer = browser.post("/callouts/new/snow/", data)
    page = answer.content.decode()
    assert answer.status_code == 422 and not Callout.objects.exists()
    for words in (
        "已经过去了",
        "结束要在开始之后",
        "有没有多写一位",
        "至少 1 个",
        "热水管够",
        "1000000",
        "2020-01-01T06:00",
    ):
        assert words in page, words
    data["starts_at"] = ["六点"]
    assert "这个时间看不懂" in browser.post("/callouts/new/snow/", data).content.decode()


def test_rows_come_and_go_without_a_script(stage):
    browser = login(stage, "zhi")
    data = filled(browser.get("/callouts/new/queue/").content.decode())
    page = browser.post("/callouts/new/queue/", {**data, "do": "add"}).content.decode()
    assert "line-2-name" in page and not Callout.objects.exists()
    page = browser.post("/callouts/new/queue/", {**data, "do": "drop-0"}).content.decode()
    assert 'name="line-0-name"' not in page and 'name="line-1-name"' in page
    assert "没有这个名字" in browser.post("/callouts/new/queue/", {**data, "do": "find", "q": "火星"}).content.decode()


def test_the_preview_counts_who_is_in_range(stage):
    crowd(stage, 7)
    browser = login(stage, "zhi")
    data = filled(browser.get("/callouts/new/queue/").content.decode())
    page = browser.post("/callouts/new/range/", data).content.decode()
    assert re.search(r"登记了 <strong class=\"num\">7</strong>", page)
    assert browser.post("/callouts/new/range/", {}).status_code == 200


def test_the_desk_shows_who_stands_where_and_takes_the_steps(scene):
    xu = scene.person("xu")
    for who in ("xu", "lu"):
        sign_up(scene.shifts["order"], scene.person(who).pk, by=scene.actor(who))
    asked(scene.callout, scene.person("wu"), answer="can", answered_at=scene.callout.posted_at, any_post=True)
    zhi = login(scene.stage, "zhi")
    page = zhi.get(f"/callouts/{scene.callout.pk}/").content.decode()
    assert xu.name in page and "候补第 1 位" in page and "能来，还没有岗位" in page and "确认了意外险才开放" in page
    do = f"/callouts/{scene.callout.pk}/do/"
    zhi.post(f"{do}insure/")
    assert Shift.objects.get(pk=scene.shifts["risky"].pk).insured_by == scene.person("zhi")
    zhi.post(f"{do}cancel/", {"signup": Signup.objects.get(person=xu).pk})
    assert Signup.objects.get(person=scene.person("lu")).state == "offered"
    number = Volunteer.objects.get(person=scene.person("wu")).number
    zhi.post(f"{do}behalf/", {"who": number, "shift": scene.shifts["scan"].pk})
    assert Signup.objects.get(person=scene.person("wu")).how == "staff"
    wrong = zhi.post(f"{do}behalf/", {"who": "不认识", "shift": scene.shifts["scan"].pk})
    assert wrong.status_code == 422 and "没有登记过这个名字" in wrong.content.decode()
    for step in ("close", "reopen", "call_off"):
        assert zhi.post(f"{do}{step}/", {}).status_code == (302 if step == "close" else 422)
    assert zhi.post(f"{do}call_off/", {"reason": "下暴雨"}).status_code == 302
    assert "下暴雨" in zhi.get(f"/callouts/{scene.callout.pk}/").content.decode()
    assert zhi.post(f"{do}close/").status_code == 409
    assert zhi.get("/callouts/").status_code == 200


def test_whoever_is_asked_answers_by_the_link_alone(scene):
    Callout.objects.update(private_sealed="门禁 4321")
    one = asked(scene.callout, scene.person("xu"))
    browser = Client()
    to = f"/o/{one.secret}/"
    page = browser.get(to)
    assert page.status_code == 200 and "您能来吗" in page.content.decode() and "4321" not in page.content.decode()
    assert browser.post(f"{to}do/can/", {"any_post": "on"}).status_code == 303
    one.refresh_from_db()
    assert one.answer == "can" and one.any_post
    browser.post(f"{to}do/undo/")
    assert browser.post(f"{to}shift/{scene.shifts['scan'].pk}/").status_code == 303
    page = browser.get(to).content.decode()
    assert "4321" in page and "已确认" in page
    signup = Signup.objects.get()
    assert browser.post(f"{to}do/withdraw/", {"signup": signup.pk}).status_code == 303
    browser.post(f"{to}do/cannot/")
    one.refresh_from_db()
    signup.refresh_from_db()
    assert (one.answer, signup.state) == ("cannot", "withdrawn")
    assert browser.get("/o/1.nonsense/").status_code == 404


def test_after_the_closing_time_a_word_is_asked_for_on_the_page(scene):
    one = asked(scene.callout, scene.person("xu"))
    sign_up(scene.shifts["scan"], scene.person("xu").pk, by=scene.actor("xu"))
    change.close(scene.callout, by=scene.actor("zhi"))
    browser, to, signup = Client(), f"/o/{one.secret}/do/withdraw/", Signup.objects.get()
    answer = browser.post(to, {"signup": signup.pk, "words": ""})
    assert answer.status_code == 422 and "请留一句话" in answer.content.decode()
    assert browser.post(to, {"signup": signup.pk, "words": "发烧了"}).status_code == 303
    drain("notify.messages")
    assert Message.objects.get(kind="callouts.withdrawn").to_person == scene.person("zhi")


def test_a_refusal_is_said_on_the_page(scene):
    wu = login(scene.stage, "wu")
    to = f"/callouts/{scene.callout.pk}/me/"
    answer = wu.post(f"{to}take/", {"shift": scene.shifts["risky"].pk})
    assert answer.status_code == 409 and "意外险" in answer.content.decode()
    wu.post(f"{to}take/", {"shift": scene.shifts["scan"].pk})
    answer = wu.post(f"{to}take/", {"shift": scene.shifts["order"].pk})
    assert answer.status_code == 409 and "已经有别的岗位" in answer.content.decode()
    assert wu.post(f"{to}can/", {"can_from": "2020-01-01T06:00"}).status_code in (303, 422)
    assert wu.post(f"{to}dance/").status_code == 404
    assert wu.post(f"{to}withdraw/", {"signup": "999"}).status_code == 404


def test_a_refusal_by_the_link_is_said_on_its_page(scene):
    """Without a script the form goes straight to the fast door."""
    one = asked(scene.callout, scene.person("wu"))
    answer = Client().post(f"/o/{one.secret}/shift/{scene.shifts['risky'].pk}/", headers={"accept": "text/html"})
    page = answer.content.decode()
    assert answer.status_code == 409 and "意外险" in page and "报这个岗" in page


def test_nobody_sees_a_call_out_that_is_not_heard_where_they_live(scene):
    for who, status in (("zhao", 404), ("tian", 404), ("xu", 200), ("zhi", 200), ("gao", 200)):
        assert login(scene.stage, who).get(f"/callouts/{scene.callout.pk}/").status_code == status, who
    assert login(scene.stage, "xu").post(f"/callouts/{scene.callout.pk}/do/close/").status_code == 403
    assert login(scene.stage, "xu").get(f"/callouts/{scene.callout.pk}/change/").status_code == 403


def test_a_call_out_is_changed_on_its_page(scene):
    zhi = login(scene.stage, "zhi")
    to = f"/callouts/{scene.callout.pk}/change/"
    data = filled(zhi.get(to).content.decode())
    data |= {"title": ["改到大门口"], "risk": ["消毒水刺激，发手套"], "closes_at": [data["line-3-starts_at"][0]]}
    assert zhi.post(to, data).status_code == 302
    scene.callout.refresh_from_db()
    assert scene.callout.title == "改到大门口" and scene.callout.version == 1
    stale = zhi.post(to, data | {"title": ["又改"]})
    assert stale.status_code == 409 and "又改" in stale.content.decode()


@pytest.mark.parametrize("who", ["zhi", "xu"])
def test_the_lists_cost_as_much_however_many_there_are(scene, who, django_assert_max_num_queries):
    for person in crowd(scene.stage, 12):
        sign_up(scene.shifts["scan"], person.pk, by=scene.actor(person))
        asked(scene.callout, person)
    browser = login(scene.stage, who)
    browser.get("/callouts/")
    with django_assert_max_num_queries(20):
        browser.get("/callouts/")
    with django_assert_max_num_queries(24):
        browser.get(f"/callouts/{scene.callout.pk}/")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_everybody_hears_of_it_and_finds_the_way(scene, language):
    from huying.callouts.actions.ask import ask
    from huying.callouts.tests.test_ask import noon

    ask(scene.callout, at=noon())
    drain("notify.crowds")
    told = Message.objects.filter(kind="callouts.asked")
    assert set(told.values_list("to_person__username", flat=True)) == {"xu", "lu", "wu"}
    assert Asked.objects.count() == 3
    drain("notify.crowds")
    assert told.count() == 3
    browser = login(scene.stage, "xu")
    browser.cookies["django_language"] = language
    page = browser.get("/inbox/").content.decode()
    assert f"/callouts/{scene.callout.pk}/" in page and scene.callout.title in page
    change.call_off(scene.callout, "下暴雨", by=scene.actor("zhi"))
    drain("notify.crowds")
    # Nobody had said yes.
    assert not Message.objects.filter(kind="callouts.called_off").exists()

"""A call-out from the post to the waiting list: Zhi posts, volunteers answer from their phones, a place moves on."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey

# Volunteers of this journey alone, who may be asked at any hour; returns their names.
PEOPLE = """
import datetime as dt, json, secrets
from huying.callouts.models import Volunteer
from huying.people.models import Person
from huying.places.models import Place
from django.utils import timezone
home = Place.objects.get(name='骊山新家园', kind='compound')
made = []
for name in ('甲志愿者', '乙志愿者', '丙志愿者'):
    person, _new = Person.objects.get_or_create(username='j' + secrets.token_hex(4), defaults={'name': name, 'password': '!'})
    Volunteer.objects.create(person=person, number='J' + secrets.token_hex(4).upper(), place=home, path=home.path,
        born=dt.date(1990, 5, 1), calendar_key=secrets.token_hex(16), night_calls=True,
        valid_from=timezone.localdate() - dt.timedelta(days=9))
    made.append(person.pk)
print(json.dumps(made))
"""
# The links in the messages that these people got, once they have got them.
LINKS = """
import json, time
from huying.callouts.models import Asked
from huying.notify.models import Message
wanted, found = {people}, []
for _try in range(120):
    found = [Asked.objects.filter(callout_id={callout}, person_id=pk).first() for pk in wanted]
    told = Message.objects.filter(kind='callouts.asked', subject_id={callout}, to_person_id__in=wanted).count()
    if all(found) and told == len(wanted):
        break
    time.sleep(0.5)
print(json.dumps([one.secret for one in found if one]))
"""


def asked(town, callout: str, people: str) -> list[str]:
    """The secret names of the links by which these people answer."""
    import json

    found = town.system.python(LINKS.format(callout=callout, people=people))
    return json.loads(found.strip().splitlines()[-1])


def posted(page, town, title: str) -> str:
    """Zhi posts a call-out from a picture, with one post of one place; the number of the call-out."""
    page.goto(town.url("/callouts/new/"))
    page.get_by_role("link", name="排队引导").click()
    expect(page.locator("input[name=title]")).to_have_value("请来帮忙引导排队")
    expect(page.locator("#range")).to_contain_text("范围里登记了")
    page.locator("input[name=title]").fill(title)
    page.locator("input[name=when]").nth(1).check(force=True)
    page.locator("input[name=line-0-places]").fill("1")
    page.get_by_role("button", name="去掉这个岗位").nth(1).click()
    page.locator("textarea[name=private]").fill("门禁密码 4321")
    page.locator("input[name=emergency]").check()
    page.get_by_role("button", name="发出去").last.click()
    expect(page.locator("h1")).to_have_text(title)
    return re.search(r"/callouts/(\d+)/", page.url)[1]


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without"])
def test_a_place_moves_from_phone_to_phone(visit, town, javascript):
    people = town.system.python(PEOPLE).strip().splitlines()[-1]
    title = "帮忙引导排队" if javascript else "帮忙引导排队，不用脚本"
    zhi = visit("zhi", javascript=javascript)
    callout = posted(zhi, town, title)
    links = asked(town, callout, people)
    assert len(links) == 3
    phones = [visit(javascript=javascript, elder=n == 1) for n in range(3)]
    for phone, secret in zip(phones, links, strict=True):
        phone.goto(town.url(f"/o/{secret}/"))
        expect(phone.locator("h1")).to_have_text(title)
        expect(phone.locator("main")).not_to_contain_text("4321")
    first, second, third = phones
    # One signs up and sees what is private; the next stands in the line; the third can't, with one tap.
    first.get_by_role("button", name="报这个岗").click()
    expect(first.locator(".post-mine")).to_contain_text("已确认")
    expect(first.locator("main")).to_contain_text("4321")
    second.reload()
    second.get_by_role("button", name="排候补").click()
    expect(second.locator(".post-mine")).to_contain_text("您排在第 1 位")
    expect(second.locator("main")).not_to_contain_text("4321")
    third.get_by_role("button", name="这次来不了").click()
    expect(third.locator("main")).to_contain_text("没关系")
    # The first withdraws freely; the second is offered the place, and says yes.
    first.get_by_role("button", name="退出").click()
    expect(first.locator("main")).to_contain_text("位子给别人了")
    second.reload()
    expect(second.locator("main")).to_contain_text("有一个位子给您")
    second.get_by_role("button", name="我来").click()
    expect(second.locator("main")).to_contain_text("到时候见")
    expect(second.locator("main")).to_contain_text("4321")
    zhi.goto(town.url(f"/callouts/{callout}/"))
    expect(zhi.locator("#now .post-people")).to_contain_text("乙志愿者")
    # All is called off, and whoever stood in it reads why.
    zhi.locator("summary", has_text="取消召集").click()
    zhi.locator("textarea[name=reason]").fill("下暴雨，改天再办")
    zhi.get_by_role("button", name="取消", exact=True).click()
    expect(zhi.locator("main")).to_contain_text("已取消")
    second.reload()
    expect(second.locator("main")).to_contain_text("下暴雨，改天再办")


def test_what_cannot_be_posted_is_said_and_kept(visit, town):
    page = visit("zhi")
    page.goto(town.url("/callouts/new/snow/"))
    page.locator("input[name=title]").fill("一起扫雪吧")
    page.locator("input[name=line-0-places]").fill("1000000")
    page.get_by_role("button", name="发出去").last.click()
    expect(page.locator(".errors")).to_contain_text("有没有多写一位")
    expect(page.locator("input[name=title]")).to_have_value("一起扫雪吧")
    expect(page.locator("input[name=line-0-places]")).to_have_value("1000000")

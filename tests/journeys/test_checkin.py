"""At the place: the code on the screen, a volunteer's phone, the list; and all of it with the network really cut."""

import contextlib
import json

import pytest
from playwright.sync_api import expect

from .test_axe import problems

pytestmark = pytest.mark.journey

SCENE = """
import datetime as dt, json, secrets
from django.utils import timezone
from huying.callouts.actions.signup import place
from huying.callouts.models import Asked, Callout, Shift, Volunteer
from huying.kernel.scopes import SYSTEM
from huying.people.models import Person
from huying.places.models import Place
home = Place.objects.get(name='骊山新家园', kind='compound')
now = timezone.now().replace(second=0, microsecond=0)
street = '.'.join(home.path.split('.')[:4])
callout = Callout.objects.create(
    key=secrets.token_urlsafe(12), title=NAME, words='', place=home, path=home.path, reach='street', reach_path=street,
    starts_at=now - dt.timedelta(minutes=30), ends_at=now + dt.timedelta(hours=3), closes_at=now - dt.timedelta(minutes=30),
    posted_by=Person.objects.get(username='zhi'), made_up=True)
shift = Shift.objects.create(
    callout=callout, name='扫码', starts_at=now - dt.timedelta(minutes=30), ends_at=now + dt.timedelta(hours=3), capacity=4)
out = {'pk': callout.pk}
for n in range(3):
    person = Person.objects.create(username='came' + secrets.token_hex(4), name=NAME[-2:] + '甲乙丙'[n], password='!')
    Volunteer.objects.create(
        person=person, number='J' + secrets.token_hex(5), place=home, path=home.path, born=dt.date(1990, 5, 1),
        calendar_key=secrets.token_hex(16), made_up=True)
    done = place(shift, person.pk, by=SYSTEM, how='proposal', state='confirmed')
    assert done.signup_id, done
    out['secret%d' % n] = Asked.objects.create(callout=callout, person=person, wave=1).secret
    out['signup%d' % n] = done.signup_id
print(json.dumps(out))
"""


class Place:
    """A call-out that runs, with three people who hold a place in it."""

    def __init__(self, town, name: str):
        told = town.system.python(f"NAME = {name!r}\n" + SCENE)
        self.told = json.loads(told.strip().splitlines()[-1])
        self.town, self.name = town, name

    def url(self, part: str) -> str:
        """One of the organiser's pages."""
        return self.town.url(f"/callouts/{self.told['pk']}/{part}/")

    @property
    def door(self) -> str:
        """The page of checking in."""
        return self.town.url(f"/in/{self.told['pk']}/")

    def link(self, n: int) -> str:
        """The link of the message that one of the three got."""
        return self.town.url(f"/o/{self.told[f'secret{n}']}/")

    def came(self) -> list[list]:
        """(name, how, whether it reached us later) of whoever checked in."""
        told = self.town.system.python(
            "import json\nfrom huying.callouts.models import Attendance\n"
            f"rows = Attendance.objects.filter(signup__shift__callout={self.told['pk']}, in_at__isnull=False)\n"
            "rows = rows.order_by('signup_id')\n"
            "print(json.dumps([[one.signup.person.name, one.how_in, one.in_sent_at is not None] for one in rows]))"
        )
        return json.loads(told.strip().splitlines()[-1])


@pytest.fixture
def offline(town, browser):
    """Pages whose network is cut for real: what the browser itself says of it in its console is no complaint."""
    contexts = []

    def open_page(who: str | None = None):
        context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="zh-CN")
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        if who:
            town.log_in(page, who)
        return page

    yield open_page
    for context in contexts:
        with contextlib.suppress(Exception):
            context.close()


def shown(screen) -> str:
    """The six digits on the screen."""
    expect(screen.locator(".code-picture svg path")).to_have_count(2)
    return screen.locator(".code-digits").inner_text().replace(" ", "")


def test_a_scan_and_one_tap_on_the_volunteers_phone(visit, town):
    place = Place(town, "测核酸子丑")
    screen = visit("zhi", phone=False)
    screen.goto(place.url("code"))
    phone = visit()
    # The message was read on this phone; so no login is needed at the place.
    phone.goto(place.link(0))
    phone.goto(place.door + shown(screen) + "/")
    expect(phone.locator("h1")).to_have_text("您在这里")
    phone.get_by_role("button", name="我到了，签到").click()
    expect(phone.locator("main")).to_contain_text("签到好了")
    # The screen counts along.
    expect(screen.locator("#counts")).to_contain_text("在岗 1 人")
    guide = visit("gao")
    guide.goto(place.url("here"))
    expect(guide.locator(f"[data-spot='{place.told['signup0']}']")).to_contain_text("到")
    expect(guide.locator(".roll-sums")).to_contain_text("在岗")
    phone.get_by_role("button", name="我走了，签退").click()
    expect(phone.locator("main")).to_contain_text("签退好了")
    assert place.came() == [["子丑甲", "code", False]]


def test_an_old_code_is_told_so_and_the_digits_do_as_well(visit, town):
    place = Place(town, "测核酸寅卯")
    screen, phone = visit("zhi", phone=False), visit(javascript=False)
    screen.goto(place.url("code"))
    phone.goto(place.link(0))
    phone.goto(place.door + "000000/")
    expect(phone.locator("[role=alert]")).to_contain_text("签到码不对")
    phone.goto(place.door)
    phone.locator("input[name=code]").first.fill(shown(screen))
    phone.get_by_role("button", name="我到了，签到").click()
    expect(phone.locator("main")).to_contain_text("签到好了")


def test_the_list_goes_on_without_network_and_nothing_is_lost_or_doubled(offline, town):
    place = Place(town, "测核酸辰巳")
    first, second, third = (place.told[f"signup{n}"] for n in range(3))
    guide, screen = offline("gao"), offline("zhi")
    guide.goto(place.url("here"))
    screen.goto(place.url("code"))
    before = shown(screen)
    guide.context.set_offline(True)
    screen.context.set_offline(True)
    for signup in (first, second):
        guide.locator(f"[data-spot='{signup}'] [data-tick=in] button").click()
        expect(guide.locator(f"[data-spot='{signup}']")).to_contain_text("待送出")
    expect(guide.locator("[data-roll-said]")).to_contain_text("2 个记号还在这台设备上")
    assert place.came() == []
    # The code goes on changing on the screen.
    expect(screen.locator("[data-code-off]")).to_be_visible()
    expect(screen.locator(".code-digits")).not_to_have_text(f"{before[:3]} {before[3:]}", timeout=45_000)
    code = shown(screen)
    # Meanwhile the first one checked in with the code of their own phone, which has network.
    phone = offline()
    phone.goto(place.link(0))
    phone.goto(place.door + code + "/")
    phone.get_by_role("button", name="我到了，签到").click()
    expect(phone.locator("main")).to_contain_text("签到好了")
    guide.context.set_offline(False)
    expect(guide.locator("[data-roll-said]")).to_be_hidden()
    expect(guide.locator(f"[data-spot='{second}'] [data-tick=out]")).to_be_visible()
    expect(guide.locator(f"[data-spot='{third}'] [data-tick=in]")).to_be_visible()
    assert [[name, how] for name, how, _late in place.came()] == [["辰巳甲", "code"], ["辰巳乙", "list"]]
    # What was sent is no longer kept; loading the page anew sends nothing twice.
    guide.reload()
    expect(guide.locator("[data-roll-said]")).to_be_hidden()
    assert len(place.came()) == 2


def test_digits_typed_in_without_network_are_sent_when_it_is_back(offline, town):
    place = Place(town, "测核酸午未")
    screen, phone = offline("zhi"), offline()
    screen.goto(place.url("code"))
    phone.goto(place.link(1))
    phone.goto(place.door)
    code = shown(screen)
    phone.context.set_offline(True)
    phone.locator("input[name=code]").first.fill(code)
    phone.get_by_role("button", name="我到了，签到").click()
    expect(phone.locator("[data-kept]")).to_contain_text("记在这部手机上了")
    assert place.came() == []
    phone.context.set_offline(False)
    expect(phone.locator("main")).to_contain_text("签到好了")
    assert [name for name, _how, _late in place.came()] == ["午未乙"]


def test_hours_are_confirmed_in_one_go_and_questioned_by_the_person(visit, town):
    place = Place(town, "测核酸申酉")
    organiser = visit("zhi", phone=False)
    organiser.goto(place.url("here"))
    row = organiser.locator(f"[data-spot='{place.told['signup0']}']")
    row.locator("[data-tick=in] button").click()
    expect(row.locator("[data-tick=out]")).to_be_visible()
    town.system.python(
        "import datetime as dt\nfrom huying.callouts.models import Shift, Attendance\n"
        "from django.utils import timezone\nfrom huying.callouts.actions.hours import end_forgotten\n"
        f"begin = timezone.now() - dt.timedelta(hours=5)\npk = {place.told['pk']}\n"
        "Shift.objects.filter(callout=pk).update(starts_at=begin, ends_at=begin + dt.timedelta(hours=3))\n"
        "Attendance.objects.filter(signup__shift__callout=pk).update(in_at=begin)\nend_forgotten()\nprint('{}')"
    )
    organiser.goto(place.url("hours"))
    expect(organiser.locator("tbody")).to_contain_text("180 分钟")
    organiser.get_by_role("button", name="都按测得的确认（1 条）").click()
    expect(organiser.locator("tbody")).to_contain_text("公示中")
    phone = visit()
    phone.goto(place.link(0))
    phone.goto(place.door)
    expect(phone.locator("main")).to_contain_text("公示到")
    phone.locator("summary", has_text="时长不对").click()
    phone.locator("textarea[name=words]").fill("我还留下来收了桌子")
    phone.get_by_role("button", name="告诉组织者").click()
    expect(phone.locator("main")).to_contain_text("告诉组织者了")
    organiser.goto(place.url("hours"))
    expect(organiser.locator("tbody")).to_contain_text("我还留下来收了桌子")
    organiser.locator("tbody textarea[name=words]").fill("记下了，谢谢")
    organiser.get_by_role("button", name="答复").click()
    phone.reload()
    expect(phone.locator("main")).to_contain_text("记下了，谢谢")


@pytest.mark.parametrize("view", ["light", "dark", "elder"])
def test_the_pages_at_the_place_are_for_everybody(visit, town, view):
    place = Place(town, "测核酸戌亥" if view == "light" else "测核酸己庚" if view == "dark" else "测核酸辛壬")
    how = {"dark": view == "dark", "elder": view == "elder"}
    page = visit("gao", **how)
    pk = place.told["pk"]
    found = problems(page, town, f"/callouts/{pk}/here/")
    page.goto(place.url("here"))
    page.locator(f"[data-spot='{place.told['signup0']}'] [data-tick=in] button").click()
    expect(page.locator(f"[data-spot='{place.told['signup0']}'] [data-tick=out]")).to_be_visible()
    wall = page.get_by_role("link", name="大屏").get_attribute("href")
    for path in (f"/callouts/{pk}/here/", f"/callouts/{pk}/code/", f"/callouts/{pk}/hours/", wall, "/hours/"):
        found += problems(page, town, path)
    phone = visit(**how)
    phone.goto(place.link(0))
    for path in (f"/in/{pk}/", f"/in/{pk}/000000/"):
        found += problems(phone, town, path)
    assert not found, "\n".join(found)

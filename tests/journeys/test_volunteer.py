"""A volunteer on the demo: registers on a phone, is received, paints a week, serves, and gets a paper that anybody can check."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey
# Somebody served in the past days; what is counted by the clock is put in the past here.
SERVED = """
import datetime as dt, secrets
from django.utils import timezone
from huying.callouts.models import Attendance, Callout, Shift, Signup
from huying.people.models import Person
from huying.places.models import Place
home = Place.objects.get(name='骊山新家园', kind='compound')
who, zhi = (Person.objects.get(username=name) for name in ('yinayi', 'zhi'))
start = timezone.now().replace(minute=0, second=0, microsecond=0) - dt.timedelta(days=9)
end = start + dt.timedelta(hours=3)
callout = Callout.objects.create(
    key=secrets.token_hex(8), title='给老人送菜', place=home, path=home.path, reach='compound', reach_path=home.path,
    starts_at=start, ends_at=end, closes_at=start, state='finished', ended_at=end, posted_by=zhi, made_up=True)
shift = Shift.objects.create(callout=callout, name='送菜上门', starts_at=start, ends_at=end, capacity=2, taken=1)
signup = Signup.objects.create(
    shift=shift, person=who, state='confirmed', period=(start, end), guarded=(start, end), confirmed_at=start)
Attendance.objects.create(
    signup=signup, in_at=start, how_in='code', out_at=end, how_out='code', shown_until=end, counted_at=end, made_up=True)
"""


def test_from_the_first_tap_to_a_paper_that_a_stranger_checks(visit, town):
    phone = visit()
    phone.goto(town.url(f"/volunteer/{town.places['door']}/"))
    expect(phone.get_by_role("heading", level=1)).to_contain_text("骊山新家园")
    phone.get_by_label("做饭").check()
    phone.get_by_label("爬楼").check()
    phone.locator("input[name=born]").fill("1985-03")
    phone.locator("input[name=called]").fill("尹阿姨")
    phone.locator("input[name=username]").fill("yinayi")
    phone.locator("input[name=password]").fill("a-sunny-day-9")
    phone.get_by_role("button", name="我来当志愿者").click()
    expect(phone.locator("main [role=status]")).to_contain_text("登记好了")
    # A week in three taps: a whole part of a day, an hour beside it, a preset.
    phone.get_by_role("link", name="说说平常什么时候有空").click()
    phone.get_by_label("周六 上午").check()
    phone.get_by_role("button", name="下午").click()
    hour = phone.get_by_label("周六 14–15 点")
    expect(hour).to_be_visible()
    hour.check()
    phone.get_by_role("button", name="平日晚上").click()
    expect(phone.get_by_label("周一 晚上")).to_be_checked()
    phone.get_by_role("button", name="保存").click()
    expect(phone.locator("main")).to_contain_text("6:00–12:00、14:00–15:00")
    # The community receives.
    gao = visit("gao", phone=False)
    gao.goto(town.url("/volunteers/"))
    gao.get_by_role("link", name="尹阿姨").click()
    expect(gao.locator("main")).to_contain_text("等接收")
    gao.get_by_role("button", name="接收", exact=True).click()
    expect(gao.locator("main")).to_contain_text("已接收")
    phone.reload()
    expect(phone.locator("main")).to_contain_text("已接收")
    # What counts is put on paper.
    town.system.python(SERVED)
    phone.reload()
    expect(phone.locator("main")).to_contain_text("给老人送菜")
    phone.get_by_role("link", name="开一张服务证明").click()
    phone.locator("input[name=name]").fill("尹小兰")
    phone.get_by_role("button", name="开出来").click()
    expect(phone.get_by_role("heading", name="服务记录")).to_be_visible()
    expect(phone.locator("main")).to_contain_text("尹小兰")
    number = phone.locator(".paper-number").inner_text()
    assert re.fullmatch(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", number)
    with phone.expect_download() as file:
        phone.evaluate("link => { const a = document.createElement('a'); a.href = link; a.download = ''; a.click() }",
                       phone.get_by_role("link", name="下载 PDF").get_attribute("href"))  # fmt: skip
    assert file.value.suggested_filename.endswith(".pdf")
    # A stranger types it in, and sees no more than the first sign of the name.
    stranger = visit()
    stranger.goto(town.url("/verify/"))
    stranger.locator("input[name=number]").fill(number.lower().replace("-", " "))
    stranger.get_by_role("button", name="核对").click()
    expect(stranger.locator("main [role=status]")).to_contain_text("是真的")
    expect(stranger.locator("main")).to_contain_text("尹*")
    expect(stranger.locator("main")).not_to_contain_text("尹小兰")
    wrong = number[:-1] + ("2" if number[-1] != "2" else "3")
    stranger.goto(town.url(f"/verify/{wrong}/"))
    expect(stranger.locator("main")).to_contain_text("可能有一处写错了")


def test_without_javascript_the_week_is_a_table_of_ticks(visit, town):
    phone = visit("xu", javascript=False)
    phone.goto(town.url("/me/service/"))
    if phone.get_by_role("link", name="什么时候有空").count() == 0:
        phone.goto(town.url(f"/volunteer/{town.places['community']}/"))
        phone.get_by_role("button", name="我来当志愿者").click()
    phone.goto(town.url("/me/service/week/"))
    phone.get_by_label("周日 08–09 点").check()
    phone.get_by_role("button", name="平日白天").click()
    expect(phone.get_by_label("周日 08–09 点")).to_be_checked()
    expect(phone.get_by_label("周一 08–09 点")).to_be_checked()
    phone.get_by_role("button", name="保存").click()
    expect(phone.locator("main")).to_contain_text("周日 8:00–9:00")

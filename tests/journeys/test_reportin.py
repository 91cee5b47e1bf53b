"""Report-in on the demo: a unit by itself, a member with a receipt to their unit, a list that becomes a slip that is accepted."""

import io
from urllib.parse import urlsplit

import pytest
from openpyxl import Workbook
from playwright.sync_api import expect

pytestmark = pytest.mark.journey
PASSWORD = "a-sunny-day-9"


def login_fields(page, called: str, username: str) -> None:
    """Fill in what somebody without a login is asked."""
    page.locator("input[name=called]").fill(called)
    page.locator("input[name=username]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)


def message(page, town, words: str):
    """The message with these words, once the reader of the log has written it; the inbox is opened until it is there."""
    found = page.locator("ul.rows li", has_text=words).first
    for _attempt in range(60):
        page.goto(town.url("/inbox/"))
        if found.count():
            break
        page.wait_for_timeout(500)
    expect(found).to_be_visible()
    return found


def test_a_unit_reports_in_by_itself_and_is_received(visit, town):
    phone = visit()
    phone.goto(town.url(f"/reportin/unit/{town.places['community']}/"))
    phone.locator("input[name=name]").fill("向阳幼儿园")
    phone.locator("select[name=kind]").select_option("school")
    login_fields(phone, "葛老师", "gelaoshi")
    phone.get_by_role("button", name="提交报到").click()
    expect(phone.locator("main [role=status]")).to_contain_text("等社区接收")
    gao = visit("gao", phone=False)
    message(gao, town, "向阳幼儿园").locator("a").first.click()
    expect(gao.get_by_role("heading", name="向阳幼儿园")).to_be_visible()
    gao.get_by_role("button", name="接收", exact=True).click()
    expect(gao.locator("main")).to_contain_text("回执号")
    phone.reload()
    expect(phone.locator("main")).to_contain_text("已报到")
    phone.get_by_role("link", name="回执").click()
    expect(phone.get_by_role("heading", name="单位报到回执")).to_be_visible()
    expect(phone.locator("main")).to_contain_text("向阳幼儿园")


def test_an_invited_unit_is_received_at_once(visit, town):
    gao = visit("gao", phone=False)
    gao.goto(town.url(f"/reportin/community/{town.places['community_pk']}/"))
    gao.locator("input[name=name]").fill("晨光诊所")
    gao.locator("select[name=kind]").select_option("hospital")
    gao.get_by_role("button", name="做一张邀请").click()
    address = gao.locator("#invitation-link")
    expect(address).to_be_visible()
    path = urlsplit(address.inner_text()).path
    phone = visit()
    phone.goto(town.url(path))
    expect(phone.get_by_role("heading", level=1)).to_contain_text("晨光诊所")
    login_fields(phone, "安大夫", "andaifu")
    phone.get_by_role("button", name="我代表它，报到").click()
    expect(phone.locator("main [role=status]")).to_contain_text("社区已经接收")
    gao.reload()
    expect(gao.locator("main")).to_contain_text("已经用过")


def test_a_member_reports_in_on_a_phone_and_their_unit_gets_the_receipt(visit, town):
    phone = visit()
    phone.goto(town.url(f"/reportin/member/{town.places['compound']}/"))
    phone.get_by_label("水电维修").check()
    phone.get_by_label("看望陪伴").check()
    phone.locator("input[name=q]").fill("骊山路")
    phone.get_by_label("骊山路小学").check()
    login_fields(phone, "柏师傅", "baishifu")
    phone.get_by_role("button", name="报到", exact=True).click()
    expect(phone.locator("main [role=status]")).to_contain_text("回执号")
    expect(phone.locator("main")).to_contain_text("水电维修")
    school = visit("xuexiao", phone=False)
    message(school, town, "柏师傅").locator("a").first.click()
    expect(school.get_by_role("heading", name="党员报到回执")).to_be_visible()
    expect(school.locator("main")).to_contain_text("柏师傅")
    # Leaving is one's own, at once, without a word of why.
    phone.locator("summary", has_text="不再报到").click()
    phone.locator(".confirm-body").get_by_role("button", name="不再报到").click()
    expect(phone.locator("main")).to_contain_text("现在没有在哪个社区报到")


def test_without_javascript_the_unit_is_found_and_what_was_ticked_stays(visit, town):
    phone = visit(javascript=False)
    phone.goto(town.url(f"/reportin/member/{town.places['compound']}/"))
    phone.get_by_label("法律咨询").check()
    phone.locator("input[name=q]").fill("骊山路")
    phone.locator("input[name=called]").fill("纪同志")
    phone.get_by_role("button", name="找单位").click()
    expect(phone.get_by_label("法律咨询")).to_be_checked()
    phone.get_by_label("骊山路小学").check()
    login_fields(phone, "纪同志", "jitongzhi")
    phone.get_by_role("button", name="报到", exact=True).click()
    expect(phone.locator("main")).to_contain_text("骊山路小学")


def people(*names: str) -> bytes:
    """A unit's list of its people."""
    book = Workbook()
    for row in (("姓名", "工号", "社区"), *((name, "", "骊山新家园社区") for name in names)):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_list_becomes_a_slip_that_is_accepted_or_not(visit, town):
    school = visit("xuexiao", phone=False)
    school.goto(town.url("/reportin/"))
    school.get_by_role("link", name="传一份名单，做邀请").click()
    file = {
        "name": "people.xlsx",
        "mimeType": "application/octet-stream",
        "buffer": people("乔老师", "乔老师", "娄老师"),
    }
    school.locator("input[type=file]").set_input_files(file)
    school.get_by_role("button", name="先看一看").click()
    expect(school.get_by_role("heading", level=1)).to_contain_text("可以邀请 2 人")
    expect(school.locator("main")).to_contain_text("和第 2 行是同一个人")
    school.get_by_role("button", name="做邀请").click()
    school.locator("main").get_by_role("link", name="打印邀请").click()
    slip = school.locator("article", has_text="乔老师")
    expect(slip.locator("svg")).to_be_visible()
    path = urlsplit(slip.locator(".invite-address").inner_text().strip()).path
    other = urlsplit(school.locator("article", has_text="娄老师").locator(".invite-address").inner_text().strip()).path
    phone = visit()
    phone.goto(town.url(path))
    expect(phone.locator("main")).to_contain_text("是请，不是派")
    phone.get_by_label("辅导教学").check()
    login_fields(phone, "乔老师", "qiaolaoshi")
    phone.get_by_role("button", name="报到", exact=True).click()
    expect(phone.locator("main [role=status]")).to_contain_text("报到好了")
    second = visit()
    second.goto(town.url(other))
    second.get_by_role("button", name="不参加").click()
    expect(second.locator("main")).to_contain_text("没有任何影响")
    school.goto(town.url("/reportin/"))
    expect(school.locator("main")).to_contain_text("乔老师")
    expect(school.locator("main")).to_contain_text("回答不参加的 1 张")
    expect(school.locator("main")).not_to_contain_text("娄老师")

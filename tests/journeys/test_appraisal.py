"""The year's word: written beside the record, read and answered by the appraised, corrected without the old one vanishing."""

import datetime as dt
import io

import openpyxl
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.journey
LAST = dt.date.today().year - 1


def open_message(page: Page, town, words: str) -> None:
    """Open the message that says so; it is written by the worker a moment after."""
    link = page.locator("main li, main article").get_by_role("link", name=words).first
    for _ in range(60):
        page.goto(town.url("/inbox/"))
        if link.count():
            break
        page.wait_for_timeout(250)
    expect(link).to_be_visible()
    link.click()


def test_a_year_is_written_answered_and_corrected(visit, town):
    gao = visit("gao", phone=False)
    gao.goto(town.url("/appraisals/"))
    gao.get_by_role("link", name=f"写 {LAST} 年的评议").click()
    expect(gao.get_by_role("heading", level=1)).to_contain_text(f"{LAST} 年评议")
    # What was written before stands there, with the record beside; the others are not appraised.
    firm = gao.locator("li.judge", has_text="物业服务中心")
    expect(firm).to_contain_text("接到诉求 3 件，办结诉求 3 件，居民确认办好 2 件")
    expect(firm).to_contain_text("较好")
    gao.get_by_role("link", name="报到的党员").click()
    row = gao.locator("li.judge", has_text="石师傅")
    expect(row.get_by_label("不评议")).to_be_checked()
    # By keyboard alone: from 'not appraised' to the level, on to the words, and the button at the end.
    row.get_by_label("不评议").focus()
    gao.keyboard.press("ArrowDown")
    expect(row.get_by_label("好", exact=True)).to_be_checked()
    gao.keyboard.press("Tab")
    gao.keyboard.type("热心，随叫随到")
    gao.get_by_role("button", name="保存写了的").focus()
    gao.keyboard.press("Enter")
    expect(gao.get_by_text("写好了 1 个，对方会收到消息。")).to_be_visible()
    expect(gao.locator("li.judge", has_text="石师傅")).to_contain_text("热心，随叫随到")

    # The appraised is told, reads it on the phone and answers.
    shi = visit("m-shi")
    open_message(shi, town, "高社工给您或者您的单位写了评议，您可以答复")
    expect(shi.locator(".entry")).to_contain_text("热心，随叫随到")
    # Nothing is taken without words, and what is typed stays.
    shi.get_by_role("button", name="答复").click()
    expect(shi.locator(".field-error, .error, [role=alert]").first).to_contain_text("还没有写内容")
    shi.get_by_label("您的答复").fill("有两次是黎师傅去的，也请写上他")
    shi.get_by_role("button", name="答复").click()
    expect(shi.locator(".entry blockquote")).to_contain_text("也请写上他")

    # Gao is told and corrects; the old words stay, struck through.
    open_message(gao, town, "石师傅答复了您写的评议")
    gao.get_by_text("更正或者收回").click()
    gao.get_by_label("为什么改").fill("热心，和黎师傅轮着去，随叫随到")
    gao.get_by_role("button", name="更正", exact=True).click()
    expect(gao.locator(".entry").first).to_contain_text("和黎师傅轮着去")
    expect(gao.locator(".entry-old del").last).to_have_text("热心，随叫随到")
    open_message(shi, town, "高社工更正了对您或者您的单位的评议")
    expect(shi.locator(".entry").first).to_contain_text("和黎师傅轮着去")
    expect(shi.locator(".entry-old")).to_contain_text("热心，随叫随到")
    expect(shi.locator(".entry-old blockquote")).to_contain_text("也请写上他")


def test_a_unit_reads_its_year_and_takes_it_along(visit, town):
    wuye = visit("wuye")
    wuye.goto(town.url("/appraisals/"))
    wuye.get_by_role("link", name="骊山新家园物业服务中心").first.click()
    expect(wuye.get_by_role("heading", level=1)).to_contain_text("骊山新家园物业服务中心")
    year = wuye.url.partition("/appraisals/unit/")[2].split("/")[0]
    wuye.goto(town.url(f"/appraisals/unit/{year}/{LAST}/"))
    expect(wuye.locator("#told")).to_contain_text("接到诉求 3 件，办结诉求 3 件，居民确认办好 2 件")
    # Any figure opens its list.
    wuye.locator(".figures-told").get_by_role("link", name="3").first.click()
    expect(wuye.locator("ul.deeds > li")).to_have_count(3)
    wuye.go_back()
    with wuye.expect_download() as given:
        wuye.get_by_role("link", name="XLSX").click()
    book = openpyxl.load_workbook(io.BytesIO(given.value.path().read_bytes()))
    assert book.sheetnames == ["小结", "数字", "按日期", "人员", "评议"]
    assert [row[0].value for row in book["数字"].iter_rows(min_row=2)][6:8] == ["接到诉求", "办结诉求"]


def test_a_word_is_written_without_javascript(visit, town):
    qin = visit("shuji", javascript=False)
    qin.goto(town.url("/appraisals/"))
    qin.get_by_role("link", name=f"写 {LAST} 年的评议").click()
    qin.get_by_role("link", name="看一件一件的记录").first.click()
    expect(qin.get_by_role("heading", name="记录")).to_be_visible()
    expect(qin.locator("ul.deeds")).to_contain_text("接到诉求")

"""A need: posted on the stairs, shown to a unit, taken on, done in steps, and crossed off by a resident's word."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey


def board(town) -> str:
    """The board of the demo's community."""
    return town.url(f"/reportin/board/{town.places['community']}/")


def post(page, town, words: str) -> str:
    """The building head posts a need on a phone: a sentence and two taps; returns its address."""
    page.goto(town.url("/reportin/needs/new/"))
    page.locator("textarea[name=text]").fill(words)
    page.locator("label.choice", has_text="安全巡查").first.click()
    page.get_by_role("button", name="发出来").click()
    expect(page.locator("h1")).to_contain_text(words)
    return page.url


def show_to_the_property_firm(page, need: str) -> None:
    """The community shows it to the property firm, whose electrician fits."""
    page.goto(need)
    fit = page.locator("label.fit", has_text="一名电工")
    expect(fit).to_contain_text("愿意安全巡查 · 同一个社区")
    fit.locator("input").set_checked(True)
    page.get_by_role("button", name="给他们看").click()
    expect(page.locator("main")).to_contain_text("等人接")


def take_on_and_do(page, town, words: str) -> None:
    """The firm finds it among what it was asked, takes it on, sets two steps, ticks them and says what was done."""
    page.goto(town.url("/reportin/for-you/"))
    page.get_by_role("link", name=words).first.click()
    page.get_by_role("button", name="我来接").click()
    expect(page.locator("main")).to_contain_text("定几步、定个日子")
    page.locator("input[name=due_on]").fill("2099-01-31")
    page.locator("input[name='steps-0-words']").fill("看一遍线路")
    page.locator("input[name='steps-1-words']").fill("换掉老化的")
    page.get_by_role("button", name="就这样，开始").click()
    expect(page.locator("ol.steps")).to_contain_text("换掉老化的")
    for _ in range(2):
        left = page.locator(".ticks li")
        count = left.count()
        left.first.get_by_role("button", name="做完了").click()
        expect(left).to_have_count(count - 1)
    page.locator("textarea[name=outcome]").fill("三处老线都换了新的")
    page.get_by_role("button", name="都做完了").click()
    expect(page.locator("ol.steps")).to_contain_text("等大家说一句")


def residents_page(page, need: str) -> str:
    """The address behind the code that the poster prints or shows."""
    page.goto(f"{need}slip/")
    expect(page.locator(".slip-code svg")).to_be_visible()
    return page.get_by_role("link", name="在手机上给居民看").get_attribute("href")


@pytest.mark.parametrize("javascript", [True, False])
def test_from_the_stairs_to_crossed_off(visit, town, javascript):
    words = f"楼道里的老电线请人看一遍({'有' if javascript else '没有'}脚本)"
    lu = visit("lu", javascript=javascript)
    need = post(lu, town, words)
    show_to_the_property_firm(visit("gao", phone=False, javascript=javascript), need)
    take_on_and_do(visit("wuye", javascript=javascript), town, words)
    link = residents_page(lu, need)
    neighbour = visit(javascript=javascript)
    neighbour.goto(town.url(link))
    expect(neighbour.locator("main")).to_contain_text("三处老线都换了新的")
    neighbour.locator("input[name=came][value=yes]").check(force=True)
    neighbour.locator("textarea[name=words]").fill("灯也不闪了")
    neighbour.get_by_role("button", name="告诉大家").click()
    expect(neighbour.locator("main")).to_contain_text("销号")
    # Everybody sees it crossed off, by the name of the firm and of nobody else.
    neighbour.goto(f"{board(town)}?list=projects&state=crossed_off")
    card = neighbour.locator(".lcard", has_text=words)
    expect(card).to_contain_text("已销号")
    expect(card).to_contain_text("物业服务中心")
    assert not re.search("芦楼长|物业经理", neighbour.locator("main").inner_text())


def test_a_board_that_is_open_shows_what_is_new(visit, town):
    watching = visit()
    watching.goto(board(town))
    expect(watching.locator("#lists")).to_be_visible()
    words = "新来的一件：请人看看安全出口"
    post(visit("lu"), town, words)
    expect(watching.locator("#lists")).to_contain_text(words)


def test_a_no_is_one_tap_and_leaves_nothing_behind(visit, town):
    words = "请物业看看楼顶的护栏"
    need = post(visit("lu"), town, words)
    gao = visit("gao", phone=False)
    show_to_the_property_firm(gao, need)
    firm = visit("wuye")
    firm.goto(need)
    firm.get_by_role("button", name="这件不接").click()
    expect(firm.locator("main h1")).to_contain_text("给我的")
    expect(firm.locator("main")).not_to_contain_text(words)
    gao.goto(need)
    expect(gao.locator("main")).to_contain_text("等人接")
    # Neither how far it has come nor anything else says who was asked or what they said.
    expect(gao.locator("ol.steps")).not_to_contain_text("物业")

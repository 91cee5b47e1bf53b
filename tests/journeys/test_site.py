"""A site: Zhi plans it, compares two plans, calls numbers on the day; residents wait sitting, by phone or with a slip of paper."""

import re

import pytest
from playwright.sync_api import expect

from .test_axe import problems

pytestmark = pytest.mark.journey
NAMES = ("三条通道", "五条通道")


def plan(page, town, name: str, lanes: str) -> str:
    """Work a plan out and keep it; returns its address."""
    page.goto(town.url("/callouts/sites/new/?template=goods"))
    page.locator("input[name=people]").fill("600")
    page.locator("input[name=lanes]").fill(lanes)
    if page.locator(".dial").count():
        # It follows what is typed, without a button.
        expect(page.locator("#site-outcome .site-verdict")).to_contain_text(f"{lanes} 条通道", timeout=30_000)
    page.locator("input[name=name]").fill(name)
    page.get_by_role("button", name="存下来").click()
    expect(page.locator("h1")).to_have_text(name, timeout=30_000)
    expect(page.locator("main svg.site-svg")).to_have_count(2)
    return page.url


def compare(page, town) -> None:
    """Tick the two plans and look at them side by side."""
    page.goto(town.url("/callouts/sites/"))
    for name in NAMES:
        page.locator("li", has_text=name).first.locator("input[name=pick]").check()
    page.get_by_role("button", name="并排比较").click()
    table = page.locator("table.site-compare")
    expect(table).to_contain_text("一共要多少人手")
    expect(page.locator("main svg.site-svg")).to_have_count(4)


def open_queue(page, plan_address: str) -> dict[str, str]:
    """Open a queue from a plan; the addresses for the entrance, the lanes and the wall."""
    page.goto(plan_address)
    page.get_by_role("link", name="今天开始叫号").click()
    page.get_by_role("button", name="开始叫号").click()
    expect(page.locator("main")).to_contain_text("在叫号")
    links = {
        "wall": page.get_by_role("link", name="墙上的大屏").get_attribute("href"),
        "desk": page.get_by_role("link", name="入口发号").get_attribute("href"),
    }
    for number, link in enumerate(page.get_by_role("link", name="在这台设备上叫号").all()[:2], start=1):
        links[f"lane{number}"] = link.get_attribute("href")
    links["take"] = links["wall"].removesuffix("wall/")
    return links


def close_queue(page, address: str) -> None:
    """End the day."""
    page.goto(address)
    page.locator("details.confirm summary", has_text="收队").click()
    page.locator("details.confirm").get_by_role("button", name="收队").click()
    expect(page.locator("main")).to_contain_text("已收")


def test_from_the_plan_to_the_last_number(visit, town):
    zhi = visit("zhi", phone=False)
    plan(zhi, town, NAMES[0], "3")
    best = plan(zhi, town, NAMES[1], "5")
    compare(zhi, town)
    zhi.goto(best)
    zhi.get_by_role("link", name="按这个方案召集").click()
    zhi.locator("a.template-tile").last.click()
    expect(zhi.locator("main input[value='核对名单']")).to_have_count(1)
    links = open_queue(zhi, best)
    queue = zhi.url

    wu = visit()
    wu.goto(town.url(links["take"]))
    wu.get_by_role("button", name="取号").click()
    slip = wu.locator("#slip")
    expect(slip.locator(".site-number")).to_have_text("1")
    expect(slip).to_contain_text("下一个就是您")
    # Somebody elderly without a phone gets a written number, and goes first.
    desk = visit()
    desk.goto(town.url(links["desk"]))
    desk.get_by_role("button", name="发一个优先号").click()
    expect(desk.locator(".site-given .site-number")).to_have_text("2")
    expect(slip).to_contain_text("前面还有", timeout=30_000)

    wall = visit(phone=False)
    wall.goto(town.url(links["wall"]))
    expect(wall.locator("#wall")).to_contain_text("2 位在等")
    lane = visit()
    lane.goto(town.url(links["lane1"]))
    expect(lane.locator("#lane")).to_contain_text("2 位在等")
    lane.keyboard.press("n")
    expect(lane.locator("#lane .site-number")).to_have_text("2")
    # A wrong tap is taken back, and pressed again.
    lane.get_by_role("button", name="按错了").click()
    expect(lane.locator("#lane .site-number")).to_have_text("—")
    lane.get_by_role("button", name="叫下一位").click()
    expect(lane.locator("#lane .site-number")).to_have_text("2")
    expect(wall.locator("#wall .site-busy")).to_contain_text("2", timeout=30_000)
    other = visit(javascript=False)
    other.goto(town.url(links["lane2"]))
    other.get_by_role("button", name="叫下一位").click()
    expect(other.locator(".site-number")).to_have_text("1")
    expect(slip).to_contain_text("请到 2 号通道", timeout=30_000)
    expect(wall.locator("#wall .site-busy")).to_have_count(2, timeout=30_000)
    other.get_by_role("button", name="办完了，先歇一下").click()
    expect(slip).to_contain_text("谢谢您", timeout=30_000)
    close_queue(zhi, queue)
    expect(wall.locator("#wall")).to_contain_text("今天收了", timeout=30_000)


def test_without_a_script(visit, town):
    gao = visit("gao", javascript=False)
    address = plan(gao, town, "没有脚本", "2")
    links = open_queue(gao, address)
    queue = gao.url
    wu = visit(javascript=False)
    wu.goto(town.url(links["take"]))
    wu.locator("input[name=first]").check()
    wu.get_by_role("button", name="取号").click()
    expect(wu.locator("main")).to_contain_text("优先")
    lane = visit(javascript=False)
    lane.goto(town.url(links["lane1"]))
    lane.get_by_role("button", name="叫下一位").click()
    lane.get_by_role("button", name="没来").click()
    expect(lane.locator("main")).to_contain_text("过号的")
    wu.reload()
    expect(wu.locator("main")).to_contain_text("叫过您的号")
    close_queue(gao, queue)


@pytest.mark.parametrize("view", ["light", "dark", "elder"])
def test_everybody_can_use_these_pages(visit, town, view):
    page = visit("zhi", phone=view != "light", dark=view == "dark", elder=view == "elder")
    name = f"给大家看 {view}"
    pick = re.search(r"/(\d+)/$", plan(page, town, name, "2"))[1]
    other = re.search(r"/(\d+)/$", plan(page, town, f"{name} 二", "3"))[1]
    links = open_queue(page, town.url(f"/callouts/sites/{pick}/"))
    queue = page.url
    anybody = visit(phone=view != "light", dark=view == "dark", elder=view == "elder")
    anybody.goto(town.url(links["take"]))
    anybody.get_by_role("button", name="取号").click()
    anybody.wait_for_url("**/slip/**")
    slip = anybody.url.removeprefix(town.url(""))
    paths = [
        "/callouts/sites/",
        "/callouts/sites/new/",
        f"/callouts/sites/{pick}/",
        "/callouts/queues/",
        "/callouts/queues/new/",
    ]
    paths += [f"/callouts/sites/compare/?pick={pick}&pick={other}", queue.removeprefix(town.url(""))]
    found = [words for path in paths for words in problems(page, town, path)]
    paths = [links["take"], slip, links["desk"], links["lane1"], links["wall"], links["desk"] + "slip/1/"]
    found += [words for path in paths for words in problems(anybody, town, path)]
    close_queue(page, queue)
    assert not found, "\n".join(found)

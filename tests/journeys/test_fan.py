"""The fan: Gao (or Lu) hears of it in a visit, Gao hangs it on the tree, a unit brings it, the wisher smiles, and so does the leaf."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey
FAN = "夏天到了，我想要一个小风扇"


def tell(page, town, words: str) -> str:
    """Write a wish down in a visit; returns the wisher's secret address from the slip."""
    page.goto(town.url("/wishes/new/"))
    page.locator("textarea[name=text]").fill(words)
    page.locator("input[name=kind][value=thing]").check(force=True)
    page.locator("input[name=name]").fill("一位奶奶")
    page.locator("input[name=phone]").fill("13900001234")
    page.locator("input[name=address]").fill("1单元302")
    page.locator("input[name=agreed]").check()
    page.get_by_role("button", name="记下，给他回执").click()
    page.wait_for_url("**/slip/")
    slip = page.locator("article.slip")
    expect(slip).to_contain_text("心愿收到了")
    return slip.locator("p", has_text="/w/").inner_text().strip()


def hang_up(page, town, words: str) -> None:
    """Verify a wish and hang it on the tree in one form."""
    page.goto(town.url("/wishes/?wait=verify"))
    page.get_by_role("link", name=words).click()
    form = page.locator("section.card form")
    expect(form.locator("textarea[name=public_text]")).to_have_value(words)
    form.locator("input[name=alias]").fill("17栋的王奶奶")
    form.locator("input[name=value]").fill("180")
    form.get_by_role("button", name="核实好了").click()
    # What tells whose home it is does not go on the wall; what was typed is still there.
    expect(page.locator("main")).to_contain_text("会让人认出是谁家")
    expect(form.locator("input[name=value]")).to_have_value("180")
    form.locator("input[name=alias]").fill("一位奶奶")
    form.get_by_role("button", name="核实好了").click()
    expect(page.locator("main")).to_contain_text("等人认领")


def bring(page, town, words: str) -> None:
    """Take a wish on for the unit, look who it is for, get in contact and hand it over."""
    page.goto(town.url("/wishes/open/"))
    expect(page.locator("main")).not_to_contain_text("13900001234")
    page.get_by_role("link", name=words).click()
    page.get_by_role("button", name="认领这个心愿").click()
    page.wait_for_url("**/wishes/*/")
    expect(page.locator("main")).not_to_contain_text("13900001234")
    page.get_by_role("button", name="看联系方式").click()
    expect(page.locator("#contact")).to_contain_text("13900001234")
    expect(page.locator("#contact")).to_contain_text("1单元302")
    form = page.locator("section.card form")
    form.locator("textarea[name=text]").fill("明天上午送到，行吗？")
    form.get_by_role("button", name="已经联系上").click()
    expect(page.locator("h2#best")).to_have_text("已经送到")
    form.locator("textarea[name=text]").fill("风扇送到了，试过了，转得很稳")
    form.get_by_role("button", name="已经送到").click()
    expect(page.locator("main .chip").first).to_have_text("已送到")


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without"])
def test_the_fan_comes_and_the_leaf_smiles(visit, town, javascript):
    words = FAN if javascript else "夏天到了，我想要一个落地扇"
    secret = tell(visit("gao" if javascript else "lu", javascript=javascript), town, words)
    wisher = visit(javascript=javascript, elder=True)
    wisher.goto(secret)
    expect(wisher.locator("main")).to_contain_text("心愿收到了")
    hang_up(visit("gao", phone=False, javascript=javascript), town, words)
    bring(visit("wuye", javascript=javascript), town, words)
    wisher.goto(secret)
    expect(wisher.locator("main")).to_contain_text("风扇送到了")
    expect(wisher.locator("main")).to_contain_text("谁看过您的联系方式")
    wisher.locator("form input[name=rating][value=satisfied]").check(force=True)
    wisher.get_by_role("button", name="告诉他们").click()
    expect(wisher.locator("h1")).to_contain_text("心愿实现了")
    # On the tree, and in the list, everybody sees the smile and nobody sees whose it is.
    everybody = visit()
    everybody.goto(town.url(f"/wishes/at/{town.places['community']}/"))
    row = everybody.locator("ul.rows li", has_text=words)
    expect(row).to_contain_text("已实现")
    row.get_by_role("link").click()
    expect(everybody.locator("main")).to_contain_text("物业服务中心实现了这个心愿")
    expect(everybody.locator("main")).not_to_contain_text("13900001234")
    everybody.goto(town.url(f"/tree/{town.places['community']}/"))
    leaf = everybody.locator("main article.wish-row", has_text=words)
    expect(leaf).to_contain_text("已实现")
    expect(leaf.locator("use[href='#face']")).to_have_count(1)


def test_who_comes_too_late_is_offered_another(visit, town):
    words = "想要一把轻便的雨伞"
    tell(visit("lu"), town, words)
    hang_up(visit("gao", phone=False), town, words)
    slow, quick = visit("xu"), visit("wuye")
    for page in (slow, quick):
        page.goto(town.url("/wishes/open/"))
        page.get_by_role("link", name=words).click()
        expect(page.get_by_role("button", name="认领这个心愿")).to_be_visible()
    quick.get_by_role("button", name="认领这个心愿").click()
    quick.wait_for_url("**/wishes/*/")
    slow.get_by_role("button", name="认领这个心愿").click()
    expect(slow.locator("main")).to_contain_text("晚了一步")
    expect(slow.locator("section", has_text="也在等人").locator("ul.rows li").first).to_be_visible()


def test_the_wisher_takes_it_down(visit, town):
    words = "想要一个保温杯"
    secret = tell(visit("lu"), town, words)
    hang_up(visit("gao", phone=False), town, words)
    wisher = visit()
    wisher.goto(secret)
    wisher.locator("summary", has_text="取下这个心愿").click()
    wisher.get_by_role("button", name="取下").click()
    expect(wisher.locator("h1")).to_contain_text("心愿取下了")
    wisher.goto(town.url(f"/wishes/at/{town.places['community']}/"))
    expect(wisher.locator("main")).not_to_contain_text(words)

"""The desk of staff: by keyboard, beside the list, by itself when others act, and without JavaScript."""

import pytest
from playwright.sync_api import expect

from tests.journeys.test_light_on_the_stairs import find_in_list

pytestmark = pytest.mark.journey


def raised(town, words: str) -> None:
    """A call, taken in without the page: so many from one address would be held back there as a flood."""
    town.system.python(
        "import secrets\n"
        "from huying.calls.intake import Intake, raise_call\n"
        "from huying.kernel.scopes import ANONYMOUS\n"
        "from huying.places.models import Place\n"
        f"place = Place.objects.get(tag={town.places['bare']!r})\n"
        f"raise_call(Intake(place=place, text={words!r}, key=secrets.token_hex(16), channel='qr'), by=ANONYMOUS)"
    )


def focused(page) -> str:
    """What has the focus, in words; nothing when it lies on the whole page, which holds every word."""
    return page.evaluate(
        "[document.activeElement].filter((one) => one !== document.body)[0]?.textContent?.trim() ?? ''"
    )


def test_a_call_is_taken_and_answered_by_keyboard_alone(visit, town):
    words = "单元门的闭门器坏了(键盘)"
    raised(town, words)
    zhi = visit("zhi", phone=False)
    zhi.goto(town.url("/today/"))
    link = find_in_list(zhi, words).locator(".row-title")
    for _ in range(100):
        zhi.keyboard.press("j")
        if words in focused(zhi):
            break
        # The module that hears the keys comes a moment after the page.
        zhi.wait_for_timeout(100)
    expect(link).to_be_focused()
    zhi.keyboard.press("Enter")
    panel = zhi.locator("#aside")
    expect(panel.locator("h2")).to_be_focused()
    expect(link).to_have_attribute("aria-current", "true")
    zhi.keyboard.press("a")
    form = panel.locator("form.step-form")
    expect(form.locator("h3")).to_be_focused()
    # From the heading on by Tab: category, class, what next.
    zhi.keyboard.press("Tab")
    zhi.keyboard.press("ArrowDown")
    expect(form.locator("select[name=category]")).not_to_have_value("")
    form.locator("input[value=settle]").focus()
    zhi.keyboard.press("Space")
    form.locator("textarea[name=outcome]").focus()
    zhi.keyboard.type("换好了,门能自己关上")
    form.locator("button[type=submit]").focus()
    zhi.keyboard.press("Enter")
    expect(panel.locator("[role=status]").first).to_contain_text("好了")
    expect(panel).to_contain_text("已办结")
    # Answered, it no longer waits in the list; nothing was loaded anew.
    expect(zhi.locator("#desk", has_text=words)).to_have_count(0)
    zhi.keyboard.press("Escape")
    expect(panel).to_be_empty()
    zhi.keyboard.press("?")
    expect(zhi.locator("[data-keys-help]")).to_have_attribute("open", "")


def test_back_and_forth_and_a_fresh_page_show_the_same(visit, town):
    words = "信箱的锁坏了(后退)"
    raised(town, words)
    zhi = visit("zhi", phone=False)
    zhi.goto(town.url("/calls/?state=raised"))
    find_in_list(zhi, words).locator(".row-title").click()
    panel = zhi.locator("#aside")
    expect(panel).to_contain_text(words)
    zhi.wait_for_url("**/calls/*/?in=list&state=raised")
    zhi.reload()
    expect(panel).to_contain_text(words)
    expect(find_in_list(zhi, words)).to_be_visible()
    zhi.go_back()
    zhi.wait_for_url("**/calls/?state=raised")
    expect(panel).to_be_empty()
    zhi.go_forward()
    expect(panel).to_contain_text(words)


def test_on_a_phone_the_call_takes_the_place_of_the_list(visit, town):
    words = "楼道里有积水(手机)"
    raised(town, words)
    zhi = visit("zhi")
    zhi.goto(town.url("/today/"))
    find_in_list(zhi, words).locator(".row-title").click()
    expect(zhi.locator("#aside")).to_contain_text(words)
    expect(zhi.locator("#desk")).to_be_hidden()
    zhi.locator("#aside [data-close]").click()
    expect(zhi.locator("#desk")).to_be_visible()


def test_what_a_colleague_does_shows_by_itself_and_a_stale_form_says_so(visit, town):
    words = "栏杆松了(两个人)"
    raised(town, words)
    zhi, gao = visit("zhi", phone=False), visit("gao", phone=False)
    for page in (zhi, gao):
        page.goto(town.url("/calls/?state=raised"))
        find_in_list(page, words).locator(".row-title").click()
        expect(page.locator("#aside")).to_contain_text(words)
    # Gao begins to write; Zhi is quicker.
    gao.keyboard.press("a")
    form = gao.locator("form.step-form")
    form.locator("select[name=category]").select_option("danger")
    form.locator("textarea[name=reply]").fill("我马上来看")
    zhi.keyboard.press("a")
    zhi.locator("form.step-form select[name=category]").select_option("property")
    zhi.locator("form.step-form button[type=submit]").click()
    expect(zhi.locator("#aside")).to_contain_text("已受理")
    form.locator("button[type=submit]").click()
    expect(gao.locator("#step [role=alert]").first).to_contain_text("受理")
    expect(form.locator("textarea[name=reply]")).to_have_value("我马上来看")
    # Left alone, an open panel follows what others do.
    gao.locator("#step").get_by_role("link", name="再想想").click()
    expect(gao.locator("#aside")).to_contain_text("已受理")
    zhi.keyboard.press("s")
    expect(gao.locator("#aside")).to_contain_text("办理中")


def test_without_javascript_everything_is_a_page(visit, town):
    words = "门禁不认卡(没有脚本)"
    raised(town, words)
    zhi = visit("zhi", phone=False, javascript=False)
    zhi.goto(town.url("/today/"))
    find_in_list(zhi, words).locator(".row-act a").click()
    form = zhi.locator("form.step-form")
    form.locator("button[type=submit]").click()
    expect(zhi.locator(".field-error").first).to_be_visible()
    form.locator("select[name=category]").select_option("property")
    form.locator("textarea[name=reply]").fill("下午来修")
    form.locator("button[type=submit]").click()
    expect(zhi.locator("#aside")).to_contain_text("下午来修")
    zhi.locator(".step-menu summary").click()
    zhi.locator(".step-menu").get_by_role("link", name="记一笔").click()
    zhi.locator("form.step-form textarea").fill("等配件")
    zhi.locator("form.step-form button[type=submit]").click()
    expect(zhi.locator("#aside")).to_contain_text("等配件")


def test_many_are_picked_by_key_and_done_together(visit, town):
    for n in (1, 2):
        raised(town, f"井盖响(批量{n})")
    zhi = visit("zhi", phone=False)
    zhi.goto(town.url("/calls/?state=raised"))
    for n in (1, 2):
        find_in_list(zhi, f"批量{n}").locator(".row-title").focus()
        zhi.keyboard.press("x")
    expect(zhi.locator("[data-picks-count]")).to_have_text("2")
    zhi.locator(".bulk summary").click()
    zhi.locator(".bulk select[name=category]").select_option("property")
    zhi.locator(".bulk button[value=accept]").click()
    expect(zhi.locator("main")).to_contain_text("2 件办成了")

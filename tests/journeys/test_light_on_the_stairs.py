"""The light on the stairs: resident Lu reports it in the morning, Zhi settles it by afternoon, she confirms."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey
LIGHT = "三楼楼道灯不亮了,晚上看不见台阶"


def report(page, town, words=LIGHT, at="bare") -> str:
    """Three taps from the code to 'received'; returns the secret address."""
    page.goto(town.url(f"/q/{town.places[at]}/"))
    page.locator("textarea[name=text]").fill(words)
    page.get_by_role("button", name="发出去").click()
    page.wait_for_url("**/c/**")
    expect(page.locator("#told")).to_contain_text("收到")
    return page.url.partition("?")[0]


def find_in_list(page, words: str):
    """The row of a call in a staff list."""
    return page.locator("ul.rows li", has_text=words).first


def settle(page, town, words: str, outcome: str) -> None:
    """Accept and answer a call in one form, as the branch secretary does on the spot."""
    page.goto(town.url("/today/"))
    find_in_list(page, words).get_by_role("link").first.click()
    panel = page.locator("#aside")
    expect(panel).to_contain_text(words)
    panel.get_by_role("link", name="受理").or_(panel.get_by_role("button", name="受理")).first.click()
    form = page.locator("form.step-form")
    form.locator("select[name=category]").select_option("lighting")
    form.locator("input[name=then][value=settle]").check(force=True)
    form.locator("textarea[name=outcome]").fill(outcome)
    form.locator("button[type=submit]").first.click()
    expect(panel).to_contain_text("已办结")


def test_with_a_phone_and_an_office_computer(visit, town):
    lu = visit()
    words = f"{LIGHT}(有脚本)"
    report(lu, town, words)
    zhi = visit("zhi", phone=False)
    settle(zhi, town, words, "换了新的声控灯,您再看看")
    # Her page changes by itself.
    expect(lu.locator("#told")).to_contain_text("换了新的声控灯")
    lu.locator("#ask label", has_text="满意").first.click()
    lu.locator("#ask").get_by_role("button", name="告诉他们").click()
    expect(lu.locator("#told")).not_to_contain_text("收到了")
    expect(lu.locator("#line")).to_contain_text("您说办好了")
    # And his list knows it.
    zhi.goto(town.url("/calls/?state=confirmed"))
    expect(find_in_list(zhi, words)).to_be_visible()


def test_the_same_without_javascript(visit, town):
    lu = visit(javascript=False)
    words = f"{LIGHT}(没有脚本)"
    secret = report(lu, town, words)
    zhi = visit("zhi", phone=True, javascript=False)
    settle(zhi, town, words, "灯泡已换新")
    lu.goto(secret)
    expect(lu.locator("#told")).to_contain_text("灯泡已换新")
    lu.locator("#ask input[value=satisfied]").check(force=True)
    lu.get_by_role("button", name="告诉他们").click()
    expect(lu.locator("#line")).to_contain_text("您说办好了")
    assert lu.locator("#ask form").count() == 0


def test_by_keyboard_alone(visit, town):
    lu = visit(phone=False)
    words = f"{LIGHT}(只用键盘)"
    lu.goto(town.url(f"/q/{town.places['bare']}/"))
    lu.keyboard.press("Tab")
    for _ in range(40):
        if lu.evaluate("document.activeElement.name") == "text":
            break
        lu.keyboard.press("Tab")
    lu.keyboard.type(words)
    for _ in range(60):
        if lu.evaluate("document.activeElement.textContent").strip() == "发出去":
            break
        lu.keyboard.press("Tab")
    lu.keyboard.press("Enter")
    lu.wait_for_url("**/c/**")
    zhi = visit("zhi", phone=False)
    zhi.goto(town.url("/today/"))
    for _ in range(200):
        zhi.keyboard.press("j")
        if words in (zhi.evaluate("document.activeElement.closest('li')?.textContent") or ""):
            break
        # The module that hears the keys comes a moment after the page.
        zhi.wait_for_timeout(50)
    zhi.keyboard.press("Enter")
    expect(zhi.locator("#aside")).to_contain_text(words)
    zhi.keyboard.press("a")
    # The title of what was opened has the focus, so that the next Tab is the first field.
    expect(zhi.locator("form.step-form #step-title")).to_be_focused()


def test_in_elder_view(visit, town):
    lu = visit(elder=True)
    report(lu, town, f"{LIGHT}(大字)")
    size = lu.evaluate("parseFloat(getComputedStyle(document.querySelector('#told p, #told blockquote')).fontSize)")
    assert size >= 24  # 18 pt
    small = lu.evaluate(
        """[...document.querySelectorAll('main button, main a.button, main summary, main input:not([type=hidden])')]
        // The field for photos is hidden behind its label, which is the target.
        .filter(e => e.offsetParent && e.type !== 'file' && e.type !== 'radio' && e.type !== 'checkbox')
        .filter(e => { const h = e.getBoundingClientRect().height; return h > 0 && h < 44; })
        .map(e => e.outerHTML.slice(0, 200))"""
    )
    assert not small
    assert lu.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_double_tap_is_one_call(visit, town):
    lu = visit()
    words = f"{LIGHT}(双击)"
    lu.goto(town.url(f"/q/{town.places['bare']}/"))
    lu.locator("textarea[name=text]").fill(words)
    lu.get_by_role("button", name="发出去").dblclick()
    lu.wait_for_url("**/c/**")
    count = town.system.python(
        f"from huying.calls.models import Call; print(Call.objects.filter(text='{words}').count())"
    )
    assert count.strip().endswith("1")


def until_kept(page, words):
    """Waits until the device holds these words (at most as long as any other wait)."""
    for _ in range(300):
        if words in page.evaluate("JSON.stringify({...localStorage})"):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"not kept: {words}")


def test_what_was_typed_is_there_when_the_network_was_not(visit, town):
    lu = visit()
    words = f"{LIGHT}(断网)"
    lu.goto(town.url(f"/q/{town.places['bare']}/"))
    lu.locator("textarea[name=text]").fill(words)
    until_kept(lu, words)
    # What comes after and is followed at once by leaving does not wait for the pause in typing.
    lu.locator("textarea[name=text]").fill(f"{words}还有二楼")
    lu.goto("about:blank")
    lu.goto(town.url(f"/q/{town.places['bare']}/"))
    expect(lu.locator("textarea[name=text]")).to_have_value(f"{words}还有二楼")


def test_what_was_typed_before_a_slow_script_came_is_kept_too(visit, town):
    lu = visit()
    words = f"{LIGHT}(慢)"
    held = []
    lu.route("**/modules/keep*.js", lambda route: held.append(route))
    lu.goto(town.url(f"/q/{town.places['bare']}/"), wait_until="commit")
    lu.locator("textarea[name=text]").fill(words)
    while not held:
        lu.wait_for_timeout(50)
    held.pop().continue_()
    lu.unroute("**/modules/keep*.js")
    until_kept(lu, words)
    lu.goto("about:blank")
    lu.goto(town.url(f"/q/{town.places['bare']}/"))
    expect(lu.locator("textarea[name=text]")).to_have_value(words)


def test_not_done_goes_back_and_the_reason_is_read(visit, town):
    lu = visit()
    words = f"{LIGHT}(又坏了)"
    report(lu, town, words)
    zhi = visit("zhi", phone=False)
    settle(zhi, town, words, "修过了")
    lu.reload()
    expect(lu.locator("#told")).to_contain_text("修过了")
    lu.locator("#ask label", has_text="不满意").first.click()
    again = lu.locator("#ask input[name=again]").first
    if again.get_attribute("type") == "checkbox":
        again.check(force=True)
    else:
        lu.locator("#ask input[name=again][value=yes], #ask input[name=again][value='1']").first.check(force=True)
    lu.locator("#ask textarea[name=text]").fill("晚上又不亮")
    lu.get_by_role("button", name="告诉他们").click()
    zhi.goto(town.url("/today/"))
    find_in_list(zhi, words).get_by_role("link").first.click()
    expect(zhi.locator("#aside")).to_contain_text("晚上又不亮")

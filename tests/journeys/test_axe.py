"""Every page against axe-core (WCAG 2.2 A and AA), in light, dark and elder view; and no page is wider than the phone."""

import datetime as dt
from pathlib import Path

import pytest

pytestmark = pytest.mark.journey
AXE = (Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
RUN = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))
  .violations.map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | ')}`)"""

UNFLOAT = """() => { document.querySelectorAll('body *').forEach(e => {
  if (['fixed', 'sticky'].includes(getComputedStyle(e).position)) e.style.position = 'static'; });
  // What floated now stands in a row with the rest of the head, which would squeeze it: it gets a line of its own.
  document.querySelectorAll('.rail').forEach(e => { e.style.flexWrap = 'wrap'; });
  document.querySelectorAll('.rail > nav').forEach(e => { e.style.flex = '1 0 100%'; }); }"""

PUBLIC = ["/", "/?q=lsxjy", "/q/{door}/", "/q/{door}/where/", "/p/{community}/", "/p/{compound}/", "/figures/{community_pk}/", "/figures/{city_pk}/", "/accounts/login/", "/q/nowhere/", "/nowhere/", "/reportin/board/{community}/", "/reportin/board/{community}/?list=needs&state=posted"]  # fmt: skip
PUBLIC += [
    "/tree/{community}/",
    "/tree/{compound}/",
    "/tree/{community}/hall/",
    "/tree/{community}/sheet/",
    "/tree/{community:.9}/",
]
PUBLIC += ["/wishes/at/{community}/", "/wish/{door}/", "/wish/nowhere/"]
PUBLIC += ["/reportin/at/{community}/", "/reportin/unit/{community}/", "/reportin/member/{compound}/"]
STAFF = {
    "gao": ["/today/", "/calls/", "/calls/?state=raised&state=accepted", "/calls/new/", "/inbox/", "/people/me/", "/figures/{community_pk}/", "/figures/{community_pk}/list/calls/", "/places/{compound_pk}/posters/", "/accounts/2fa/", "/accounts/password/change/", "/reportin/board/{community}/", "/reportin/for-you/", "/reportin/resources/new/", "/reportin/community/{community_pk}/", "/reportin/community/{community_pk}/?show=members"],
    "lu": ["/today/", "/calls/new/", "/reportin/needs/new/"],
    "xu": ["/wishes/open/", "/wishes/mine/"],
    "district": ["/people/second-factor/", "/reportin/"],
    "dangyuan": ["/reportin/me/", "/reportin/me/change/", "/reportin/me/move/?q=lsxjy", "/reportin/me/exempt/", "/reportin/member/{compound}/"],
    "xuexiao": ["/reportin/"],
}  # fmt: skip
STAFF["gao"] += ["/wishes/", "/wishes/?all=1", "/wishes/new/", "/wishes/?state=collected", "/wishes/box/"]
STAFF["gao"] += ["/modes/", "/modes/1/", "/modes/1/report/", "/modes/households/", "/modes/households/new/"]
STAFF["street"] = ["/modes/switch/"]
STAFF["gao"] += ["/callouts/", "/callouts/new/", "/callouts/new/testing/"]
STAFF["xu"] += ["/callouts/"]
PUBLIC += ["/volunteer/{compound}/", "/volunteer/nowhere/", "/verify/", "/verify/0000-1111/"]
STAFF["gao"] += ["/volunteers/", "/volunteers/new/", "/volunteer/{community}/"]
STAFF["lu"] += ["/volunteer/{compound}/"]
STAFF["xu"] += [
    "/me/service/",
    "/me/service/week/",
    "/me/service/change/",
    "/me/service/pause/",
    "/me/service/companions/",
]
STAFF["xu"] += ["/me/service/move/?q=lsxjy", "/me/service/leave/", "/me/service/calendar/", "/me/service/certificate/"]
LAST_YEAR = dt.date.today().year - 1
# The first unit of the demo is the property firm, the first appraisal the one of it.
STAFF["gao"] += [
    "/appraisals/",
    "/appraisals/1/",
    f"/appraisals/unit/1/{LAST_YEAR}/",
    f"/appraisals/unit/1/{LAST_YEAR}-q1/list/call-done/",
    f"/appraisals/by/place-{{community_pk}}/{LAST_YEAR}/?of=members",
    f"/appraisals/by/place-{{community_pk}}/{LAST_YEAR}/unit-1/",
]


def problems(page, town, path: str) -> list[str]:
    """What axe finds on a page, and whether it is wider than its window."""
    page.goto(town.url(path.format(**town.places)))
    page.evaluate(AXE)
    # A bar that floats over a list covers whatever lies below it until one scrolls, which is no smaller target.
    page.evaluate(UNFLOAT)
    found = page.evaluate(RUN)
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
        found.append("the page is wider than its window")
    return [f"{path}: {words}" for words in found]


@pytest.mark.parametrize("view", ["light", "dark", "elder"])
def test_what_everybody_sees(visit, town, view):
    page = visit(dark=view == "dark", elder=view == "elder")
    page.goto(town.url(f"/q/{town.places['door']}/"))
    page.locator("textarea[name=text]").fill("楼道里的灯一闪一闪")
    page.get_by_role("button", name="发出去").click()
    page.wait_for_url("**/c/**")
    follow = page.url.removeprefix(town.url(""))
    found = [words for path in [*PUBLIC, follow] for words in problems(page, town, path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("view", ["light", "dark", "elder"])
@pytest.mark.parametrize("who", STAFF)
def test_what_staff_see(visit, town, who, view):
    page = visit(who, phone=view != "light", dark=view == "dark", elder=view == "elder")
    found = [words for path in STAFF[who] for words in problems(page, town, path)]
    if who == "gao":
        page.goto(town.url("/calls/"))
        call = page.locator("ul.rows li a").first.get_attribute("href").partition("?")[0]
        found += problems(page, town, call)
        for step in ("accept", "assign", "resolve", "decline", "park", "note"):
            page.goto(town.url(f"{call}do/{step}/"))
            if page.locator("form.step-form").count():
                found += problems(page, town, f"{call}do/{step}/")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("view", ["light", "dark", "elder"])
def test_what_stands_behind_the_three_lists(visit, town, view):
    page = visit("gao", phone=view != "light", dark=view == "dark", elder=view == "elder")
    found = []
    for part in ("needs&state=dispatched", "resources", "projects&state=underway", "projects&state=done"):
        page.goto(town.url(f"/reportin/board/{town.places['community']}/?list={part}"))
        path = page.locator(".lcard a").first.get_attribute("href")
        found += problems(page, town, path)
    page.goto(town.url(f"/reportin/board/{town.places['community']}/?list=needs&state=done"))
    slip = page.locator(".lcard a").first.get_attribute("href") + "slip/"
    found += problems(page, town, slip)
    word = page.get_by_role("link", name="在手机上给居民看").get_attribute("href")
    found += problems(page, town, word)
    assert not found, "\n".join(found)


def test_english_is_complete_on_what_residents_see(visit, town):
    page = visit(language="en-US")
    for path in ("/", f"/q/{town.places['door']}/", f"/p/{town.places['community']}/"):
        page.goto(town.url(path))
        words = page.evaluate(
            """() => [...document.querySelectorAll('button, label, h1, h2, h3, legend, summary, .lead, .help, dt, th')]
            .filter(e => !e.closest('li, article, .here, .rows, .words, .quote, .switches, .brand, table td, [lang]:not(html)') && e.offsetParent)
            .map(e => e.textContent.trim()).filter(t => /[\\u4e00-\\u9fff]{2,}/.test(t)).slice(0, 10)"""
        )
        # Names of places stay Chinese, so a heading of nothing else is right.
        rest = [w for w in words if not any(name in w for name in ("骊山", "社区", "家园", "栋", "呼应", "中文"))]
        assert not rest, (path, rest)


@pytest.mark.parametrize("view", ["light", "dark", "elder"])
def test_wishes_one_by_one(visit, town, view):
    """A wish at the desk in each of its states, and a leaf."""
    page = visit("gao", phone=view != "light", dark=view == "dark", elder=view == "elder")
    found = []
    for state in ("collected", "published", "contact", "fulfilled", "confirmed"):
        page.goto(town.url(f"/wishes/?state={state}"))
        address = page.locator("ul.rows li a").first.get_attribute("href")
        found += problems(page, town, address)
        if state != "collected":
            found += problems(page, town, address.replace("/wishes/", "/wishes/leaf/"))
    assert not found, "\n".join(found)

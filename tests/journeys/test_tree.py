"""The wish tree in a browser: it turns and smiles while one looks, on the phone and in the hall; by keys; without JavaScript."""

import json
import re
import secrets

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey

# Long enough for a stream that has to be opened again.
SOON = 25_000
WRITE = """
import json, secrets
from huying.kernel.scopes import link_holder
from huying.people.models import Person
from huying.people.queries import actor_for
from huying.places.models import Place
from huying.wishes import actions
from huying.wishes.actions import Intake
from huying.wishes.models import Wish
gao, xu = (actor_for(Person.objects.get(username=name)) for name in ("gao", "xu"))
def publish(words):
    home = Place.objects.get(name="骊山新家园", kind="compound")
    intake = Intake(place=home, text=words, key=secrets.token_hex(8), channel="head", phone="13800138000", agreed=True)
    wish = actions.collect(intake, by=gao)[0]
    actions.verify(wish, words, "一位奶奶", "thing", by=gao)
    return actions.publish(wish, by=gao)
"""


class Grower:
    """Makes wishes move in the living demo."""

    def __init__(self, town):
        self.town = town
        self.words = f"想要一个风扇{secrets.token_hex(2)}"

    def run(self, code: str) -> str:
        return self.town.system.python(WRITE + code).strip().splitlines()[-1]

    def publish(self) -> int:
        """A new wish hangs on the tree; its number."""
        return json.loads(self.run(f"print(publish({self.words!r}).pk)"))

    def bring(self, pk: int) -> None:
        """Somebody claims it and brings it."""
        self.run(
            f"wish = Wish.objects.get(pk={pk})\nactions.claim(wish, by=xu)\nactions.contact(wish, by=xu)\n"
            "actions.fulfil(wish, by=xu)\nprint(1)"
        )

    def confirm(self, pk: int) -> None:
        """The wisher says that it came true."""
        self.run(f"actions.confirm(Wish.objects.get(pk={pk}), 'satisfied', by=link_holder('wish', {pk}))\nprint(1)")


@pytest.fixture
def grower(town):
    return Grower(town)


def shape(letter: str) -> re.Pattern:
    """The class of a leaf of one shape."""
    return re.compile(rf"^{letter} ")


@pytest.mark.parametrize("where", ["phone", "hall"])
def test_a_wish_turns_to_a_smile_while_the_page_is_open(visit, town, grower, where):
    pk = grower.publish()
    page = visit(phone=where == "phone")
    if where == "hall":
        page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(town.url(f"/tree/{town.places['community']}/{'hall/' if where == 'hall' else ''}"))
    leaf = page.locator(f"#w{pk}")
    expect(leaf).to_have_class(shape("g"))
    at = leaf.get_attribute("transform")
    grower.bring(pk)
    expect(leaf).to_have_class(shape("f"), timeout=SOON)
    grower.confirm(pk)
    expect(leaf).to_have_class(shape("s"), timeout=SOON)
    expect(leaf.locator("use[href='#face']")).to_have_count(1)
    assert leaf.get_attribute("transform") == at, "a leaf stays where it is"
    if where == "hall":
        expect(page.locator(".hall-shown")).to_contain_text(grower.words, timeout=SOON)
        expect(page.locator("#tree-said")).to_contain_text("笑了")
    else:
        expect(page.locator(f"#row-{pk}")).to_contain_text("已实现", timeout=SOON)


def test_a_new_leaf_unfolds_and_one_that_is_taken_down_falls(visit, town, grower):
    page = visit()
    page.goto(town.url(f"/tree/{town.places['community']}/"))
    expect(page.locator("#tree-picture")).to_be_visible()
    pk = grower.publish()
    expect(page.locator(f"#w{pk}")).to_have_count(1, timeout=SOON)
    expect(page.locator("#wish-list")).to_contain_text(grower.words, timeout=SOON)
    grower.run(f"actions.take_down(Wish.objects.get(pk={pk}), by=link_holder('wish', {pk}))\nprint(1)")
    expect(page.locator(f"#w{pk}")).to_have_count(0, timeout=SOON)
    expect(page.locator("#wish-list")).not_to_contain_text(grower.words, timeout=SOON)


def test_by_keys_alone_from_leaf_to_leaf_and_to_the_wish(visit, town, grower):
    grower.publish()
    page = visit(phone=False)
    page.goto(town.url(f"/tree/{town.places['community']}/"))
    tree, card = page.locator("#tree"), page.locator("#tree-card")
    tree.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("a.tree-current")).to_have_count(1)
    expect(card).to_be_visible()
    expect(card.locator("[data-card=words]")).not_to_be_empty()
    page.keyboard.press("Enter")
    go = card.locator("[data-card=go]")
    expect(go).to_be_focused()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(tree).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(go).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/wishes/leaf/\d+/$"))


def test_on_the_phone_one_comes_near_by_buttons_and_opens_a_leaf_by_a_tap(visit, town, grower):
    pk = grower.publish()
    page = visit(phone=True)
    page.goto(town.url(f"/tree/{town.places['community']}/#w{pk}"))
    card = page.locator("#tree-card")
    expect(card).to_contain_text(grower.words)
    card.get_by_role("button", name="关上").tap()
    expect(card).to_be_hidden()
    page.get_by_role("button", name="看整棵树").tap()
    expect(page.locator("#tree")).not_to_have_class(re.compile("tree-close"))
    page.get_by_role("button", name="放大").tap()
    expect(page.locator("#tree")).to_have_class(re.compile("tree-close"))
    page.get_by_role("button", name="看整棵树").tap()
    expect(page.locator("#tree")).not_to_have_class(re.compile("tree-close"))
    page.locator(f"#w{pk}").tap()
    expect(card).to_contain_text(grower.words)
    expect(card.get_by_role("link", name="我来实现")).to_have_attribute("href", f"/wishes/leaf/{pk}/")


def test_two_fingers_come_near_and_one_moves_about(visit, town, grower):
    grower.publish()
    page = visit(phone=True)
    page.goto(town.url(f"/tree/{town.places['community']}/"))
    tree, picture = page.locator("#tree"), page.locator("#tree-picture")
    expect(tree).to_be_visible()
    whole = picture.get_attribute("viewBox")
    box = tree.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    hands = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        hands.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    touch("touchStart", (x - 20, y), (x + 20, y))
    for apart in range(25, 105, 5):
        touch("touchMove", (x - apart, y), (x + apart, y))
    touch("touchEnd")
    expect(tree).to_have_class(re.compile("tree-close"))
    expect(picture).not_to_have_attribute("viewBox", whole)
    near = picture.get_attribute("viewBox")
    touch("touchStart", (x, y))
    for way in range(0, 90, 5):
        touch("touchMove", (x - way, y))
    touch("touchEnd")
    expect(picture).not_to_have_attribute("viewBox", near)
    expect(page.locator("#tree-card")).to_be_hidden()


def test_without_javascript_leaves_are_links_and_the_list_says_all(visit, town, grower):
    pk = grower.publish()
    page = visit(javascript=False)
    page.goto(town.url(f"/tree/{town.places['community']}/?show=open"))
    expect(page.locator(f"#row-{pk}")).to_contain_text(grower.words)
    page.locator(f"#w{pk}").click()
    expect(page).to_have_url(town.url(f"/wishes/leaf/{pk}/"))
    expect(page.locator("h1")).to_contain_text(grower.words)


def test_the_picture_can_be_kept_as_a_png(visit, town, grower):
    grower.publish()
    page = visit(phone=False)
    page.goto(town.url(f"/tree/{town.places['community']}/"))
    with page.expect_download() as kept:
        page.get_by_role("link", name="存成图片").click()
    assert kept.value.suggested_filename.endswith("心愿树.png")
    assert kept.value.path().read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("path", ["", "hall/", "sheet/"])
@pytest.mark.parametrize("view", ["light", "dark", "elder"])
def test_no_page_of_the_tree_is_wider_than_the_phone(visit, town, grower, view, path):
    page = visit(dark=view == "dark", elder=view == "elder")
    page.goto(town.url(f"/tree/{town.places['community']}/{path}"))
    expect(page.locator("#tree-picture")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")

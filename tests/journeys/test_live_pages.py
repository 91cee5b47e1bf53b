"""Pages that change by themselves, in a browser: by the stream, and by asking when the stream is not to be had."""

import contextlib
import secrets

import pytest

from ..running import system
from ..test_live import World

pytestmark = pytest.mark.journey

# A browser's twenty seconds are one here.
HURRY = "const slow = window.setInterval; window.setInterval = (work, ms) => slow(work, ms / 20);"


@pytest.fixture(scope="module")
def world():
    with system() as up, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUYING_TRUSTED_PROXIES", "127.0.0.1")
        yield World(up.move_in().start())


@contextlib.contextmanager
def opened(browser, world, path, *, who=None, blocked=False):
    """A page of its own in the browser; `blocked`: nothing that streams gets through."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    context.add_init_script(HURRY)
    if who:
        context.add_cookies([{"name": "sessionid", "value": world.cookies[who], "url": world.up.url}])
    page = context.new_page()
    if blocked:
        page.route("**/live/**", lambda route: route.abort())
    page.goto(world.up.url + path)
    page.evaluate("window.here = true")
    try:
        yield page
    finally:
        context.close()


def comes(page, words: str) -> bool:
    """Whether the words come to stand on the page without its being loaded anew."""
    page.get_by_text(words).first.wait_for(timeout=15_000)
    return page.evaluate("window.here === true")


@pytest.mark.parametrize("blocked", [False, True], ids=["stream", "asking"])
def test_a_call_comes_to_todays_page_by_itself(browser, world, blocked):
    with opened(browser, world, "/today/", who="lu", blocked=blocked) as page:
        words = f"楼道灯坏了{secrets.token_hex(3)}"
        world.raise_call(text=words)
        assert comes(page, words)


@pytest.mark.parametrize("blocked", [False, True], ids=["stream", "asking"])
def test_the_answer_comes_to_the_residents_page_by_itself(browser, world, blocked):
    from ..test_live import number_of

    path = world.raise_call()
    with opened(browser, world, path, blocked=blocked) as page:
        world.up.python(
            f"""
from huying.calls import actions
from huying.calls.models import Call
from huying.people.models import Person
from huying.people.queries import actor_for
lu = actor_for(Person.objects.get(username="lu"))
actions.settle(Call.objects.get(pk={number_of(path)}), "灯泡换好了", "lighting", by=lu)
"""
        )
        assert comes(page, "灯泡换好了")


def test_the_page_comes_back_to_the_stream_after_a_restart(browser, world):
    with opened(browser, world, "/today/", who="lu") as page:
        with page.expect_response("**/live/today/**", timeout=90_000):
            world.up.stop()
            world.up.start()
        words = f"电梯停了{secrets.token_hex(3)}"
        world.raise_call(text=words)
        assert comes(page, words)


def test_the_hall_comes_back_after_a_restart_and_a_new_leaf_unfolds(browser, world):
    with opened(browser, world, f"/tree/{world.places['community']['code']}/hall/") as page:
        with page.expect_response("**/live/tree/**", timeout=90_000):
            world.up.stop()
            world.up.start()
        pk = world.up.python(
            f"""
import secrets
from huying.people.models import Person
from huying.people.queries import actor_for
from huying.places.models import Place
from huying.wishes import actions
from huying.wishes.actions import Intake
gao = actor_for(Person.objects.get(username="gao"))
intake = Intake(place=Place.objects.get(tag="{world.places["entrance"]["tag"]}"), text="想要一个风扇",
    key=secrets.token_hex(8), channel="head", phone="13800138000", agreed=True)
wish = actions.collect(intake, by=gao)[0]
actions.verify(wish, "想要一个风扇", "一位奶奶", "thing", by=gao)
print(actions.publish(wish, by=gao).pk)
"""
        ).split()[-1]
        page.locator(f"#w{pk}").wait_for(state="attached", timeout=30_000)
        assert page.evaluate("window.here === true")

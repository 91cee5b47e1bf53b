"""A browser on the living demo: pages of residents and staff, by role, with or without JavaScript."""

import contextlib
import json

import pytest

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


class Town:
    """The demo as the journeys use it: addresses of places, logins, the log of what a page complained about."""

    def __init__(self, system):
        self.system = system
        found = system.python(
            "import json\n"
            "from huying.places.models import Place\n"
            "from huying.site.demo import password\n"
            "home = Place.objects.get(name='骊山新家园', kind='compound')\n"
            "house = Place.objects.get(parent=home, name='17栋')\n"
            "door = Place.objects.get(parent=house, name='1单元')\n"
            "bare = Place.objects.filter(parent__parent=home, kind='entrance').exclude(parent__posts__isnull=False).first()\n"
            "print(json.dumps({'compound': home.tag, 'building': house.tag, 'door': door.tag, 'bare': bare.tag,"
            " 'community': home.ancestors().get(kind='community').code, 'community_pk': home.ancestors().get(kind='community').pk,"
            " 'district_pk': home.ancestors().get(kind='district').pk, 'city_pk': home.ancestors().get(kind='city').pk,"
            " 'compound_pk': home.pk, 'password': password()}))"
        )
        self.places = json.loads(found.strip().splitlines()[-1])
        self.password = self.places["password"]

    def url(self, path: str) -> str:
        """An address of the system."""
        return self.system.url + path

    def log_in(self, page, who: str) -> None:
        """Have a page logged in as one of the cast."""
        page.goto(self.url("/accounts/login/"))
        page.locator("input[name=login]").fill(who)
        page.locator("input[name=password]").fill(self.password)
        page.locator("main button[type=submit]").first.click()
        page.wait_for_url(lambda url: "/login/" not in url)


@pytest.fixture(scope="session")
def town(live_huying) -> Town:
    """The demo, ready to be walked through."""
    return Town(live_huying)


@pytest.fixture
def visit(town, browser):
    """Opens pages: `visit('zhi', phone=True)`; every page must stay free of errors in its console."""
    complaints, contexts = [], []

    def open_page(who: str | None = None, *, phone=True, javascript=True, elder=False, dark=False, language="zh-CN"):
        context = browser.new_context(
            viewport=PHONE if phone else DESK,
            java_script_enabled=javascript,
            locale=language,
            color_scheme="dark" if dark else "light",
            has_touch=phone,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        if elder:
            context.add_cookies([{"name": "elder", "value": "1", "url": town.url("/")}])
        page = context.new_page()
        page.on("console", lambda m: complaints.append(f"{page.url}: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        if who:
            town.log_in(page, who)
        return page

    yield open_page
    for context in contexts:
        with contextlib.suppress(Exception):
            context.close()
    # A refused step or form (403, 409, 422) or a page that is not there is told in the console by the browser itself.
    real = [words for words in complaints if not any(f"status of {code}" in words for code in (403, 404, 409, 422))]
    assert not real, real

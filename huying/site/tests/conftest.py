"""A browser and a server for the tests of the modules. No database: the gallery needs none."""

import pytest
from pytest_django.live_server_helper import LiveServer


@pytest.fixture(scope="module")
def gallery_url():
    """Where the gallery is served."""
    from django.conf import settings

    before, settings.DEBUG = settings.DEBUG, True
    server = LiveServer("127.0.0.1")
    yield f"{server.url}/look/gallery"
    server.stop()
    settings.DEBUG = before


@pytest.fixture(scope="module")
def chrome(browser):
    """The one browser of this run: a second one could not be driven from the same thread."""
    return browser


@pytest.fixture
def page(chrome):
    """A fresh page on a phone; what the console calls an error fails the test."""
    context = chrome.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page, wrong = context.new_page(), []
    page.on("console", lambda line: line.type == "error" and wrong.append(line.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.set_default_timeout(8000)
    yield page
    context.close()
    assert not wrong

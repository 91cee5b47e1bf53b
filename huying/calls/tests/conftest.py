import pytest

from huying.calls import flood


@pytest.fixture(autouse=True)
def on_a_quiet_day(settings, tmp_path):
    """Nobody has called before, and photos lie where the test ends with them."""
    settings.MEDIA_ROOT = tmp_path
    flood.forget()
    yield
    flood.forget()


@pytest.fixture
def enter(stage):
    """A browser in which one of the cast is logged in: `enter("gao")`."""
    from django.test import Client

    def go(name: str) -> Client:
        client = Client()
        client.force_login(stage.persons[name])
        return client

    return go

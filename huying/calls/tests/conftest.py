import pytest

from huying.calls import flood


@pytest.fixture(autouse=True)
def on_a_quiet_day(settings, tmp_path):
    """Nobody has called before, and photos lie where the test ends with them."""
    settings.MEDIA_ROOT = tmp_path
    flood.forget()
    yield
    flood.forget()

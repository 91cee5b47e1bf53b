"""The demo goes into an empty installation only, and a load that was cut short is finished by the next start."""

import pytest

from huying.people.models import Person
from huying.site import demo
from huying.site.cli import running
from huying.site.config import data_dir

pytestmark = pytest.mark.django_db


@pytest.fixture
def loads(monkeypatch):
    """How often the demo was loaded; the first load is cut short."""
    done = []

    def load(progress):
        done.append(True)
        Person.objects.get_or_create(username="lu", defaults={"name": "芦楼长"})
        progress(1, 2, "people")
        if len(done) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(demo, "load", load)
    yield done
    (data_dir() / "demo.unfinished").unlink(missing_ok=True)


def test_a_load_that_was_cut_short_is_finished_and_then_left_alone(loads):
    with pytest.raises(KeyboardInterrupt):
        running.load_demo()
    assert running.load_demo() is True
    assert running.load_demo() is False
    assert len(loads) == 2


def test_people_who_are_there_keep_the_demo_out(loads):
    Person.objects.create(username="real", name="真社工")
    assert running.load_demo() is False
    assert loads == []

"""An installation without anybody: the first operator comes from the command line."""

import pytest
from click.testing import CliRunner

from huying.people.models import Person
from huying.people.queries import actor_for, is_operator
from huying.people.tests.cast import make_stage


@pytest.fixture
def run(db, monkeypatch):
    import contextlib

    from huying.site.cli import care

    monkeypatch.setattr(care, "installation", contextlib.nullcontext)
    return lambda *words: CliRunner().invoke(care.operator, ["add", *words])


def test_the_first_operator_gets_a_link_and_the_post(run, client):
    make_stage()
    done = run("wang", "王工", "--place", "610115")
    assert done.exit_code == 0, done.output
    assert is_operator(actor_for(Person.objects.get(username="wang")))
    path = done.output.strip().removeprefix("http://127.0.0.1:8000")
    client.post(path, {"password": "mingtian-haotianqi", "again": "mingtian-haotianqi"})
    assert Person.objects.get(username="wang").check_password("mingtian-haotianqi")


def test_an_unknown_place_is_said_in_words_and_makes_nobody(run):
    failed = run("wang", "王工", "--place", "9999")
    assert failed.exit_code == 1 and "no place with the code '9999'" in failed.output
    assert not Person.objects.exists()

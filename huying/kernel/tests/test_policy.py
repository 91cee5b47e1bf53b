"""Policy: numbers as data, overridden by a deployment, and a typing error is told in words at start."""

import shutil
from types import SimpleNamespace

import pytest

from huying.kernel import policy
from huying.kernel.policy import PolicyError, load, policies_can_be_read

DEFAULTS = """
days = 7
share = 0.5
open = true
names = ["a", "b"]
opening = "09:00"
[class.usual]
days = 7
[class.urgent]
hours = 2
[extra]
"""


@pytest.fixture
def toy(tmp_path, settings, monkeypatch):
    """A package with a policy, and a deployment that overrides it: `toy(text)` writes the override."""
    package, data = tmp_path / "pkg", tmp_path / "data"
    (package / "policy").mkdir(parents=True)
    (data / "policy").mkdir(parents=True)
    (package / "policy" / "numbers.toml").write_text(DEFAULTS)
    settings.HUYING_DATA = data
    found = SimpleNamespace(submodule_search_locations=[str(package)])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: found if name == "huying.toy" else None)

    def override(text):
        (data / "policy" / "toy.toml").write_text(text)
        policy.reload()

    policy.reload()
    override.package = package
    return override


def test_defaults_are_read_and_cannot_be_changed_by_a_caller(toy):
    values = load("toy")
    assert (values["days"], values["class"]["urgent"]["hours"], values["names"]) == (7, 2, ("a", "b"))
    with pytest.raises(TypeError):
        values["class"]["urgent"]["hours"] = 3


def test_an_override_goes_deep_and_leaves_the_rest(toy):
    toy('days = 5\nshare = 1\nnames = ["c"]\n[class.usual]\ndays = 9')
    values = load("toy")
    assert (values["days"], values["share"], values["names"]) == (5, 1, ("c",))
    assert (values["class"]["usual"]["days"], values["class"]["urgent"]["hours"]) == (9, 2)


def test_a_list_by_name_and_an_empty_table_can_be_added_to(toy):
    toy('[class.rare]\ndays = 30\n[extra]\nnote = "x"')
    assert load("toy")["class"]["rare"]["days"] == 30
    assert load("toy")["extra"]["note"] == "x"


def test_it_is_read_once_until_told(toy):
    assert load("toy") is load("toy")
    toy("days = 5")
    assert load("toy")["days"] == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dayz = 5", "there is no 'dayz'; known here: class, days"),
        ("[class.usual]\nhours = 5", "there is no 'class.usual.hours'"),
        ('days = "7"', "'days' must be a number, not a text"),
        ("days = true", "'days' must be a number, not true or false"),
        ("open = 1", "'open' must be true or false, not a number"),
        ("class = 5", "'class' must be a table, not a number"),
        ("names = [1]", "'names' is a list of a text"),
        ("opening = 09:00:00", "'opening' must be a text, not a date or time"),
        ("days = ", "toy.toml: "),
    ],
)
def test_what_is_wrong_is_named_with_file_and_key(toy, text, words):
    toy(text)
    with pytest.raises(PolicyError) as error:
        load("toy")
    assert "toy.toml" in str(error.value)
    assert words in str(error.value)


def test_a_key_in_two_files_is_an_error(toy):
    shutil.copy(toy.package / "policy" / "numbers.toml", toy.package / "policy" / "other.toml")
    policy.reload()
    with pytest.raises(PolicyError, match="stands in another file"):
        load("toy")


def test_a_package_that_does_not_exist_is_an_error():
    with pytest.raises(PolicyError, match="there is no package"):
        load("nothing")


def test_every_policy_of_the_system_is_sound():
    assert policies_can_be_read() == []


def test_the_system_does_not_start_with_a_bad_policy(settings, tmp_path):
    settings.HUYING_DATA = tmp_path
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "kernel.toml").write_text("[calendar]\nopenning = '08:00'")
    (tmp_path / "policy" / "kernal.toml").write_text("")
    policy.reload()
    errors = policies_can_be_read()
    assert [error.id for error in errors] == ["kernel.E002", "kernel.E003"]
    assert "calendar.openning" in errors[0].msg
    assert "kernal" in errors[1].msg

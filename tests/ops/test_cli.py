"""The console command: every command explains itself, and says in words what went wrong."""

import click
import pytest
from click.testing import CliRunner

from huying.site.cli import COMMANDS, main

ASKED_FOR = {
    "up", "serve", "work", "migrate", "demo", "import divisions", "import calls", "posters", "audit verify",
    "token create", "doctor",
}  # fmt: skip


def walk(group=main, path=()):
    """Every command with its whole name."""
    context = click.Context(group)
    for name in COMMANDS if group is main else group.list_commands(context):
        command = group.get_command(context, name)
        yield " ".join((*path, name)), command
        if isinstance(command, click.Group):
            yield from walk(command, (*path, name))


ALL = dict(walk())


def test_the_commands_of_the_manual_exist():
    assert set(ALL) >= ASKED_FOR


@pytest.mark.parametrize("name", ALL)
def test_help_has_an_example_that_names_the_command(name):
    shown = CliRunner().invoke(main, [*name.split(), "--help"])
    assert shown.exit_code == 0
    example = shown.output.split("Example:")[1]
    assert f"huying {name}" in example.replace("huying work", "huying worker") or f"huying {name}" in example


def test_an_unknown_command_is_told():
    shown = CliRunner().invoke(main, ["fly"])
    assert shown.exit_code == 2
    assert "No such command 'fly'" in shown.output


def test_a_port_out_of_range_is_told():
    shown = CliRunner().invoke(main, ["up", "--port", "70000"])
    assert shown.exit_code == 2
    assert "70000" in shown.output

"""The console command `huying`. Each command imports what it needs when it runs, so that `--help` is quick."""

from importlib import import_module

import click

from huying import __version__

# Command -> module of huying.site.cli that holds it.
COMMANDS = {
    "up": "running",
    "serve": "running",
    "work": "running",
    "worker": "running",
    "prepare": "running",
    "migrate": "data",
    "demo": "data",
    "import": "data",
    "posters": "data",
    "messages": "data",
    "audit": "care",
    "keys": "care",
    "token": "care",
    "operator": "care",
    "doctor": "care",
}
HIDDEN = {"worker", "prepare", "messages"}


class Lazy(click.Group):
    """A group whose commands are imported when they are named."""

    def list_commands(self, context):
        return [name for name in COMMANDS if name not in HIDDEN]

    def get_command(self, context, name):
        if name not in COMMANDS:
            return None
        return import_module(f"huying.site.cli.{COMMANDS[name]}").COMMANDS[name]


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="huying")
def main():
    """Huying (呼应): residents call, the nearest answer, everyone sees.

    Its things lie in HUYING_DATA (default ~/.local/share/huying), the embedded database among them. DATABASE_URL
    makes it use any PostgreSQL from version 15 on instead.

    \b
    Example:
      huying up --demo        start everything, with the demo neighbourhoods
      huying doctor           say what is wrong with this installation and how to mend it
    """

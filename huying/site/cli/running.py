"""Commands that run the system: up, serve, work; `prepare` is what `up` does before."""

import os
import signal
import sys
import threading

import click

from huying.site.cli.common import Bar, database_up, installation, set_up_django
from huying.site.config import data_dir

HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
PORT = click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port.")


@click.command()
@HOST
@PORT
@click.option("--demo", is_flag=True, help="Load the demo neighbourhoods if this installation is empty.")
def up(host, port, demo):
    """Start everything: database, web pages and worker; Ctrl-C stops it all.

    What dies is started again. Residents' links are made from HUYING_BASE_URL; behind a proxy or on another host
    set it, and HUYING_HOSTS.

    \b
    Example:
      huying up --demo
      HUYING_BASE_URL=https://huying.example.cn HUYING_HOSTS=huying.example.cn huying up --port 8080
    """
    from huying.site.supervise import Supervisor

    sys.exit(Supervisor(host, port, demo).run())


@click.command()
@HOST
@PORT
@click.option(
    "--processes",
    type=click.IntRange(1),
    default=lambda: min(4, os.cpu_count() or 1),
    envvar="HUYING_PROCESSES",
    show_default="one for each processor, at most 4",
    help="Web processes.",
)
def serve(host, port, processes):
    """Serve the web pages only; `huying work` must run beside it.

    \b
    Example:
      DATABASE_URL=postgresql://huying@db/huying huying serve --host 0.0.0.0 --processes 2
    """
    from huying.site.supervise import refuse_busy_port
    from huying.site.web import run

    refuse_busy_port(host, port)
    with database_up():
        run(host, port, processes)


@click.command()
def work():
    """Run the worker only: timers, jobs, and the readers of the event log.

    \b
    Example:
      DATABASE_URL=postgresql://huying@db/huying huying work
    """
    with database_up():
        set_up_django()
        from huying.site.worker import run

        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        code = run(stop)
    sys.exit(code)


@click.command(hidden=True)
@click.option("--demo", is_flag=True)
def prepare(demo):
    """Bring the tables, the translations and the static files up to date; what `up` does first.

    \b
    Example:
      huying prepare
    """
    with installation():
        from huying.site import readiness

        readiness.refuse_old_database()
        readiness.migrate(click.echo)
        readiness.collect_static(click.echo)
        if demo and not load_demo() and not logins():
            click.echo(OCCUPIED)
        show_logins()


OCCUPIED = "This installation already has people in it, so the demo was not loaded."


def load_demo() -> bool:
    """Load the demo into an empty installation, or go on where a load was cut short; whether it was loaded."""
    from huying.people.models import Person
    from huying.site import demo

    unfinished = data_dir() / "demo.unfinished"
    if Person.objects.exists() and not unfinished.exists():
        return False
    unfinished.touch()
    with Bar("Loading the demo") as bar:
        demo.load(bar)
    unfinished.unlink()
    return True


def logins() -> list[tuple[str, str, str]]:
    """(username, password, who) of the demo's cast, if this installation holds the demo."""
    from huying.site import demo

    return demo.logins()


def show_logins() -> None:
    """Print who of the demo can log in, if anybody."""
    cast = logins()
    if cast:
        click.echo("Log in at /accounts/login/ as one of the demo's cast:")
        for username, password, who in cast:
            click.echo(f"  {username:<12} {password:<16} {who}")


COMMANDS = {"up": up, "serve": serve, "work": work, "worker": work, "prepare": prepare}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huying.site.settings")

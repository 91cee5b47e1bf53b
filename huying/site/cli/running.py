"""Commands that run the system: up, serve, work; `prepare` is what `up` does before."""

import os
import signal
import sys
import threading

import click

from huying.site.cli.common import Bar, Trouble, database_up, installation, later, set_up_django

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
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1), help="Web processes.")
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
        if demo:
            load_demo()
        show_logins()


def load_demo() -> bool:
    """Load the demo into an empty installation; whether it was loaded."""
    from huying.people.models import Person

    if Person.objects.exists():
        click.echo("This installation already has people in it: the demo was not loaded.")
        return False
    load = later("huying.site.demo.load")
    with Bar("Loading the demo") as bar:
        load(bar)
    return True


def show_logins() -> None:
    """Who of the demo can log in, if this installation holds the demo."""
    try:
        logins = later("huying.site.demo.logins")()
    except Trouble:
        return
    if logins:
        click.echo("Log in at /accounts/login/ as one of the demo's cast:")
        for username, password, who in logins:
            click.echo(f"  {username:<12} {password:<16} {who}")


COMMANDS = {"up": up, "serve": serve, "work": work, "worker": work, "prepare": prepare}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huying.site.settings")

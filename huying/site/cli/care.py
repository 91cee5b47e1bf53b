"""Commands for whoever looks after an installation: doctor, audit, token."""

import click

from huying.site.cli.common import Bar, Trouble, installation


@click.command()
def doctor():
    """Check this installation, say what is wrong and how to mend it; exit code 1 when something is.

    Changes nothing and starts nothing.

    \b
    Example:
      huying doctor
    """
    from huying.site.doctor import examine

    signs = {"good": ("ok  ", "green"), "odd": ("note", "yellow"), "bad": ("BAD ", "red")}
    bad = 0
    for finding in examine():
        sign, colour = signs[finding.state]
        click.echo(f"{click.style(sign, fg=colour)}  {finding.words}")
        if finding.mend:
            click.echo(f"        → {finding.mend}")
        bad += finding.state == "bad"
    click.echo("Everything is in order." if not bad else f"{bad} {'thing is' if bad == 1 else 'things are'} wrong.")
    raise SystemExit(1 if bad else 0)


@click.group()
def audit():
    """Prove that the event log is whole.

    \b
    Example:
      huying audit verify
    """


@audit.command()
@click.option("--root", "roots", multiple=True, metavar="NUMBER:ROOT", help="A root printed earlier; repeatable.")
def verify(roots):
    """Recompute every seal of the event log: nothing was altered, nothing removed; exit code 1 otherwise.

    Write the newest root down somewhere else; given with --root later, it proves that the log was not made anew.

    \b
    Example:
      huying audit verify
      huying audit verify --root 12:9f86d081884c7d65…
    """
    with installation():
        from huying.kernel import log_verify

        try:
            with Bar("Events", unit="event") as bar:
                report = log_verify.verify(bar, roots=list(roots))
        except ValueError as error:
            raise Trouble(str(error)) from error
    click.echo(str(report))
    raise SystemExit(0 if report.ok else 1)


@audit.command("advance-ids")
def advance_ids():
    """After a restore into another server: bring its transaction counter past the log, so that readers go on.

    Stop web and worker first. About 100,000 ids a second; `huying doctor` says how many are missing.

    \b
    Example:
      huying audit advance-ids
    """
    with installation():
        from huying.kernel import log_health

        with Bar("Transaction ids", unit="id") as bar:
            used = log_health.advance_ids(bar)
    click.echo(
        f"{used:,} transaction ids were used up; the log and the server are in step." if used else "Nothing to do."
    )


@click.group()
def token():
    """Tokens for programs that use the JSON API.

    \b
    Example:
      huying token create --person gao --scope calls:read --name counter
    """


@token.command()
@click.option("--person", required=True, help="Username of the person the token acts for.")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do, e.g. calls:read; repeatable.")
@click.option("--name", required=True, help="What it is for, shown in the list of tokens.")
@click.option("--days", type=click.IntRange(0), default=365, show_default=True, help="Until it expires; 0: never.")
def create(person, scopes, name, days):
    """Create a token and print it; it is shown this once only.

    \b
    Example:
      huying token create --person gao --scope calls:read --scope calls:write --name "front desk"
    """
    with installation():
        from huying.people.models import Person
        from huying.people.tokens import create_token

        holder = Person.objects.filter(username=person).first()
        if holder is None:
            raise Trouble(f"there is no person with the username {person!r}")
        made = create_token(holder, list(scopes), name, days=days or None)
    click.echo(made)


@click.group()
def operator():
    """Whoever runs this installation; the first one has nobody to appoint them.

    \b
    Example:
      huying operator add wang 王工 --place 610115
    """


@operator.command("add")
@click.argument("username")
@click.argument("name")
@click.option("--place", required=True, help="Code of the city, district or province that this installation serves.")
def add_operator(username, name, place):
    """Give somebody a login and the post of operator, and print the link that opens it (once, within three days).

    NAME is what others see: a surname and a role.

    \b
    Example:
      huying operator add wang 王工 --place 6101
    """
    with installation():
        from huying.kernel.scopes import SYSTEM
        from huying.people import actions, queries
        from huying.people.rules import Role
        from huying.places.models import Place

        stands = Place.objects.current().filter(code=place).first()
        if stands is None:
            raise Trouble(f"there is no place with the code {place!r}; bring places in with: huying import divisions")
        new = {"username": username, "name": name}
        post = actions.appoint_newcomer(new, Role.OPERATOR, stands, by=SYSTEM)
        click.echo(queries.welcome_link(post.person))


@click.group()
def keys():
    """The key of sealed names and phones.

    \b
    Example:
      huying keys reseal
    """


@keys.command()
def reseal():
    """After a change of the seal key: seal every name and phone again with the new one; exit code 1 when one stays shut.

    Set HUYING_SEAL_KEYS_OLD to the former key first. May be stopped and run again, also while the system is in use; once
    nothing is left, the former key can be destroyed.

    \b
    Example:
      HUYING_SEAL_KEYS_OLD=… huying keys reseal
    """
    with installation():
        from huying.kernel import resealing

        with Bar("Rows", unit="row") as bar:
            result = resealing.reseal(bar)
    click.echo(f"{result.done:,} values were sealed anew.")
    if result.shut:
        raise Trouble(f"{result.shut:,} values are sealed with a key that is not here; they stay as they are")


COMMANDS = {"doctor": doctor, "keys": keys, "audit": audit, "token": token, "operator": operator}

"""The clock of modes: note what is over, make the report, erase what was gathered. Rights end by time without it."""

from huying.kernel.jobs import job, periodic
from huying.modes import actions, households, report
from huying.modes.models import Mode


@job
def end_what_is_over() -> None:
    """Note the modes whose time is over; enqueued for the very moment."""
    actions.expire_due()


@periodic("* * * * *")
def watch_the_clock() -> None:
    """The same each minute, should a worker have been down at the moment."""
    actions.expire_due()


@job
def make_report(mode: int) -> None:
    """Make the report of a mode that has ended, once."""
    report.store(Mode.objects.get(pk=mode))


@periodic("25 3 * * *")
def erase_households() -> int:
    """Delete the households whose day has come; returns how many."""
    return households.erase_what_is_due()

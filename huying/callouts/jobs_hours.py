"""The clock of hours: forgotten check-outs, hours that were shown long enough, times that are kept no longer."""

from huying.callouts.actions import hours
from huying.kernel.jobs import periodic


@periodic("*/5 * * * *")
def end_forgotten_shifts() -> int:
    """Set the end of the post where somebody forgot to check out."""
    return hours.end_forgotten()


@periodic("*/10 * * * *")
def count_hours() -> int:
    """Count the hours that were shown long enough."""
    return hours.count_due()


@periodic("20 6 * * *")
def show_unconfirmed_hours() -> int:
    """Show what was measured where no organiser confirmed it in time."""
    return hours.confirm_late()


@periodic("20 3 * * *")
def forget_check_in_times() -> int:
    """Erase the exact times of check-ins that are kept no longer."""
    return hours.forget_times()

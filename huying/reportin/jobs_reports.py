"""What report-in of units and members does by itself at night."""

from huying.kernel.jobs import periodic
from huying.reportin.actions.exemptions import erase_ended
from huying.reportin.actions.members import end_of_the_gone
from huying.reportin.people_lists import erase_what_is_due


@periodic("23 3 * * *")
def erase_names_of_slips() -> int:
    """Erase what lists and slips say of people once their time is over."""
    return erase_what_is_due()


@periodic("29 3 * * *")
def erase_reasons() -> int:
    """Erase the reasons of exemptions that have ended."""
    return erase_ended()


@periodic("31 3 * * *")
def end_registrations_of_the_gone() -> int:
    """End the registrations of those whose login is closed."""
    return end_of_the_gone()

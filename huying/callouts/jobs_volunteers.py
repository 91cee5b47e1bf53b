"""What volunteers' registrations do by themselves at night."""

from huying.callouts.actions import parting, proofs
from huying.kernel.jobs import periodic


@periodic("40 8 * * *")
def remind_of_ending_proofs() -> int:
    """Tell those whose proof of a skill soon runs out, in the morning."""
    return proofs.remind_of_proofs()


@periodic("33 3 * * *")
def end_volunteers_of_closed_logins() -> int:
    """End the registrations of those whose login is closed."""
    return parting.end_of_the_gone()


@periodic("37 3 * * *")
def forget_volunteers_who_left() -> int:
    """Erase what is kept no longer of those who left."""
    return parting.forget_the_left()

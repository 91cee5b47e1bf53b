"""The word to units when a quarter is over, and deleting what was kept long enough."""

from django.utils import timezone

from huying.appraisals import actions, rules
from huying.kernel import jobs


@jobs.periodic("20 8 1-7 1,4,7,10 *")
def tell_units() -> None:
    """In the first days after a quarter; nobody is told twice."""
    actions.tell_quarter(rules.quarter_of(timezone.localdate()).before())


@jobs.periodic("41 3 * * *")
def erase() -> None:
    """At night."""
    actions.erase_old(timezone.localdate())

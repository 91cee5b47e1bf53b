"""What appraisals hears of others: every fact on what somebody took on or did changes the record."""

from huying.appraisals.record import KINDS, make, threads_of
from huying.kernel.models import Event
from huying.kernel.readers import reader


@reader("appraisals.deeds", kinds=KINDS, whole=True, batch=500)
def keep_deeds(events: list[Event]) -> None:
    """Make the deeds of all matters in a batch anew, from all that the log says of them."""
    make(threads_of(events))

"""What boards hears of others: every fact about a call changes its case."""

from huying.boards.cases import make
from huying.kernel.models import Event
from huying.kernel.readers import reader


@reader("boards.cases", kinds=("calls.*",), whole=True, batch=1000)
def keep_cases(events: list[Event]) -> None:
    """Make the cases of all calls in a batch anew, from all that the log says of them."""
    make({event.subject_id for event in events if event.subject_type == "call"})

"""What notify hears: every event that somebody is told of, and those that leave by the webhook."""

from huying.kernel import jobs
from huying.kernel.models import Event
from huying.kernel.readers import reader
from huying.notify.actions import write_messages
from huying.notify.models import State


@reader(
    "notify.messages", kinds=("calls.*", "people.*", "wishes.*", "reportin.*", "appraisals.*"), whole=True, batch=500
)
def tell(events: list[Event]) -> None:
    """Write the messages of a batch; sending is the job's business, since a reader must be quick."""
    if any(message.state == State.WAITING for message in write_messages(events)):
        # Sent within a second or so instead of with the next minute.
        jobs.enqueue(jobs.JOBS["notify.deliver_now"], key="notify.deliver")

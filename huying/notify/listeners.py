"""What notify hears: every event that somebody is told of, and those that leave by the webhook."""

from huying.kernel import jobs
from huying.kernel.models import Event
from huying.kernel.readers import reader
from huying.notify import rules
from huying.notify.actions import write_messages
from huying.notify.crowds import AT_ONCE, tell_crowd
from huying.notify.models import State

# Whoever is told by the crowd is told by a reader of its own, which is not held up by the others.
HEARD = ("calls.*", "callouts.*", "people.*", "wishes.*", "reportin.*", "appraisals.*")


@reader("notify.messages", kinds=HEARD, whole=True, batch=500)
def tell(events: list[Event]) -> None:
    """Write the messages of a batch; sending is the job's business, since a reader must be quick."""
    if any(message.state == State.WAITING for message in write_messages(events)):
        # Sent within a second or so instead of with the next minute.
        jobs.enqueue(jobs.JOBS["notify.deliver_now"], key="notify.deliver")


@reader("notify.crowds", kinds=rules.CROWDS, batch=20)
def tell_many(event: Event) -> None:
    """Tell a crowd of an event: a small one at once, a large one by a job, since a reader must be quick."""
    if event.facts.get("count", 0) <= AT_ONCE:
        tell_crowd(event)
    else:
        jobs.enqueue(jobs.JOBS["notify.tell_a_crowd"], key=f"notify.crowd:{event.id}", event=event.id)

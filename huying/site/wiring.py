"""What joins the contexts: each pair of an event of one and a reaction of another stands here, and nowhere else."""

from huying.calls import actions as calls
from huying.calls import events as of_calls
from huying.calls.intake import Intake, raise_call
from huying.calls.models import Call
from huying.kernel.models import Event
from huying.kernel.readers import reader
from huying.kernel.scopes import SYSTEM, Actor
from huying.people.models import Person
from huying.people.queries import actor_for
from huying.wishes import actions as wishes
from huying.wishes import events as of_wishes
from huying.wishes.models import Wish

# How a wish came → how the call that it becomes came.
_CHANNELS = {"page": "qr", "head": "head", "counter": "counter", "box": "counter", "call": "counter"}


@reader("site.wish_becomes_call", kinds=(of_wishes.BECOMES_CALL,))
def raise_what_was_wished(event: Event) -> None:
    """A wish that is really a public matter is raised as a call: once, whatever happens (the key is the event's)."""
    wish = Wish.objects.select_related("place").filter(pk=event.subject_id).first()
    if wish is None:
        return
    intake = Intake(
        place=wish.place,
        text=wish.text,
        key=f"wish-event-{event.pk}",
        channel=_CHANNELS[wish.channel],
        made_up=wish.made_up,
        extra={"wish": wish.pk},
    )
    call, _new = raise_call(intake, by=_who(event))
    wishes.link_call(wish.pk, call.pk)
    calls.link_wish(call.pk, wish.pk)


@reader("site.call_becomes_wish", kinds=(of_calls.DECLINED,))
def collect_what_was_raised(event: Event) -> None:
    """A call that is really a small wish is collected as one; the caller is reached through their call."""
    if event.facts.get("guided") != "wish":
        return
    call = Call.objects.select_related("place").filter(pk=event.subject_id).first()
    if call is None or call.wish_number is not None:
        return
    intake = wishes.Intake(
        place=call.place,
        text=call.text[:300],
        key=f"call-event-{event.pk}",
        channel="call",
        through_writer=True,
        call_number=call.pk,
        made_up=call.made_up,
        facts={"call": call.pk},
    )
    wish, _new = wishes.collect(intake, by=_who(event))
    calls.link_wish(call.pk, wish.pk)


def _who(event: Event) -> Actor:
    """Whoever took the step, as they are today; the system when they have left."""
    person = Person.objects.filter(pk=event.actor_id).first() if event.actor_id else None
    actor = actor_for(person) if person else SYSTEM
    return actor if actor.is_person else SYSTEM

"""Writing messages for a batch of events, sending what leaves the house, and trying again."""

import datetime as dt
from collections.abc import Iterable

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts.models import Asked
from huying.calls.models import Call
from huying.kernel.errors import Forbidden, StepRefused
from huying.kernel.models import Event
from huying.kernel.policy import load
from huying.kernel.scopes import Actor
from huying.notify import channels, rules
from huying.notify.channels import Failed
from huying.notify.models import Channel, Message, Seen, State
from huying.notify.queries import Ground, ground_of, link_of, recipients
from huying.people.models import Person
from huying.people.queries import is_operator
from huying.wishes.models import Wish

log = structlog.get_logger(__name__)

# While one worker sends a message, no other takes it up.
LEASE = dt.timedelta(minutes=5)
# A person who may not have a way to be texted: a landline takes no text message.
_MOBILE = "1"


def write_messages(events: Iterable[Event]) -> list[Message]:
    """Write the messages of a batch of events; those of the past and those written before are left out."""
    policy = load("notify")
    fresh = timezone.now() - dt.timedelta(hours=policy["fresh_hours"])
    events = [e for e in events if e.at >= fresh and e.facts.get("channel") != "import"]
    ground = ground_of(events)
    sms, webhook = _ways()
    persons = _with_phones(events, ground, policy) if sms else set()
    messages = []
    for event in events:
        told = recipients(event, ground)
        messages += [_message(event, Channel.INBOX, to_person_id=person) for person in told]
        if sms:
            if policy["sms"]["staff"].get(event.kind):
                messages += [_message(event, Channel.SMS, to_person_id=p) for p in told if p in persons]
            identity = _resident_of(event, ground, policy)
            if identity is not None:
                messages.append(_message(event, Channel.SMS, to_identity_id=identity))
        if webhook and rules.wanted(event.kind, policy["webhook_kinds"]):
            messages.append(_message(event, Channel.WEBHOOK))
    return Message.objects.bulk_create(messages, ignore_conflicts=True)


def _ways() -> tuple[bool, bool]:
    """Whether text messages and the webhook are set up; what is set up wrongly is said in the worker's log."""
    ways = []
    for name, configured in (("sms", channels.configured_sms), ("webhook", channels.configured_webhook)):
        try:
            ways.append(configured() is not None)
        except ValueError as error:
            log.error("channel_misconfigured", channel=name, reason=str(error))
            ways.append(False)
    return ways[0], ways[1]


def _with_phones(events: list[Event], ground: Ground, policy) -> set[int]:
    """The staff among the recipients who have left a phone."""
    told = {p for e in events if policy["sms"]["staff"].get(e.kind) for p in recipients(e, ground)}
    return set(Person.objects.filter(pk__in=told, phone_sealed__isnull=False).values_list("pk", flat=True))


def _resident_of(event: Event, ground: Ground, policy) -> int | None:
    """The identity whose holder is texted about an event, if there is one with a phone."""
    if not policy["sms"]["resident"].get(event.kind):
        return None
    subject: Call | Wish | None = ground.calls.get(event.subject_id) if event.subject_type == "call" else None
    if event.subject_type == "wish":
        subject = Wish.objects.select_related("identity").filter(pk=event.subject_id).first()
    if subject is None or subject.identity is None:
        return None
    return subject.identity_id if subject.identity.phone_sealed is not None else None


def _message(event: Event, channel: str, **to) -> Message:
    by = event.actor_id if event.actor_kind in ("person", "token") else None
    params = {"by": by, "place": event.place_id}
    params |= {key: event.facts[key] for key in ("owner", "unit", "role", "callout") if event.facts.get(key)}
    inside = channel == Channel.INBOX
    return Message(
        event_id=event.id,
        kind=event.kind,
        channel=channel,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        params={key: value for key, value in params.items() if value is not None},
        state=State.SENT if inside else State.WAITING,
        next_at=None if inside else timezone.now(),
        at=event.at,
        sent_at=event.at if inside else None,
        **to,
    )


def deliver_due(limit: int = 200) -> int:
    """Send what waits and is due; returns how many were sent. A message sent in the moment of a crash is sent again."""
    sent = 0
    for _number in range(limit):
        message = _claim()
        if message is None:
            break
        try:
            _send(message)
        except Failed as failure:
            _put_off(message, failure)
        except Exception as error:
            # A fault of our own must not stop the messages behind it.
            log.exception("message_not_sent", message=message.pk)
            _put_off(message, Failed(type(error).__name__))
        else:
            Message.objects.filter(pk=message.pk).update(
                state=State.SENT, sent_at=timezone.now(), next_at=None, trouble=""
            )
            sent += 1
    return sent


def _claim() -> Message | None:
    """Take the next due message for five minutes, in a short transaction: sending must not hold one open."""
    now = timezone.now()
    with transaction.atomic():
        message = (
            Message.objects.select_for_update(skip_locked=True)
            .filter(state=State.WAITING, next_at__lte=now)
            .order_by("next_at", "id")
            .first()
        )
        if message is not None:
            message.attempts += 1
            message.next_at = now + LEASE
            message.save(update_fields=["attempts", "next_at"])
    return message


def _put_off(message: Message, failure: Failed) -> None:
    wait = None if failure.for_good else rules.wait_after(message.attempts, load("notify")["retry_minutes"])
    state = State.WAITING if wait else State.GIVEN_UP
    next_at = timezone.now() + wait if wait else None
    Message.objects.filter(pk=message.pk).update(state=state, next_at=next_at, trouble=failure.code)


def _send(message: Message) -> None:
    """Send one message by its channel, or raise Failed. Here, and only here, a phone is opened to be dialled."""
    if message.channel == Channel.WEBHOOK:
        webhook = channels.configured_webhook()
        event = Event.objects.filter(pk=message.event_id).first()
        if webhook is None or event is None:
            raise Failed("not_configured", for_good=True)
        webhook.send(
            {
                "id": event.id,
                "kind": event.kind,
                "at": event.at.isoformat(),
                "subject": {"type": event.subject_type, "id": event.subject_id},
                "place": event.place_id,
                "facts": event.facts,
            }
        )
        return
    service = channels.configured_sms()
    audience = "staff" if message.to_person_id else "resident"
    template = load("notify")["sms"][audience].get(message.kind, "")
    holder = message.to_person or message.to_identity
    subject = _subject_of(message)
    if service is None or not template or holder is None or holder.phone_sealed is None or subject is None:
        raise Failed("nothing_to_send", for_good=True)
    phone = holder.phone_sealed.open()
    if not phone.startswith(_MOBILE):
        raise Failed("landline", for_good=True)
    number = subject.callout_id if isinstance(subject, Asked) else subject.number
    linked = audience == "resident" or isinstance(subject, Asked)
    params = {"number": number, "link": link_of(subject) if linked else number}
    service.send(phone, template, params, reference=str(message.pk))


def _subject_of(message: Message) -> Call | Wish | Asked | None:
    """What a text message is about; of a call-out, the question to that person with the link to answer it."""
    if message.subject_type == "call":
        return Call.objects.filter(pk=message.subject_id).first()
    if message.subject_type == "wish":
        return Wish.objects.filter(pk=message.subject_id).first()
    callout = message.subject_id if message.subject_type == "callout" else message.params.get("callout")
    if callout is None:
        return None
    return Asked.objects.filter(callout_id=callout, person_id=message.to_person_id).first()


def send_again(message: Message, *, by: Actor) -> None:
    """Take up a message that was given up, from the first attempt on."""
    if not is_operator(by):
        raise Forbidden(_("只有系统管理员可以重发。"))
    changed = Message.objects.filter(pk=message.pk, state=State.GIVEN_UP).update(
        state=State.WAITING, attempts=0, next_at=timezone.now(), trouble=""
    )
    if not changed:
        raise StepRefused(_("这一条不用重发。"), code="not_given_up")


def look(actor: Actor, up_to: int) -> None:
    """Move the person's own badge up to a message; never back."""
    if actor.id is None:
        return
    seen, made = Seen.objects.get_or_create(person_id=actor.id, defaults={"message_id": up_to})
    if not made and seen.message_id < up_to:
        Seen.objects.filter(person_id=actor.id, message_id__lt=up_to).update(message_id=up_to)


def forget_old(days: int | None = None) -> int:
    """Delete the messages that are older than policy keeps them; returns how many."""
    old = timezone.now() - dt.timedelta(days=days or load("notify")["keep_days"])
    return Message.objects.filter(at__lt=old).exclude(state=State.WAITING).delete()[0]

"""To whom an event is told, and what an inbox shows. A batch of events costs a handful of queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from huying.callouts.models import Asked, Callout
from huying.calls import rules as calls
from huying.calls.models import Call
from huying.calls.queries_rows import place_names, where
from huying.directory.models import Seat, Unit
from huying.kernel.ltree import ancestors_of
from huying.kernel.models import Event
from huying.kernel.scopes import Actor
from huying.notify import rules
from huying.notify.models import Message, Seen
from huying.people.models import Person, Post
from huying.people.rules import Role
from huying.places.models import Place
from huying.reportin.models import Offer
from huying.wishes.models import Wish
from huying.wishes.queries import earlier_claimants

# Kind of subject → the page that a message about it opens; a package's page answers 404 to whoever may not see it.
PAGES: dict[str, str] = {
    "appraisal": "appraisals:entry",
    "callout": "callout-detail",
    "certificate": "certificate-open",
    "member": "reportin:receipt",
    "mode": "modes:mode",
    "need": "reportin:need",
    "project": "reportin:project",
    "unit": "appraisals:latest",
    "unitreport": "reportin:report",
    "volunteer": "volunteer-open",
    "wish": "wish-detail",
}
# The badge counts no further; a long list is a long list.
MOST_COUNTED = 99


@dataclass
class Ground:
    """All that the recipients of a batch are found in."""

    calls: dict[int, Call]
    # The paths of the places that other events speak of, by id.
    paths: dict[int, str] = field(default_factory=dict)
    # (role, path) → the persons who hold it there
    posts: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    seats: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    # (need, version) → the persons to whom it was shown then
    offered: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    # wish → the persons who have claimed one in its community before
    earlier: dict[int, set[int]] = field(default_factory=dict)
    # call-out → who posted it
    posters: dict[int, int] = field(default_factory=dict)


def ground_of(events: Iterable[Event]) -> Ground:
    """Load what the batch speaks of: four queries at most."""
    events = list(events)
    ids = {event.subject_id for event in events if event.subject_type == "call"}
    found = Call.objects.select_related("identity").in_bulk(ids) if ids else {}
    places = {event.place_id for event in events if "community" in rules.AUDIENCE.get(event.kind, ())}
    ground = Ground(found, dict(Place.objects.filter(pk__in=places).values_list("pk", "path")) if places else {})
    paths = {path for call in found.values() for path in (call.path, *ancestors_of(call.path))}
    paths |= {path for own in ground.paths.values() for path in (own, *ancestors_of(own))}
    if paths:
        posts = Post.objects.current().filter(place__path__in=paths, role__in=calls.HANDLERS, person__is_active=True)
        for role, path, person in posts.values_list("role", "place__path", "person_id"):
            ground.posts[role, path].append(person)
    units = {call.unit_id for call in found.values()} | {event.facts.get("unit") for event in events}
    shown = [event for event in events if "offered" in rules.AUDIENCE.get(event.kind, ())]
    for event in shown:
        units |= set(event.facts.get("units", ()))
    units.discard(None)
    if shown:
        offers = Offer.objects.filter(need_id__in={event.subject_id for event in shown}, person__is_active=True)
        for need, batch, person in offers.values_list("need_id", "batch", "person_id"):
            ground.offered[need, batch].append(person)
    late = {event.facts.get("callout") for event in events if "organiser" in rules.AUDIENCE.get(event.kind, ())}
    if late:
        ground.posters.update(Callout.objects.filter(pk__in=late - {None}).values_list("pk", "posted_by_id"))
    again = {event.subject_id for event in events if "earlier" in rules.AUDIENCE.get(event.kind, ())}
    if again:
        ground.earlier.update(earlier_claimants(again))
    if units:
        day = timezone.localdate()
        seats = Seat.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=day),
            valid_from__lte=day,
            unit_id__in=units,
            person__is_active=True,
        )
        for unit, person in seats.values_list("unit_id", "person_id"):
            ground.seats[unit].append(person)
    return ground


def recipients(event: Event, ground: Ground) -> list[int]:
    """The persons who are told of an event in their inbox, whoever did it left out; smallest id first."""
    audience = rules.AUDIENCE.get(event.kind, ())
    told: set[int] = set()
    if "person" in audience:
        told.add(event.facts.get("person") or (event.subject_id if event.subject_type == "person" else None))
    if "answered" in audience:
        told.add(event.facts.get("to"))
    call = ground.calls.get(event.subject_id) if event.subject_type == "call" else None
    if call is not None:
        for role in audience:
            told |= _towards(role, event, call, ground)
    elif event.subject_type != "call":
        if "unit" in audience:
            told |= set(ground.seats.get(event.facts.get("unit"), ()))
        if "community" in audience:
            told |= _of_community(event, ground)
        told |= {event.facts.get(role) for role in ("poster", "holder") if role in audience}
        told |= _of_callout(audience, event, ground)
        if "earlier" in audience:
            told |= ground.earlier.get(event.subject_id, set())
        if "offered" in audience:
            told |= set(ground.offered.get((event.subject_id, event.facts.get("version", 0)), ()))
            told |= {person for unit in event.facts.get("units", ()) for person in ground.seats.get(unit, ())}
    return sorted(told - {None, event.actor_id})


def _of_callout(audience: tuple[str, ...], event: Event, ground: Ground) -> set:
    """Those whom something about one sign-up concerns: the one who signed up, or whoever posted the call-out."""
    told = set()
    # Behind a link somebody acts for themselves, though no login is known.
    by_other = event.actor_kind == "person" and event.actor_id != event.facts.get("person")
    if ("placed" in audience and by_other) or ("alone" in audience and not event.facts.get("whole")):
        told.add(event.facts.get("person"))
    if "organiser" in audience and event.facts.get("late"):
        told.add(ground.posters.get(event.facts.get("callout")))
    return told


def _of_community(event: Event, ground: Ground) -> set[int]:
    """The workers and secretaries of the community where the event was."""
    own = ground.paths.get(event.place_id, "")
    return {
        person
        for path in (own, *ancestors_of(own))
        for role in (Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY)
        for person in ground.posts.get((role, path), ())
    }


def _towards(role: str, event: Event, call: Call, ground: Ground) -> set:
    """The persons who stand in a relation to a call."""
    if role == "owner":
        return {event.facts.get("owner") or call.owner_id}
    if role == "answerer":
        return {call.resolved_by_id}
    if role in ("unit", "assist"):
        unit = event.facts.get("unit") if role == "assist" else call.unit_id or event.facts.get("unit")
        return set(ground.seats.get(unit, ()))
    if role == "desk":
        # A late event is read against the present: what was taken meanwhile is offered to nobody.
        if event.kind == "calls.raised" and call.state != calls.RAISED:
            return set()
        return _at_level(event.facts.get("level") or call.level, call, ground)
    if role == "above":
        above = calls.level_above(call.level)
        return _at_level(above, call, ground) if above else set()
    return _deciders(call, ground)


def _at_level(level: str, call: Call, ground: Ground) -> set[int]:
    own = [role for role, at in calls.LEVEL_OF_ROLE.items() if at == level]
    paths = [call.path, *ancestors_of(call.path)]
    return {person for role in own for path in paths for person in ground.posts.get((role, path), ())}


def _deciders(call: Call, ground: Ground) -> set[int]:
    """The nearest of those who decide: the community's secretary, else the street, and so on."""
    for path in [call.path, *reversed(ancestors_of(call.path))]:
        found = {person for role in calls.DECIDERS for person in ground.posts.get((role, path), ())}
        if found:
            return found
    return set()


def unread(actor: Actor) -> int:
    """How many messages came since the person last looked at their inbox, counted to 99."""
    seen = Seen.objects.filter(person_id=actor.id).values("message_id")[:1]
    up_to = next((row["message_id"] for row in seen), 0)
    return Message.objects.visible_to(actor).filter(id__gt=up_to)[:MOST_COUNTED].count()


@dataclass
class Line:
    """A message with what its words are made of."""

    message: Message
    new: bool
    values: dict
    href: str = ""
    call: Call | None = None


def inbox(actor: Actor, *, before: int | None = None, limit: int = 30) -> tuple[list[Line], bool]:
    """A page of the inbox, newest first, and whether there is more: six queries however many lines."""
    mine = Message.objects.visible_to(actor)
    if before is not None:
        mine = mine.filter(id__lt=before)
    messages = list(mine.order_by("-id")[: limit + 1])
    more = len(messages) > limit
    messages = messages[:limit]
    seen = Seen.objects.filter(person_id=actor.id).first()
    up_to = seen.message_id if seen else 0
    return _with_values(messages, actor, up_to), more


def _with_values(messages: list[Message], actor: Actor, up_to: int) -> list[Line]:
    call_ids = {m.subject_id for m in messages if m.subject_type == "call"}
    # Whoever may no longer open a call reads that something was, and nothing of it.
    found = Call.objects.visible_to(actor).in_bulk(call_ids) if call_ids else {}
    people = {m.params.get("by") for m in messages} | {m.params.get("owner") for m in messages}
    units = {m.params.get("unit") for m in messages} - {None}
    places = {m.params.get("place") for m in messages} - {None}
    names = dict(Person.objects.filter(pk__in=people - {None}).values_list("pk", "name"))
    unit_names = dict(Unit.objects.filter(pk__in=units).values_list("pk", "name")) if units else {}
    paths = dict(Place.objects.filter(pk__in=places).values_list("pk", "path")) if places else {}
    above = place_names(paths.values())
    callouts = {m.subject_id if m.subject_type == "callout" else m.params.get("callout") for m in messages} - {None}
    # Whoever may no longer see a call-out reads that there was one.
    titles = (
        dict(Callout.objects.visible_to(actor).filter(pk__in=callouts).values_list("pk", "title")) if callouts else {}
    )
    lines = []
    for message in messages:
        call = found.get(message.subject_id) if message.subject_type == "call" else None
        params = message.params
        values = {
            "who": names.get(params.get("by"), ""),
            "owner": names.get(params.get("owner"), ""),
            "unit": unit_names.get(params.get("unit"), ""),
            "place": where(paths[params["place"]], above) if params.get("place") in paths else "",
            "role": params.get("role", ""),
            "number": call.number if call else "",
            "title": titles.get(message.subject_id if message.subject_type == "callout" else params.get("callout"), ""),
        }
        if message.subject_type == "call":
            href = reverse("call-detail", args=[call.pk]) if call else reverse("inbox")
        elif params.get("callout"):
            href = reverse("callout-detail", args=[params["callout"]])
        elif message.subject_type in PAGES:
            href = reverse(PAGES[message.subject_type], args=[message.subject_id])
        else:
            href = reverse("people:me")
        lines.append(Line(message, message.pk > up_to, values, href, call))
    return lines


def link_of(subject: Call | Wish | Asked) -> str:
    """The own link of whoever is texted: to a call, to a wish, to the answer to a call-out."""
    page = (
        "callout-link" if isinstance(subject, Asked) else "wish-follow" if isinstance(subject, Wish) else "call-follow"
    )
    return settings.BASE_URL + reverse(page, args=[subject.secret])

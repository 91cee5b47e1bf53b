"""From events to deeds: fold the events of a matter, oldest first, into the moments of those who had a part in it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from huying.appraisals import rules
from huying.appraisals.models import Deed
from huying.calls import events as calls
from huying.kernel.models import Event
from huying.places.models import Place
from huying.reportin import events as reportin
from huying.wishes import events as wishes

TAKEN = (wishes.CLAIMED, wishes.JOINED, reportin.NEED_CLAIMED, reportin.HELPER_JOINED, calls.ASSIGNED)
DONE = (wishes.FULFILLED, reportin.PROJECT_DONE, calls.RESOLVED)
CONFIRMED = (wishes.CONFIRMED, reportin.PROJECT_CROSSED_OFF, calls.CONFIRMED)
# What was done is to be done once more: it does not count twice.
AGAIN = (wishes.REOFFERED, reportin.PROJECT_REOPENED, calls.REOPENED, calls.REFERRED)
# Those in which the same people go on.
ON_AGAIN = (reportin.PROJECT_REOPENED, calls.REOPENED)
# How what was taken on ends without being done.
ENDS = {
    wishes.RELEASED: rules.GIVEN_BACK,
    wishes.LAPSED: rules.LAPSED,
    wishes.TAKEN_DOWN: rules.WITHDRAWN,
    wishes.BECOMES_CALL: rules.WITHDRAWN,
    wishes.REOFFERED: rules.SENT_ON,
    reportin.NEED_RELEASED: rules.GIVEN_BACK,
    reportin.NEED_WITHDRAWN: rules.WITHDRAWN,
    reportin.PROJECT_STOPPED: rules.WITHDRAWN,
    calls.RETURNED: rules.GIVEN_BACK,
    calls.DISPUTE_UPHELD: rules.GIVEN_BACK,
    calls.ESCALATED: rules.SENT_ON,
    calls.MERGED: rules.WITHDRAWN,
    calls.WITHDRAWN: rules.WITHDRAWN,
    calls.DECLINED: rules.WITHDRAWN,
}
# How what was done stands when no smile came.
WORDS_ON_IT = {
    wishes.CLOSED: rules.NO_WORD,
    wishes.TAKEN_DOWN: rules.NO_WORD,
    calls.CLOSED: rules.NOT_CONTENT,
    calls.LAPSED: rules.NO_WORD,
    calls.WITHDRAWN: rules.NO_WORD,
}
SILENT = (rules.NO_WORD, rules.NOT_CONTENT)
# A registration ends, or the person says or is told that they are of another unit, or of none.
ENDED = (reportin.MEMBER_MOVED, reportin.MEMBER_LEFT, reportin.MEMBER_UNLINKED)
MEMBERS = (reportin.MEMBER_REGISTERED, reportin.MEMBER_CHANGED, *ENDED)
KINDS = tuple(dict.fromkeys((*TAKEN, *DONE, *CONFIRMED, *AGAIN, *ENDS, *WORDS_ON_IT, *MEMBERS, reportin.HELPER_LEFT)))
FAMILY = {"wish": rules.WISH, "need": rules.NEED, "project": rules.NEED, "call": rules.CALL, "member": rules.REPORT}


@dataclass
class Part:
    """Somebody's part in a matter: who took it on, for which unit, with which claim, and how it stands."""

    person: int | None
    unit: int | None
    claim: int | None
    taken: Deed
    done: Deed | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still being worked on."""
        return self.taken.outcome == rules.UNDERWAY


def _who(event: Event) -> int | None:
    """The person of an event; calls are a unit's affair, whoever of it wrote the answer."""
    if event.subject_type == "call":
        return None
    by = event.actor_id if event.actor_kind in ("person", "token") else None
    return event.facts.get("person") or by


def _claim(event: Event) -> int | None:
    """The claim of a wish, or the project that a need became: what is put down ends for all who are in it."""
    own = event.subject_id if event.subject_type == "project" else None
    return event.facts.get("claim") or event.facts.get("project") or own


def fold(thread: str, events: Iterable[Event]) -> list[Deed]:
    """The deeds of one matter (a wish, a need with its project, a call), unsaved; its events by id."""
    parts: list[Part] = []
    deeds: list[Deed] = []

    def write(event: Event, stage: str, person: int | None, unit: int | None) -> Deed:
        deed = Deed(
            event_id=event.id,
            family=FAMILY[event.subject_type],
            stage=stage,
            outcome=rules.UNDERWAY,
            at=event.at,
            person_id=person,
            unit_id=unit,
            subject_type=event.subject_type,
            subject_id=event.subject_id,
            thread=thread,
            place_id=event.place_id,
        )
        deeds.append(deed)
        return deed

    def stands(deed: Deed, outcome: str, event: Event) -> None:
        """How a deed stands from this event on; a period that was over by then is told as it was."""
        deed.outcome, deed.until = outcome, None if outcome == rules.UNDERWAY else event.at

    def take(event: Event) -> None:
        person, unit = _who(event), event.facts.get("unit") or None
        if event.kind == calls.ASSIGNED:
            # Sent to another unit: the one before has it no longer.
            for part in parts:
                if part.is_open:
                    stands(part.taken, rules.SENT_ON, event)
        deed = write(event, rules.TAKEN, person, unit)
        parts.append(Part(person, unit, _claim(event), deed))

    for event in events:
        if event.kind in TAKEN:
            take(event)
            continue
        if event.kind in DONE:
            for part in parts:
                if part.is_open:
                    stands(part.taken, rules.FINISHED, event)
                    part.done = write(event, rules.DONE, part.person, part.unit)
        waiting = [part for part in parts if part.done is not None and part.done.outcome == rules.UNDERWAY]
        if event.kind in CONFIRMED:
            # The smile may come after all, when nobody waited for it any more.
            late = [part for part in parts if part.done is not None and part.done.outcome in SILENT]
            for part in (*waiting, *late):
                stands(part.done, rules.FINISHED, event)
                write(event, rules.CONFIRMED, part.person, part.unit).outcome = rules.FINISHED
        elif event.kind in AGAIN:
            for part in waiting:
                stands(part.done, rules.AGAIN, event)
                if event.kind in ON_AGAIN:
                    stands(part.taken, rules.UNDERWAY, event)
        elif event.kind in WORDS_ON_IT:
            for part in waiting:
                stands(part.done, WORDS_ON_IT[event.kind], event)
        if event.kind in ENDS:
            claim = _claim(event)
            for part in parts:
                if part.is_open and part.claim in (None, claim or part.claim):
                    stands(part.taken, ENDS[event.kind], event)
        if event.kind == reportin.HELPER_LEFT:
            for part in parts:
                if part.is_open and part.person == _who(event):
                    stands(part.taken, rules.GIVEN_BACK, event)
    return deeds


def fold_member(thread: str, events: Iterable[Event]) -> list[Deed]:
    """The spells of one registration: from when until when a person was a member of which unit."""
    spells: list[Deed] = []
    for event in events:
        unit = event.facts.get("unit") or None
        now = spells[-1] if spells and spells[-1].until is None else None
        if now is not None and (event.kind in ENDED or (event.kind == reportin.MEMBER_CHANGED and unit != now.unit_id)):
            now.until, now.outcome = event.at, rules.LEFT
            now = None
        if now is None and event.kind not in ENDED:
            spells.append(
                Deed(
                    event_id=event.id,
                    family=rules.REPORT,
                    stage=rules.JOINED,
                    outcome=rules.UNDERWAY,
                    at=event.at,
                    person_id=_who(event),
                    unit_id=unit,
                    subject_type=event.subject_type,
                    subject_id=event.subject_id,
                    thread=thread,
                    place_id=event.place_id,
                )
            )
    return spells


def threads_of(events: Iterable[Event]) -> set[str]:
    """The matters that a batch of events speaks of, each as 'type:id'; a project belongs to its need."""
    found = set()
    for event in events:
        if event.subject_type == "project":
            found.add(_thread_of_project(event))
        elif event.subject_type in FAMILY:
            found.add(f"{event.subject_type}:{event.subject_id}")
    return found


def _thread_of_project(event: Event) -> str:
    need = event.facts.get("need")
    return f"need:{need}" if need else f"project:{event.subject_id}"


def _events_of(thread: str) -> list[Event]:
    kind, _colon, pk = thread.partition(":")
    found = list(Event.objects.filter(subject_type=kind, subject_id=int(pk), kind__in=KINDS))
    projects = {event.facts["project"] for event in found if event.facts.get("project")}
    if projects:
        found += Event.objects.filter(subject_type="project", subject_id__in=projects, kind__in=KINDS)
    return sorted(found, key=lambda event: event.id)


def make(threads: Iterable[str]) -> None:
    """Make the deeds of these matters anew; a second time changes nothing. Members first: others ask whose they were."""
    for thread in sorted(threads, key=lambda name: (not name.startswith("member:"), name)):
        events = _events_of(thread)
        deeds = fold_member(thread, events) if thread.startswith("member:") else fold(thread, events)
        # What is nobody's is nobody's deed.
        deeds = [deed for deed in deeds if deed.person_id or deed.unit_id]
        paths = dict(Place.objects.filter(pk__in={d.place_id for d in deeds} - {None}).values_list("pk", "path"))
        for deed in deeds:
            deed.path = paths.get(deed.place_id)
            if deed.unit_id is None and deed.person_id and deed.family != rules.REPORT:
                deed.unit_id = unit_of(deed.person_id, deed.at)
                deed.as_member = deed.unit_id is not None
        with transaction.atomic():
            Deed.objects.filter(thread=thread).delete()
            Deed.objects.bulk_create(deeds)


def unit_of(person: int, at) -> int | None:
    """The unit that a person was a registered member of at a moment, as the log says."""
    spells = Deed.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at), family=rules.REPORT, person_id=person, at__lte=at
    )
    return spells.exclude(unit=None).order_by("-at").values_list("unit_id", flat=True).first()


__all__ = ["KINDS", "fold", "fold_member", "make", "threads_of", "unit_of"]

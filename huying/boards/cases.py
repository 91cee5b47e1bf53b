"""From events to cases: fold the events of a call, oldest first, into one row."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from huying.boards.models import Case
from huying.calls import events as facts_of
from huying.calls.catalogue import numbers
from huying.calls.models import Call
from huying.kernel.models import Event

# The state after an event, where it has one; events that are not named leave the state.
STATE_AFTER = {
    facts_of.RAISED: "raised",
    facts_of.ACCEPTED: "accepted",
    facts_of.SETTLED: "resolved",
    facts_of.DECLINED: "declined",
    facts_of.ASSIGNED: "assigned",
    facts_of.STARTED: "underway",
    facts_of.RETURNED: "accepted",
    facts_of.DISPUTE_UPHELD: "accepted",
    facts_of.PARKED: "parked",
    facts_of.UNPARKED: "underway",
    facts_of.RESOLVED: "resolved",
    facts_of.MERGED: "merged",
    facts_of.UNMERGED: "raised",
    facts_of.WITHDRAWN: "withdrawn",
    facts_of.CONFIRMED: "confirmed",
    facts_of.CLOSED: "closed",
    facts_of.LAPSED: "closed",
    facts_of.REOPENED: "accepted",
    facts_of.REFERRED: "referred",
}
_FIELDS = [field.attname for field in Case._meta.concrete_fields if field.attname != "call_id"]


def fold(events: Iterable[Event], urgency: str = "usual") -> dict:
    """The values of a case from the events of one call, oldest first; `urgency` where no event names it."""
    case = {
        "state": "raised",
        "channel": "",
        "category": "",
        "urgency": urgency,
        "accepted_at": None,
        "contacted_at": None,
        "due_at": None,
        "resolved_at": None,
        "unreached": False,
        "guided": "",
        "rating": "",
        "assigned": 0,
        "returned": 0,
        "answers": 0,
        "reopened": 0,
    }
    for event in events:
        kind, facts = event.kind, event.facts
        case["state"] = STATE_AFTER.get(kind, case["state"])
        for name in ("channel", "category", "urgency", "guided"):
            if facts.get(name):
                case[name] = facts[name]
        if "due" in facts:
            case["due_at"] = dt.datetime.fromisoformat(facts["due"])
        if kind == facts_of.RAISED:
            case["raised_at"] = event.at
        elif kind in (facts_of.ACCEPTED, facts_of.SETTLED):
            case["accepted_at"] = event.at
        if (
            kind == facts_of.CONTACTED
            or kind == facts_of.DECLINED
            or (kind == facts_of.SETTLED and facts.get("contacted"))
        ):
            case["contacted_at"] = case["contacted_at"] or event.at
        elif kind == facts_of.UNREACHED:
            case["unreached"] = True
        elif kind == facts_of.ASSIGNED:
            case["assigned"] += 1
        elif kind in (facts_of.RETURNED, facts_of.DISPUTE_UPHELD):
            case["returned"] += 1
        if kind in (facts_of.RESOLVED, facts_of.SETTLED):
            case["resolved_at"] = event.at
            case["answers"] += 1
            case["rating"] = ""
        elif kind in (facts_of.CONFIRMED, facts_of.CLOSED):
            case["rating"] = facts.get("rating", "")
        elif kind in (facts_of.REOPENED, facts_of.REFERRED):
            case["rating"] = "not"
            case["reopened"] += 1
            if kind == facts_of.REOPENED:
                case["resolved_at"] = None
    if case["contacted_at"]:
        # Somebody who was reached in the end is not 'unreachable'.
        case["unreached"] = False
    hours = numbers()["response"][case["urgency"]]
    case["respond_by"] = case["raised_at"] + dt.timedelta(hours=hours)
    return case


def make(ids: Iterable[int]) -> None:
    """Make the cases of these calls anew; a second time changes nothing."""
    ids = list(ids)
    of = defaultdict(list)
    for event in Event.objects.filter(subject_type="call", subject_id__in=ids).order_by("subject_id", "id"):
        of[event.subject_id].append(event)
    rows = Call.objects.filter(pk__in=of).values_list("pk", "path", "community_id", "urgency")
    Case.objects.bulk_create(
        [
            Case(call_id=pk, path=path, community_id=community, **fold(of[pk], urgency))
            for pk, path, community, urgency in rows
            if of[pk][0].kind == facts_of.RAISED
        ],
        update_conflicts=True,
        unique_fields=["call"],
        update_fields=_FIELDS,
    )

"""The shapes of the JSON API. No name, phone or door number ever leaves through them."""

import datetime as dt
from typing import Literal

from django.conf import settings
from ninja import Schema
from pydantic import ConfigDict, Field

from huying.calls import rules
from huying.calls.models import Call
from huying.calls.workflow import CALL
from huying.kernel.scopes import Actor

StepName = Literal[
    "accept", "settle", "decline", "make_wish", "offer_up", "take", "hand_over", "assign", "escalate", "send_down", "start", "return",
    "dispute", "uphold", "overrule", "ask_assist", "ask_extension", "extend", "refuse_extension", "park", "unpark",
    "contact", "unreached", "note", "classify", "reword", "resolve", "merge", "unmerge",
]  # fmt: skip
ResidentStep = Literal["add_words", "withdraw", "confirm", "close", "reopen"]
_Short = Field("", max_length=500)
_Long = Field("", max_length=4000)


class Strict(Schema):
    """A body in which an unknown field is an error, so that a typing mistake is not silently dropped."""

    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    """RFC 9457 problem+json."""

    type: str = "about:blank"
    title: str
    status: int
    code: str = ""
    instance: str | None = None
    fields: dict[str, str] | None = None
    events: list[str] | None = None
    retry_after: int | None = None
    challenge: str | None = None


class CategoryOut(Schema):
    """A category of calls."""

    code: str
    zh: str
    en: str
    urgency: Literal[*rules.CLASSES]
    duties: dict[str, str]


class CallIn(Strict):
    """What a caller gives."""

    place: str = Field(..., min_length=1, max_length=18, description="Tag, 12-digit division code, or id of a place")
    text: str = Field(..., min_length=1, max_length=2000)
    category: str = Field("", max_length=24)
    name: str = Field("", max_length=40, description="Sealed; never returned")
    phone: str = Field("", max_length=30, description="Sealed; never returned")
    private: bool = False


class CallOut(Schema):
    """A call, as whoever handles it sees it: the matter and the place, not the person."""

    id: int
    state: str
    version: int
    channel: str
    text: str
    place: int
    place_name: str
    category: str
    urgency: str
    level: str
    public: bool
    public_text: str
    outcome: str
    rating: str
    raised_at: dt.datetime
    accepted_at: dt.datetime | None
    contacted_at: dt.datetime | None
    due_at: dt.datetime | None
    resolved_at: dt.datetime | None
    unit: int | None
    merged_into: int | None
    reopened: int
    steps: list[str]
    follow: str | None = None


class CallList(Schema):
    """A page of calls; `next` is the cursor of the page after, null at the end."""

    items: list[CallOut]
    next: str | None


class EventOut(Schema):
    """A fact of the log."""

    id: int
    at: dt.datetime
    kind: str
    actor_kind: str
    facts: dict


class FollowOut(Schema):
    """A call as its caller follows it."""

    id: int
    state: str
    text: str
    place_name: str
    raised_at: dt.datetime
    accepted_at: dt.datetime | None
    due_at: dt.datetime | None
    resolved_at: dt.datetime | None
    outcome: str
    guided_to: str
    rating: str
    words: list[dict]
    steps: list[str]


class StepIn(Strict):
    """What a step takes; each uses the fields that it needs and says so when one is missing."""

    version: int | None = Field(None, ge=0, le=2**31 - 1)
    text: str = _Long
    reason: str = _Short
    category: str = Field("", max_length=24)
    urgency: str = Field("", max_length=8)
    public: bool = False
    public_text: str = _Long
    outcome: str = _Long
    unit: int | None = Field(None, ge=1, le=2**63 - 1)
    person: int | None = Field(None, ge=1, le=2**63 - 1)
    into: int | None = Field(None, ge=1, le=2**63 - 1)
    days: int | None = Field(None, ge=1, le=15)
    right_owner: str = Field("", max_length=80)
    guided: str = Field("", max_length=12)
    guided_to: str = _Short
    basis: str = Field("", max_length=200)
    responsible: str = Field("", max_length=40)
    review_on: dt.date | None = None
    public_words: str = _Short
    contacted: bool = True


class ResidentStepIn(Strict):
    """What a resident's step takes."""

    text: str = Field("", max_length=2000)
    rating: str = Field("", max_length=9)


def call_out(call: Call, actor: Actor, follow: bool = False) -> dict:
    """A call as CallOut; `follow` adds the secret link, for whoever just raised it."""
    return {
        "id": call.pk,
        "state": str(call.state),
        "version": call.version,
        "channel": call.channel,
        "text": call.text,
        "place": call.place_id,
        "place_name": str(call.place),
        "category": call.category,
        "urgency": call.urgency,
        "level": call.level,
        "public": call.is_public,
        "public_text": call.public_text,
        "outcome": call.outcome,
        "rating": call.rating,
        "raised_at": call.raised_at,
        "accepted_at": call.accepted_at,
        "contacted_at": call.contacted_at,
        "due_at": call.due_at,
        "resolved_at": call.resolved_at,
        "unit": call.unit_id,
        "merged_into": call.merged_into_id,
        "reopened": call.reopened,
        "steps": [step.name for step in CALL.available(call, actor)],
        "follow": f"{settings.BASE_URL}/c/{call.secret}/" if follow else None,
    }


def follow_out(call: Call) -> dict:
    """A call as FollowOut."""
    from huying.kernel.scopes import link_holder

    steps = [step.name for step in CALL.available(call, link_holder("call", call.pk))]
    # The third reopening is the step 'refer' in the table; to the resident it is the same wish.
    steps = ["reopen" if name == "refer" else name for name in steps]
    words = [
        {"at": e.at.isoformat(), "from": "resident" if e.kind == "words" else "staff", "text": e.text}
        for e in call.entries.filter(kind__in=("words", "reply"))
    ]
    shown = call.merged_into if call.merged_into_id else call
    return {
        "id": call.pk,
        "state": str(call.state),
        "text": call.text,
        "place_name": str(call.place),
        "raised_at": call.raised_at,
        "accepted_at": call.accepted_at,
        "due_at": call.due_at,
        "resolved_at": shown.resolved_at,
        # The answer to another's call is told only where that call is public.
        "outcome": shown.outcome if not shown.is_open and (shown is call or shown.is_public) else "",
        "guided_to": call.guided_to,
        "rating": call.rating,
        "words": words,
        "steps": steps,
    }

"""The JSON API of calls: create, list, read, follow, act. Assembled in site/api.py; described by its own OpenAPI 3.1."""

import datetime as dt
from typing import Literal

from django.http import Http404, HttpRequest
from ninja import Header, Query, Router, Status

from huying.calls import rules
from huying.calls.api_schemas import (
    CallIn,
    CallList,
    CallOut,
    CategoryOut,
    EventOut,
    FollowOut,
    Problem,
    ResidentStep,
    ResidentStepIn,
    StepIn,
    StepName,
    call_out,
    follow_out,
)
from huying.calls.api_steps import RESIDENT_STEPS, STEPS
from huying.calls.catalogue import categories
from huying.calls.intake import Intake, raise_call
from huying.calls.models import Call
from huying.kernel import links
from huying.kernel.errors import BadInput, Forbidden
from huying.kernel.gate import allow, anyone
from huying.kernel.idempotency import checked_key, once
from huying.kernel.models import Event
from huying.kernel.scopes import link_holder
from huying.places.models import Place

router = Router(tags=["calls"])
open_router = Router(tags=["follow"])

PROBLEMS = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem, 429: Problem}
_LARGEST = 2**63 - 1


def needs(request: HttpRequest, scope: str) -> None:
    """403 when the token does not carry the scope."""
    if scope not in request.token.scopes:
        raise Forbidden(f"token lacks the scope {scope}", code="scope")


def _find(request: HttpRequest, pk: int) -> Call:
    if not 0 < pk <= _LARGEST:
        raise Http404
    call = Call.objects.visible_to(request.actor).select_related("place").filter(pk=pk).first()
    if call is None:
        raise Http404
    return call


def _place(given: str) -> Place:
    """The current place by tag, division code or id; BadInput when there is none."""
    found = Place.objects.current()
    if given.isascii() and given.isdigit() and len(given) < 19:
        place = found.filter(code=given).first() or found.filter(pk=int(given)).first()
    else:
        place = found.filter(tag=given).first()
    if place is None:
        raise BadInput("there is no such place today", fields={"place": "unknown or ended"})
    return place


@router.get("/categories", response={200: list[CategoryOut], **PROBLEMS}, summary="What calls are about")
def list_categories(request):
    """All categories with their class of deadline and the duty list."""
    return [
        {"code": c.code, "zh": c.zh, "en": c.en, "urgency": c.urgency, "duties": dict(c.duties)}
        for c in categories().values()
    ]


@router.get("/calls", response={200: CallList, **PROBLEMS}, summary="List calls, newest first")
def list_calls(
    request,
    state: list[Literal[*rules.OPEN, *rules.ANSWERED, rules.MERGED, rules.WITHDRAWN, rules.DECLINED]] = Query([]),
    category: str = Query("", max_length=24),
    place: str = Query("", max_length=18, description="Tag, division code or id of a place; calls at it or below it"),
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    cursor: str = Query("", max_length=20, description="`next` of the page before"),
    limit: int = Query(50, ge=1, le=200),
):
    """The calls that the token's person may see."""
    needs(request, "calls:read")
    calls = Call.objects.visible_to(request.actor).select_related("place").order_by("-pk")
    if state:
        calls = calls.filter(state__in=state)
    if category:
        calls = calls.filter(category=category.replace("\x00", ""))
    if place:
        calls = calls.filter(path__within=_place(place.replace("\x00", "")).path)
    for name, moment in (("gte", since), ("lt", until)):
        if moment is not None:
            if not 1970 <= moment.year <= 9000:
                raise BadInput("time out of range", fields={"since": "1970 to 9000"})
            # PostgreSQL knows fewer offsets than ISO 8601 allows, so all is told in UTC; a bare time is UTC.
            moment = moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
            calls = calls.filter(**{f"raised_at__{name}": moment})
    if cursor:
        if not (cursor.isascii() and cursor.isdigit()) or int(cursor) > _LARGEST:
            raise BadInput("this cursor was not made by us", fields={"cursor": "wrong"})
        calls = calls.filter(pk__lt=int(cursor))
    rows = list(calls[: limit + 1])
    following = str(rows[limit - 1].pk) if len(rows) > limit else None
    return {"items": [call_out(call, request.actor) for call in rows[:limit]], "next": following}


@router.post("/calls", response={200: CallOut, 201: CallOut, **PROBLEMS}, summary="Raise a call")
def create_call(
    request, body: CallIn, idempotency_key: str = Header(..., alias="Idempotency-Key", min_length=8, max_length=64)
):
    """Take a call in on a resident's behalf. The same `Idempotency-Key` returns the same call (200 instead of 201)."""
    needs(request, "calls:write")
    key = checked_key(idempotency_key)
    intake = Intake(
        place=_place(body.place),
        text=body.text,
        key=f"t{request.token.pk}:{key}"[:64] if len(key) < 50 else links.make(f"key:{key}", request.token.pk),
        channel="api",
        name=body.name,
        phone=body.phone,
        category=body.category,
        private=body.private,
    )

    def work() -> int:
        return raise_call(intake, by=request.actor)[0].pk

    pk, new = once(f"token:{request.token.pk}:calls", key, body.dict(), work)
    call = Call.objects.select_related("place").get(pk=pk)
    return Status(201 if new else 200, call_out(call, request.actor, follow=True))


@router.get("/calls/{call_id}", response={200: CallOut, **PROBLEMS}, summary="Read a call")
def read_call(request, call_id: int):
    """One call with the steps that the token's person may take on it now."""
    needs(request, "calls:read")
    return call_out(_find(request, call_id), request.actor)


@router.get("/calls/{call_id}/events", response={200: list[EventOut], **PROBLEMS}, summary="What happened to a call")
def read_events(request, call_id: int):
    """The facts of the log, oldest first: kinds and codes, never words or names."""
    needs(request, "calls:read")
    call = _find(request, call_id)
    events = Event.objects.filter(subject_type="call", subject_id=call.pk).order_by("id")
    return [{"id": e.pk, "at": e.at, "kind": e.kind, "actor_kind": e.actor_kind, "facts": e.facts} for e in events]


@router.post("/calls/{call_id}/steps/{step}", response={200: CallOut, **PROBLEMS}, summary="Take a step on a call")
def take_step(
    request,
    call_id: int,
    step: StepName,
    body: StepIn,
    idempotency_key: str = Header(..., alias="Idempotency-Key", min_length=8, max_length=64),
):
    """Take one step of the way. Give `version` to be refused (409) when the call has moved on since you read it."""
    needs(request, "calls:act")
    key = checked_key(idempotency_key)
    call = _find(request, call_id)

    def work() -> int:
        STEPS[step](call, body, {"by": request.actor, "version": body.version})
        return call.pk

    once(f"token:{request.token.pk}:step", key, {"call": call_id, "step": step, **body.dict()}, work)
    return call_out(Call.objects.select_related("place").get(pk=call.pk), request.actor)


def _followed(secret: str) -> Call:
    number = links.read("call", secret)
    call = Call.objects.select_related("place", "merged_into").filter(pk=number).first() if number else None
    if call is None:
        raise Http404
    return call


@open_router.get("/follow/{secret}", auth=None, response={200: FollowOut, **PROBLEMS}, summary="Follow one's own call")
@allow(anyone)
def follow(request, secret: str):
    """How a call goes, for whoever has its secret link; no token."""
    return follow_out(_followed(secret))


@open_router.post(
    "/follow/{secret}/steps/{step}",
    auth=None,
    response={200: FollowOut, **PROBLEMS},
    summary="Say or decide as the resident",
)
@allow(anyone)
def follow_step(
    request,
    secret: str,
    step: ResidentStep,
    body: ResidentStepIn,
    idempotency_key: str = Header(..., alias="Idempotency-Key", min_length=8, max_length=64),
):
    """Add words, withdraw, confirm, close or reopen, for whoever has the secret link."""
    key = checked_key(idempotency_key)
    call = _followed(secret)
    by = link_holder("call", call.pk)

    def work() -> int:
        RESIDENT_STEPS[step](call, body, by)
        return call.pk

    once(f"call:{call.pk}", key, {"step": step, **body.dict()}, work)
    return follow_out(_followed(secret))

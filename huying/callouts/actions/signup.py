"""Signing up for a post: many at once by the same statements, places in order of arrival, nobody in two places.

The only module in which `Shift.taken` moves. docs/adr/0021-signing-up-under-a-rush.md says what each guard is for.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import rules
from huying.callouts.actions.signup_sql import FREE, HOLD, LOCK, MOVE_UP, RELEASE, SIGN_UP, STUCK
from huying.callouts.catalogue import numbers
from huying.callouts.models import Shift, Signup
from huying.kernel import prepared
from huying.kernel.errors import Forbidden
from huying.kernel.gather import Gather
from huying.kernel.scopes import Actor

# Beyond so many in the line it is only said that there are more.
COUNTED = 100
# How often those are looked at again who met somebody else's write; each time they see what stopped them.
ROUNDS = 5


class Outcome(NamedTuple):
    """What became of a wish to stand at a post.

    `code`: 'confirmed', 'waiting', 'offered', 'already' (then `state` says as what), or why not. `position`: in the
    line, from 1; COUNTED + 1 for all behind it. `why`: numbers and ids for the words.
    """

    code: str
    signup_id: int | None = None
    position: int | None = None
    state: str = ""
    shift_id: int | None = None
    person_id: int | None = None
    why: dict = {}

    @property
    def stands(self) -> bool:
        """Whether the person is signed up now, in whichever state."""
        return self.signup_id is not None


GONE = Outcome("gone")


def sign_up(
    shift: Shift | int, person_id: int, *, by: Actor, how: str = "self", at: dt.datetime | None = None
) -> Outcome:
    """Sign a person up: a place if there is one, else the line; the same again gives the sign-up that stands.

    Forbidden when the actor may sign up neither themselves as that person, nor others at that place.
    """
    return _gather(item_of(shift, person_id, by=by, how=how, at=at))


def place(
    shift: Shift | int,
    person_id: int,
    *,
    by: Actor,
    how: str = "proposal",
    state: str = rules.OFFERED,
    at: dt.datetime | None = None,
) -> Outcome:
    """Give a person a place past the line, offered or confirmed, by all rules that protect them; 'full' when none is left.

    Whoever waits for that very post is raised from the line. `state` is confirmed only for who has said yes.
    """
    return _gather(item_of(shift, person_id, by=by, how=how, wants=state, at=at))


def item_of(
    shift: Shift | int,
    person_id: int,
    *,
    by: Actor,
    how: str = "self",
    wants: str = rules.CONFIRMED,
    at: dt.datetime | None = None,
) -> dict[str, Any]:
    """One wish as `write` takes it, its actor checked. `how` is 'self', or by which way others put the person there."""
    number = shift if isinstance(shift, int) else shift.pk
    asked = None
    if how == "self":
        if by.subject is not None and by.subject[0] == "asked":
            # Whether the link is that person's, and for this call-out, the statement sees.
            asked = by.subject[1]
        elif by.id != person_id:
            raise Forbidden(_("只能替自己报名。"))
    elif by.kind != "system" and not by.holds(rules.ORGANISERS, _path(shift)):
        raise Forbidden(_("只有这里的组织者能安排别人。"))
    return {
        "shift": number,
        "person": person_id,
        "asked": asked,
        "wants": wants,
        "how": how,
        "at": (at or timezone.now()).isoformat(),
        "actor_kind": by.kind,
        "actor_id": by.id,
    }


def sign_up_by_link(asked_id: int, shift_id: int) -> Outcome:
    """Sign up whoever holds the link of a message."""
    return _gather(by_link(asked_id, shift_id, timezone.now().isoformat()))


def by_link(asked_id: int, shift_id: int, at: str) -> dict[str, Any]:
    """The wish of whoever holds the link of a message, as `write` takes it; nothing is asked of the database."""
    return {
        "shift": shift_id,
        "person": None,
        "asked": asked_id,
        "wants": rules.CONFIRMED,
        "how": "self",
        "at": at,
        "actor_kind": "link",
        "actor_id": None,
    }


def _path(shift: Shift | int) -> str:
    if isinstance(shift, int):
        return Shift.objects.values_list("callout__path", flat=True).get(pk=shift)
    return shift.callout.path


def write(items: Sequence[dict]) -> list[Outcome]:
    """Sign up many at once, in order of arrival; committed when it returns, unless in a transaction of the caller's.

    A person comes once in each statement: what they ask for besides is decided when the first is.
    """
    outcomes = [GONE] * len(items)
    pending, met = list(range(len(items))), [0] * len(items)
    while pending:
        batch, pending = _apart(items, pending)
        for n, outcome in zip(batch, _settled([items[n] for n in batch]), strict=True):
            outcomes[n] = outcome
            met[n] += 1
            if outcome.code == "again" and met[n] < ROUNDS:
                pending.append(n)
    lines = {outcome.shift_id for outcome in outcomes if outcome.code == rules.WAITING}
    if lines:
        _watch(outcomes, sorted(lines))
    return outcomes


def _apart(items: Sequence[dict], pending: list[int]) -> tuple[list[int], list[int]]:
    """Those to be written now, one wish of each person; and those that wait for them."""
    batch, later, seen = [], [], set()
    for n in pending:
        who = (items[n]["asked"], items[n]["person"])
        (later if who in seen else batch).append(n)
        seen.add(who)
    return batch, later


def _settled(batch: list[dict]) -> list[Outcome]:
    """What became of each; a wish that the database refuses spoils none but itself."""
    for tries in range(ROUNDS):
        try:
            return _write(batch)
        except IntegrityError:
            # Two writes of one person met, and a trigger spoke: halved, until it stands alone and sees the other.
            if len(batch) == 1:
                return [Outcome("again")]
            half = len(batch) // 2
            return _settled(batch[:half]) + _settled(batch[half:])
        except OperationalError as error:
            if not _is_deadlock(error) or tries == ROUNDS - 1:
                raise
    raise AssertionError("unreachable")


def _is_deadlock(error: Exception) -> bool:
    return getattr(error.__cause__, "sqlstate", "") == "40P01"


def _write(batch: list[dict]) -> list[Outcome]:
    shifts = sorted({item["shift"] for item in batch})
    with prepared.together():
        free = _locked(shifts)
        given = json.dumps([{"n": n, **item} for n, item in enumerate(batch)])
        found = prepared.rows(SIGN_UP, {**_numbers(), "rows": given, "free": free})
    outcomes = [GONE] * len(batch)
    for n, code, signup, state, shift, person, position, why in found:
        position = None if position is None else min(position, COUNTED + 1)
        outcomes[n] = Outcome(code, signup, position, state or "", shift, person, json.loads(why) if why else {})
    return outcomes


def _locked(shifts: list[int]) -> list[int]:
    """Those of the posts that have room; held until the end of the transaction."""
    limits = numbers()["limits"]
    given = {
        "shifts": shifts,
        "a_day": str(limits["hours_a_day"] * 60),
        "a_week": str(limits["hours_a_week"] * 60),
    }
    prepared.rows(HOLD, {"shifts": shifts})
    return [row[0] for row in prepared.rows(LOCK, given)]


def _numbers() -> dict[str, Any]:
    limits, offers = numbers()["limits"], numbers()["offers"]
    return {
        "zone": settings.TIME_ZONE,
        "adult": limits["adult"],
        "proven": list(limits["proven"]),
        "a_day": limits["hours_a_day"] * 60,
        "a_week": limits["hours_a_week"] * 60,
        "organisers": list(rules.ORGANISERS),
        "offer_most": offers["minutes"],
        "offer_least": offers["least_minutes"],
        "offer_share": offers["share"],
        "counted": COUNTED,
    }


def _watch(outcomes: list[Outcome], lines: list[int]) -> None:
    """A place may have fallen free while somebody was put in the line: whoever commits last sees it, and moves the line."""
    free = [row[0] for row in prepared.rows(FREE, {"shifts": lines})]
    offered = set(fill(*free)) if free else set()
    for n, outcome in enumerate(outcomes):
        if outcome.signup_id in offered:
            outcomes[n] = outcome._replace(code=rules.OFFERED, state=rules.OFFERED, position=None)
    if connection.in_atomic_block:
        transaction.on_commit(lambda: fill(*lines))


def fill(*shifts: Shift | int, at: dt.datetime | None = None) -> list[int]:
    """Offer the free places of posts to those who wait, in order of arrival; returns the sign-ups that were offered one.

    To be called whenever places may have come free: more places, a refusal, a call-out opened again. Safe at any time.
    """
    numbered = sorted({shift if isinstance(shift, int) else shift.pk for shift in shifts})
    offered: list[int] = []
    for _round in range(ROUNDS * 2):
        try:
            more = _move_up(numbered, at or timezone.now()) if numbered else []
        except IntegrityError:
            # Somebody in the line got a place elsewhere in this moment: now it is seen.
            continue
        except OperationalError as error:
            if not _is_deadlock(error):
                raise
            continue
        if not more:
            break
        offered += more
    return offered


def _move_up(shifts: list[int], at: dt.datetime) -> list[int]:
    with prepared.together():
        free = _locked(shifts)
        if not free:
            return []
        given = {
            "free": free,
            "at": at.isoformat(),
            "before_start": numbers()["offers"]["before_start"],
            **{
                name: value
                for name, value in _numbers().items()
                if name not in ("adult", "proven", "organisers", "counted")
            },
        }
        return [row[0] for row in prepared.rows(MOVE_UP, given)]


def release_place(signup: Signup, *, move_up: bool = True) -> None:
    """Give back the place that a sign-up held (offered or confirmed): in the transaction that ends it, last.

    The person is free at that time again: the lines move in which they wait for something else, too.
    """
    also = Signup.objects.waiting().filter(person_id=signup.person_id).values_list("shift_id", flat=True)
    release_places([signup.shift_id], move_up=move_up, also=list(also) if move_up else ())


def release_places(shifts: Iterable[int], *, move_up: bool = True, also: Iterable[int] = ()) -> None:
    """Give back one place for each time that a post is named; the line moves up then, and once more after the commit.

    `move_up` is False when the whole call-out ends: nobody is to be offered what falls away. `also`: posts whose lines
    may move for the same reason.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a place is given back in the transaction that ends the sign-up")
    numbered = list(shifts)
    if not numbered:
        return
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, {"shifts": numbered})
    if move_up:
        # Now, so that nobody walks in between; and again, for whoever joined the line meanwhile without our seeing it.
        lines = [*numbered, *also]
        fill(*lines)
        transaction.on_commit(lambda: fill(*lines))


def fill_stuck(at: dt.datetime | None = None) -> int:
    """Move on every line that stands still beside a free place: for a periodic job, after a crash; returns how many moved."""
    now = at or timezone.now()
    given = {"at": now.isoformat(), "before_start": numbers()["offers"]["before_start"]}
    stuck = [row[0] for row in prepared.rows(STUCK, given)]
    return len(fill(*stuck, at=now)) if stuck else 0


_gather = Gather(write, most=200)

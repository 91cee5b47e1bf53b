"""What the actions of wishes share: moving a wish with its alarm, its claim, its words."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput
from huying.kernel.scopes import Actor
from huying.kernel.words import clean
from huying.people.actions import erase_by
from huying.people.private_words import private_words
from huying.wishes import rules
from huying.wishes.catalogue import numbers
from huying.wishes.models import Claim, Entry, Wish
from huying.wishes.workflow import WISH


def clock_of(wish: Wish, state: str) -> rules.Clock:
    """What the alarms of a wish depend on, as it will be in `state`."""
    return rules.Clock(
        state=state,
        offered_at=wish.offered_at,
        claimed_at=wish.claimed_at,
        fulfilled_at=wish.fulfilled_at,
        answer_due=wish.answer_due_at is not None,
        reminded=wish.reminded,
        asked=wish.asked,
    )


@contextmanager
def moving(
    name: str, wish: Wish, *, by: Actor, version: int | None = None, at: dt.datetime | None = None, **facts
) -> Iterator[Wish]:
    """`WISH.step` that also sets when the system must look at the wish next, and lets a claim end with its wish.

    `at` dates the step (the demo only); the body finds the moment of the step as `row.at`.
    """
    with WISH.step(name, wish, by=by, version=version, at=at, **facts) as row:
        row.at = at or timezone.now()
        yield row
        state = WISH[name].target or row.state
        if state in rules.ENDED and row.ended_at is None:
            row.ended_at = row.at
            if row.identity is not None:
                # Whoever takes a wish back wants nothing kept; what came true may still be asked about for a while.
                days = 0 if state == rules.WITHDRAWN else numbers()["keep"]["days"]
                erase_by(row.identity, timezone.localdate(row.at) + dt.timedelta(days=days))
        alarm = rules.next_alarm(clock_of(row, state), numbers())
        row.next_alarm_at = alarm[0] if alarm else None


def end_claim(row: Wish, how: str) -> Claim | None:
    """End the open claim of a locked wish, if there is one; with it everybody's sight of who wishes ends."""
    claim = row.claims.open().first()
    if claim is not None:
        claim.ended_at, claim.how_ended = row.at, how
        claim.save(update_fields=["ended_at", "how_ended"])
        name_claim(row, claim)
    return claim


def name_claim(row: Wish, claim: Claim) -> None:
    """Say in the facts of the step whose claim it concerns: figures of units and members are made from the log."""
    row.facts |= {"claim": claim.pk, "person": claim.person_id, "unit": claim.unit_id or 0}
    shares = list(claim.shares.order_by("id").values_list("person_id", "unit_id"))
    if shares:
        row.facts["with"] = [[person, unit or 0] for person, unit in shares]


def offer(row: Wish, *, again: bool) -> None:
    """Offer a wish; one that is offered again goes first to those who have claimed before."""
    row.offered_at, row.answer_due_at, row.claimed_at, row.reminded = row.at, None, None, 0
    row.fulfilled_at, row.asked = None, 0
    row.open_at = rules.open_from(row.at, numbers()) if again else None


def words(text: str, field: str, missing: str = "", most: int | None = None) -> str:
    """Cleaned words, or BadInput on `field` when there are none or too many."""
    cleaned = clean(text or "")
    most = most or numbers()["text"]["words_most"]
    if missing and not cleaned:
        raise BadInput(missing, fields={field: missing})
    if len(cleaned) > most:
        too_long = _("最多 %(most)d 字，现在有 %(now)d 字。") % {"most": most, "now": len(cleaned)}
        raise BadInput(too_long, fields={field: too_long})
    return cleaned


def fit_for_wall(text: str, field: str) -> None:
    """BadInput on `field` when words that everybody will read may give somebody away."""
    found = private_words(text, home=True)
    if found:
        hint = _("“%(words)s”会让人认出是谁家，请改一改再上墙。") % {"words": found[0][1]}
        raise BadInput(hint, fields={field: hint})


def say(row: Wish, kind: str, text: str, by: Actor, step: str, key: str | None = None) -> Entry | None:
    """Keep the words that go with a step; nothing when there are none."""
    if not text:
        return None
    at = row.__dict__.get("at") or timezone.now()
    return Entry.objects.create(wish=row, kind=kind, text=text, by_id=by.id, step=step, key=key or None, at=at)

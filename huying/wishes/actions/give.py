"""From the claim to the wisher's word: opening who wishes, contact, handing over, and whether it came true."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput, Forbidden, TooMany
from huying.kernel.log import record
from huying.kernel.scopes import SYSTEM, Actor
from huying.people.models import Person
from huying.people.rules import reason_of
from huying.wishes import events
from huying.wishes.actions.base import end_claim, moving, name_claim, offer, say, words
from huying.wishes.catalogue import numbers
from huying.wishes.choices import EntryKind
from huying.wishes.models import Entry, Opening, Wish
from huying.wishes.workflow import WISH, claimant, keeper

FIELDS = ("name", "phone", "address", "hardship")


def _open(wish: Wish) -> dict[str, str]:
    """Everything private that is held with a wish, in clear; what was not given or is erased is left out."""
    held = wish.identity if wish.identity_id and wish.identity.erased_at is None else None
    sealed = {
        "name": held and held.name_sealed,
        "phone": held and held.phone_sealed,
        "address": wish.address_sealed,
        "hardship": wish.hardship_sealed,
    }
    return {name: value.open() for name, value in sealed.items() if value is not None}


def reveal(wish: Wish, *, by: Actor, at: dt.datetime | None = None) -> dict[str, str]:
    """Open who wishes to whoever holds the open claim: put on record, and told to the wisher on their page."""
    with moving("reveal", wish, by=by, at=at) as row:
        held = row.claims.open().get()
        opened = _open(row)
        name_claim(row, held)
        row.facts["fields"] = list(opened)
        Opening.objects.create(wish=row, claim=held, by_id=by.id, at=row.at, fields=list(opened))
    return opened


def revealed(wish: Wish, *, by: Actor) -> dict[str, str] | None:
    """What the actor has opened of their present claim, to be shown again; None when they have not, or may no longer."""
    if wish.state not in WISH.sources("reveal") or not claimant(by, wish):
        return None
    mine = Opening.objects.filter(wish=wish, by_id=by.id, claim__ended_at=None, claim__isnull=False)
    return _open(wish) if mine.exists() else None


def look_into(wish: Wish, reason: str, *, by: Actor) -> dict[str, str]:
    """Open who wishes to staff of the place for a reason, so many times a day: put on record, and told to the wisher."""
    if by.kind != "person" or not keeper(by, wish):
        raise Forbidden(_("只有负责这里的工作人员能查看联系方式。"))
    try:
        reason = reason_of(reason)
    except ValueError:
        wrong = _("请写明为什么要看，许愿人会看到这个原因。")
        raise BadInput(wrong, fields={"reason": wrong}) from None
    reason = words(reason, "reason", "", 200)
    with transaction.atomic():
        # One person's openings go one after another, so that two at once cannot pass the limit together.
        Person.objects.select_for_update(no_key=True).get(pk=by.id)
        since = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        if Opening.objects.filter(by_id=by.id, at__gte=since).count() >= numbers()["keep"]["opened_a_day"]:
            raise TooMany(_("今天查看得太多了，明天再来；急事请找社区书记。"), retry_after=3600)
        row = Wish.objects.select_related("identity").get(pk=wish.pk)
        opened = _open(row)
        Opening.objects.create(wish=row, by_id=by.id, fields=list(opened), reason=reason)
        record(events.REVEALED, row, by=by, place=row.place_id, fields=list(opened), version=row.version)
    return opened


def contact(
    wish: Wish,
    text: str = "",
    *,
    by: Actor,
    key: str | None = None,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Wish:
    """Note that the claimant got in contact, with words for the wisher's page if there are any; the claim no longer lapses."""
    text = words(text, "text")
    with moving("contact", wish, by=by, version=version, at=at) as row:
        held = row.claims.open().get()
        held.contact_at = held.contact_at or row.at
        held.save(update_fields=["contact_at"])
        name_claim(row, held)
        say(row, EntryKind.REPLY, text, by, events.CONTACTED, key)
    return wish


def tell(wish: Wish, text: str, *, by: Actor, key: str | None = None, at: dt.datetime | None = None) -> Wish:
    """Words between claimant and wisher, read on their pages. The same key twice says it once."""
    text = words(text, "text", _("想说什么？"))
    if key and Entry.objects.filter(key=key).exists():
        return wish
    with moving("say", wish, by=by, at=at) as row:
        name_claim(row, row.claims.open().get())
        kind = EntryKind.REPLY if claimant(by, row) else EntryKind.WORDS
        say(row, kind, text, by, events.SAID, key)
    return wish


def fulfil(wish: Wish, text: str = "", *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Wish:
    """Report that it was handed over or done; the wisher then says whether it came true."""
    text = words(text, "text")
    with moving("fulfil", wish, by=by, version=version, at=at) as row:
        held = row.claims.open().get()
        held.contact_at, held.fulfilled_at = held.contact_at or row.at, row.at
        held.save(update_fields=["contact_at", "fulfilled_at"])
        name_claim(row, held)
        row.fulfilled_at, row.asked = row.at, 1
        row.rating, row.rated_at = "", None
        say(row, EntryKind.REPLY, text, by, events.FULFILLED)
    return wish


def _rate(row: Wish, rating: str, allowed: tuple[str, ...]) -> None:
    if rating not in allowed:
        wrong = _("请选一个，或选“不想说”。")
        raise BadInput(wrong, fields={"rating": wrong})
    row.rating, row.rated_at = rating, row.at
    row.facts["rating"] = rating


def _told_by(row: Wish) -> None:
    """Name the claim that is judged in the facts, be it open still or ended without a word."""
    held = row.claims.order_by("-id").first()
    if held is not None:
        name_claim(row, held)


def confirm(
    wish: Wish,
    rating: str,
    *,
    by: Actor,
    text: str = "",
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Wish:
    """The wisher says that it came true 😊: satisfied, mostly satisfied, or no wish to say. The leaf smiles."""
    text = words(text, "text", "", 500)
    with moving("confirm", wish, by=by, version=version, at=at, on_behalf=by.is_person) as row:
        _rate(row, rating, ("satisfied", "mostly", "unsaid"))
        end_claim(row, "confirmed")
        _told_by(row)
        say(row, EntryKind.WORDS, text, by, events.CONFIRMED)
    return wish


def close(
    wish: Wish,
    rating: str,
    *,
    by: Actor,
    text: str = "",
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Wish:
    """The wisher leaves it at that without a smile: not satisfied, or no wish to say."""
    text = words(text, "text", "", 500)
    with moving("close", wish, by=by, version=version, at=at, on_behalf=by.is_person) as row:
        _rate(row, rating, ("not", "unsaid"))
        end_claim(row, "closed")
        say(row, EntryKind.WORDS, text, by, events.CLOSED)
    return wish


def reoffer(wish: Wish, reason: str, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Wish:
    """It was not what was wished for: the wish is offered again."""
    reason = words(reason, "reason", _("请说说哪里不对，下一位好准备。"), 500)
    with moving("reoffer", wish, by=by, version=version, at=at, on_behalf=by.is_person) as row:
        end_claim(row, "not_right")
        offer(row, again=True)
        say(row, EntryKind.WORDS, reason, by, events.REOFFERED)
    return wish


def ask_again(wish: Wish, *, at: dt.datetime | None = None) -> Wish:
    """Ask the wisher once more whether it came true."""
    with moving("ask_again", wish, by=SYSTEM, at=at) as row:
        row.asked += 1
    return wish


def expire(wish: Wish, *, at: dt.datetime | None = None) -> Wish:
    """Close a wish that was handed over and on which the wisher stayed silent; nothing is filled in for them."""
    with moving("close", wish, by=SYSTEM, at=at, silent=True) as row:
        end_claim(row, "closed")
    return wish

"""Erasing for good: an identity when its day has come, a person when they ask and nothing forbids it."""

import datetime as dt
from collections.abc import Callable
from functools import singledispatch

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel.errors import Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.scopes import SYSTEM, Actor
from huying.people import events
from huying.people.identity import still_needed
from huying.people.models import Identity, Person, Post
from huying.people.queries import is_operator

BATCH = 500


def erase(target: Identity | Person, *, by: Actor = SYSTEM) -> None:
    """Erase an identity or a person. The log stays as it is: it holds ids, which then lead to nobody."""
    _erase(target, by)


@singledispatch
def _erase(target, by: Actor) -> None:
    raise TypeError(f"there is nothing to erase in a {type(target).__name__}")


@_erase.register
def _erase_identity(target: Identity, by: Actor) -> None:
    with transaction.atomic():
        held = Identity.objects.select_for_update().get(pk=target.pk)
        if held.erased_at is not None:
            return
        held.name_sealed = held.phone_sealed = held.phone_index = None
        held.erased_at = timezone.now()
        held.save(update_fields=["name_sealed", "phone_sealed", "phone_index", "erased_at"])
        # Who looked and when stays; a reason is free text, in which the person may be named.
        held.unsealings.update(reason="")
        record(events.IDENTITY_ERASED, held, by=by, purpose=held.purpose)


@_erase.register
def _erase_person(target: Person, by: Actor) -> None:
    if not is_operator(by) and by.id != target.pk:
        raise Forbidden(_("只有系统管理员或本人可以删除一个人的资料。"))
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=target.pk)
        if Post.objects.current().filter(person=person).exists():
            raise StepRefused(_("这个人还有岗位，先免去岗位再删除。"), code="has_posts")
        person.username, person.name = f"erased-{person.pk}", f"#{person.pk}"
        person.phone_sealed = person.phone_index = None
        person.language, person.elder = "", None
        person.is_active, person.left_at = False, person.left_at or timezone.now()
        person.set_unusable_password()
        person.session_round += 1
        person.save(
            update_fields=[
                "username", "name", "phone_sealed", "phone_index", "language", "elder", "is_active", "left_at",
                "password", "session_round",
            ]
        )  # fmt: skip
        for library in (Authenticator, SocialAccount, EmailAddress):
            library.objects.filter(user_id=person.pk).delete()
        _forget_sessions(person.pk)
        record(events.PERSON_ERASED, person, by=by)


def _forget_sessions(person_id: int) -> None:
    """Delete a person's sessions; their rows name nobody, so each is opened and looked at."""
    wanted = str(person_id)
    mine = [
        session.pk
        for session in Session.objects.iterator(chunk_size=BATCH)
        if session.get_decoded().get(SESSION_KEY) == wanted
    ]
    Session.objects.filter(pk__in=mine).delete()


def erase_what_is_due(*, on: dt.date | None = None, progress: Callable[[int], None] = lambda count: None) -> int:
    """Erase every identity whose day has come and whose matter has ended, a batch at a time; returns how many.

    `progress` hears how many each batch looked at.
    """
    day, erased, last = on or timezone.localdate(), 0, 0
    due = Identity.objects.filter(erased_at__isnull=True, erase_on__lte=day).order_by("pk")
    while batch := list(due.filter(pk__gt=last)[:BATCH]):
        last, needed = batch[-1].pk, still_needed([one.pk for one in batch])
        with transaction.atomic():
            for identity in batch:
                if identity.pk not in needed:
                    erase(identity)
                    erased += 1
        progress(len(batch))
    return erased

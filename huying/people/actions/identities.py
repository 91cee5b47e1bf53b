"""Residents' identities: held for a purpose, and opened one at a time for a reason that is told."""

import datetime as dt
from collections.abc import Sequence

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel import policy
from huying.kernel.errors import BadInput, Forbidden, StepRefused, TooMany
from huying.kernel.log import record, subject_type
from huying.kernel.scopes import Actor
from huying.kernel.sealed import Sealed
from huying.people import events, rules
from huying.people.identity import prepare_identity
from huying.people.models import Consent, Identity, Person, Unsealing

FIELDS = ("name", "phone")


def hold_identity(
    name: str = "", phone: str = "", *, purpose: str, basis: str, erase_on: dt.date | None = None
) -> Identity | None:
    """Hold a name, a phone or both, sealed, until a day (by policy when none is given); None when neither is given.

    It belongs to the transaction of what it is held for, whose event tells of it: ids and codes only. BadInput names
    the field that cannot be taken.
    """
    identity = prepare_identity(name, phone, purpose=purpose, basis=basis)
    if identity is None:
        return None
    for column in ("name_sealed", "phone_sealed"):
        value = getattr(identity, column)
        setattr(identity, column, value and Sealed(value, f"people_identity.{column}"))
    identity.erase_on = erase_on or identity.erase_on
    identity.save(force_insert=True)
    return identity


def erase_by(identity: Identity, day: dt.date) -> None:
    """Bring the day of erasure forward, such as when what it was held for is settled; it is never put back."""
    Identity.objects.filter(pk=identity.pk, erase_on__gt=day).update(erase_on=day)


def unseal(
    identity: Identity, fields: Sequence[str], reason: str, *, by: Actor, subject: models.Model, place
) -> dict[str, str]:
    """Open a name or a phone for a reason of at least five characters, and put on record that it was opened.

    subject: the row that it is opened for, on whose page the person is told; place: where that row stands. The caller
    has checked that `by` handles the subject; here only staff of the place pass, so many times a day. One at a time:
    nothing opens two.
    """
    rule = policy.load("people")
    wanted = [field for field in FIELDS if field in fields]
    if not wanted or len(wanted) != len(set(fields)):
        raise BadInput(_("请选择要看姓名还是电话。"), fields={"fields": _("请选一项。")})
    role = next((p.role for p in by.posts if p.role in rules.STAFF_ROLES and by.holds([p.role], place.path)), None)
    if by.kind != "person" or role is None:
        raise Forbidden(_("只有负责这里的工作人员能查看联系方式。"))
    try:
        reason = rules.reason_of(reason, rule["reason_least"])
    except ValueError:
        raise BadInput(
            _("请写明为什么要看，对方会看到这个原因。"),
            fields={"reason": _("至少写 %(count)d 个字。") % {"count": rule["reason_least"]}},
        ) from None
    if len(reason) > 200:
        raise BadInput(_("原因写得太长了。"), fields={"reason": _("最多 200 个字。")})
    with transaction.atomic():
        # One person's unsealings go one after another, so that two at once cannot pass the limit together.
        Person.objects.select_for_update(no_key=True).get(pk=by.id)
        since = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        if Unsealing.objects.filter(by_id=by.id, at__gte=since).count() >= rule["unsealings_per_day"]:
            seconds = int((since + dt.timedelta(days=1) - timezone.localtime()).total_seconds())
            raise TooMany(_("今天查看得太多了，明天再来；急事请找社区书记。"), retry_after=max(seconds, 1))
        held = Identity.objects.select_for_update(no_key=True).get(pk=identity.pk)
        if held.erased_at is not None:
            raise StepRefused(_("联系方式已经按期删除。"), code="erased")
        opened = {}
        for field in wanted:
            sealed = getattr(held, f"{field}_sealed")
            if sealed is not None:
                opened[field] = sealed.open()
        if not opened:
            raise StepRefused(_("对方没有留下这一项。"), code="not_given")
        kind = subject_type(subject)
        unsealing = Unsealing.objects.create(
            identity=held,
            by_id=by.id,
            role=role,
            fields=list(opened),
            reason=reason,
            subject_type=kind,
            subject_id=subject.pk,
        )
        record(
            events.UNSEALED,
            subject,
            by=by,
            place=place.pk,
            unsealing=unsealing.pk,
            identity=held.pk,
            fields=list(opened),
            role=str(role),
        )
    return opened


def consent(
    identity: Identity, purpose: str, *, how: str, wording: str, until: dt.date, by: Actor, place=None
) -> Consent:
    """Note that a person agreed to a purpose until a day, how they said so and to which wording."""
    with transaction.atomic():
        given = Consent.objects.create(
            identity=identity,
            purpose=purpose,
            how=how,
            wording=wording,
            until=until,
            recorded_by_id=by.id,
        )
        record(
            events.CONSENTED,
            given,
            by=by,
            place=place and place.pk,
            identity=identity.pk,
            purpose=str(purpose),
            how=str(how),
        )
    return given


def withdraw_consent(given: Consent, *, by: Actor, place=None) -> None:
    """Note that a person no longer agrees; withdrawing twice is withdrawing once."""
    with transaction.atomic():
        locked = Consent.objects.select_for_update().get(pk=given.pk)
        if locked.withdrawn_at is None:
            locked.withdrawn_at = timezone.now()
            locked.save(update_fields=["withdrawn_at"])
            record(
                events.CONSENT_WITHDRAWN,
                locked,
                by=by,
                place=place and place.pk,
                identity=locked.identity_id,
                purpose=locked.purpose,
            )
    given.withdrawn_at = locked.withdrawn_at

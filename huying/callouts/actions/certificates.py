"""Certificates of service: what counts, put on paper under a number that anybody can check; revoked with a reason."""

import datetime as dt
import secrets

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import events
from huying.callouts import rules_volunteers as numbers
from huying.callouts.actions.volunteers import _keeper
from huying.callouts.models import Certificate, Issuer, Volunteer
from huying.callouts.queries_volunteers import Service, community_of, people_in_charge, proofs_of, record_of
from huying.directory import catalogue
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.scopes import Actor


def issue(volunteer: Volunteer, name: str, first: dt.date, last: dt.date, *, by: Actor) -> Certificate:
    """Put what somebody did in these days, and what counts of it, on paper: for themselves, or by who keeps the register.

    `name` stands on this paper only, sealed. BadInput for days or a name that cannot be; StepRefused when nothing counts.
    """
    name, fields = " ".join(name.split()), {}
    if not 1 <= len(name) <= 20 or not any(sign.isalpha() for sign in name):
        fields["name"] = _("请写印在证明上的姓名，最多 20 个字。")
    today = timezone.localdate()
    if first > today:
        fields["first"] = _("这一天还没有到。")
    if last < first:
        fields["last"] = _("要晚于开始的那天。")
    if fields:
        raise BadInput(_("有几处需要改一下。"), fields=fields)
    last = min(last, today)
    row = Volunteer.objects.select_related("place", "person").get(pk=volunteer.pk)
    if by.id != row.person_id:
        _keeper(by, row.place)
    if row.erased_at is not None or row.confirmed_at is None:
        raise StepRefused(_("社区接收登记以后，才能开证明。请先到社区问一下。"), code="not_confirmed")
    services = record_of(row.person_id, counted_only=True, first=first, last=last)
    if not services:
        raise StepRefused(
            _("这些日子里还没有计入的服务。时长公示三个工作日后计入，请过几天再来，或者换一段日子。"), code="nothing"
        )
    with transaction.atomic():
        made = _numbered(
            Certificate(
                volunteer=row,
                place=row.place,
                name_sealed=name,
                first=first,
                last=last,
                facts=_paper(row, services),
                issued_by_id=by.id,
                made_up=row.made_up,
            )
        )
        record(events.CERTIFIED, made, by=by, place=row.place_id, person=row.person_id)
    return made


def _paper(volunteer: Volunteer, services: list[Service]) -> dict:
    """What stands on the paper, in the words of the day on which it was made."""
    community = community_of(volunteer.place)
    known = catalogue.skills()
    issuer = Issuer.objects.filter(place=community).first()
    return {
        "issuer": str(community),
        "in_charge": people_in_charge(community),
        "contact": issuer.contact if issuer else "",
        "slug": community.slug,
        "volunteer": volunteer.number,
        "rows": [
            {
                "day": one.day.isoformat(),
                "what": one.what,
                "post": one.post,
                "where": one.where,
                "measured": one.measured,
                "granted": one.granted,
                "done": one.done,
            }
            for one in reversed(services)
        ],
        "trainings": [
            {
                "skill": known.get(code, code),
                "basis": proof.basis,
                "day": timezone.localdate(proof.given_at).isoformat(),
            }
            for code, proof in proofs_of(volunteer).items()
        ],
        "measured": sum(one.measured for one in services),
        "granted": sum(one.granted or 0 for one in services),
    }


def _numbered(paper: Certificate) -> Certificate:
    """Save under a number of 75 random bits and a check, which nobody finds by trying."""
    while True:
        random = secrets.randbits(5 * numbers.OF_CERTIFICATE)
        paper.number = numbers.number_of(random, numbers.OF_CERTIFICATE)
        try:
            with transaction.atomic():
                paper.save(force_insert=True)
        except IntegrityError as error:
            if "number" not in (error.__cause__.diag.constraint_name or ""):
                raise
        else:
            return Certificate.objects.select_related("volunteer", "place").get(pk=paper.pk)


def revoke(certificate: Certificate, reason: str, *, by: Actor) -> Certificate:
    """What a paper says does not hold: whoever checks its number reads that, and why."""
    reason = " ".join(reason.split())
    if not 2 <= len(reason) <= 200:
        raise BadInput(_("有几处需要改一下。"), fields={"reason": _("请写明为什么收回，核对的人会看到。")})
    with transaction.atomic():
        row = Certificate.objects.select_for_update(of=("self",)).select_related("place").get(pk=certificate.pk)
        _keeper(by, row.place)
        if by.id is None:
            raise Forbidden(_("证明由社区收回。"))
        if row.revoked_at is not None:
            raise StepRefused(_("这张证明已经收回了。"), code="revoked")
        row.revoked_at, row.revoked_by_id, row.revoked_reason = timezone.now(), by.id, reason
        row.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])
        person = Volunteer.objects.values_list("person_id", flat=True).get(pk=row.volunteer_id)
        record(events.REVOKED, row, by=by, place=row.place_id, person=person)
    return row


def set_contact(place, contact: str, *, by: Actor) -> Issuer:
    """Where one can ask about certificates of a community; printed on those that are given out from now on."""
    contact = " ".join(contact.split())
    if not 2 <= len(contact) <= 80:
        raise BadInput(_("有几处需要改一下。"), fields={"contact": _("请写办公电话或地址，最多 80 个字。")})
    with transaction.atomic():
        _keeper(by, place)
        given = {"contact": contact, "changed_by_id": by.id, "changed_at": timezone.now()}
        row, _new = Issuer.objects.update_or_create(place=place, defaults=given)
        record(events.CHANGED_VOLUNTEER, row, by=by, place=place.pk, what="contact")
    return row

"""Certificates of service: what was on the paper when it was given out, which nobody changes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.callouts import rules
from huying.callouts import rules_volunteers as numbers
from huying.callouts.models.volunteers import Volunteer
from huying.kernel.scopes import Actor
from huying.kernel.sealed import SealedTextField


class Issuer(models.Model):
    """Where whoever holds a certificate of this community can ask: a counter, a number of the office."""

    place = models.OneToOneField("places.Place", models.PROTECT, related_name="+")
    contact = models.CharField(_("联系方式"), max_length=80)
    changed_by = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("证明的出具单位")
        constraints = [models.CheckConstraint(condition=~Q(contact=""), name="issuer_can_be_reached")]

    def __str__(self):
        return f"issuer {self.place_id}"


class CertificateQuerySet(models.QuerySet):
    """Certificates, cut by who looks."""

    def visible_to(self, actor: Actor) -> CertificateQuerySet:
        """One's own, and those given out where one keeps the register."""
        if actor.kind == "system":
            return self
        if actor.id is None:
            return self.none()
        own = Q(volunteer__person_id=actor.id)
        return self.filter(own | Q(place__path__within_any=actor.paths(rules.KEEPERS)))


class Certificate(models.Model):
    """What a paper with this number says. The database lets it be revoked, and erased as a whole, and nothing else.

    `facts` is the paper: issuer, in_charge, contact, title, rows (day, what, post, place, minutes measured, minutes
    granted, done), trainings, measured, granted. The name stands sealed beside it; it was asked for this paper alone.
    """

    number = models.CharField(_("证明编号"), max_length=20, unique=True)
    volunteer = models.ForeignKey(Volunteer, models.PROTECT, db_index=False, related_name="certificates")
    place = models.ForeignKey("places.Place", models.PROTECT, db_index=False, related_name="+")
    name_sealed = SealedTextField(null=True, blank=True)
    # The first and the last day that it speaks of.
    first = models.DateField()
    last = models.DateField()
    facts = models.JSONField(default=dict)
    issued_by = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="+")
    issued_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    revoked_reason = models.CharField(_("为什么收回"), max_length=200, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    made_up = models.BooleanField(default=False)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("服务证明")
        indexes = [
            models.Index(fields=["volunteer", "-id"], name="certificate_by_volunteer"),
            models.Index(fields=["place", "-id"], name="certificate_by_place"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=models.F("first")), name="certificate_days_in_order"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True, revoked_reason="")
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoked_reason="")),
                name="certificate_revoked_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True, name_sealed__isnull=False)
                | Q(erased_at__isnull=False, name_sealed__isnull=True, facts={}),
                name="certificate_erased_is_gone",
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def grouped(self) -> str:
        """The number as it stands on the paper."""
        return numbers.grouped(self.number)

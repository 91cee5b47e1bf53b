"""Households that need help first in an emergency: with their consent, for a time, and every look told to them."""

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.kernel import links
from huying.kernel.ltree import LTreeField
from huying.kernel.policy import load
from huying.kernel.scopes import Actor
from huying.kernel.sealed import SealedTextField
from huying.modes import rules
from huying.modes.models.modes import Mode
from huying.people.models import ROLE_NAMES, Consent


class PriorityHouseholdQuerySet(models.QuerySet):
    """Households, cut by day and by who may read of them now."""

    def current(self, on: dt.date | None = None) -> "PriorityHouseholdQuerySet":
        """Those whose consent and time have not run out; what is due for erasure is not shown any more."""
        day = on or timezone.localdate()
        return self.filter(until__gt=day, erase_on__gt=day)

    def within(self, path: str) -> "PriorityHouseholdQuerySet":
        """Those at the place with this path, or below it."""
        return self.filter(path__within=path)

    def visible_to(self, actor: Actor, at: dt.datetime | None = None) -> "PriorityHouseholdQuerySet":
        """Those whose needs the actor may read: keepers always; helpers of the place while an emergency there is on.

        The right comes from the time of the mode itself, so that it ends with it, whoever has noted that or not.
        """
        rule = load("modes")["households"]
        wanted = Q(path__within_any=actor.paths(rule["keepers"]))
        helping = actor.paths(rule["helpers"])
        if helping:
            on = Mode.objects.on(at).filter(path__ancestors=OuterRef("path"), level__lte=rule["helpers_from_level"])
            real = on.filter(kind=rules.EMERGENCY)
            # For practice only of those who agreed to be practised with.
            drill = on.filter(kind=rules.DRILL)
            wanted |= Q(path__within_any=helping) & (Q(Exists(real)) | Q(Q(drills=True) & Exists(drill)))
        return self.filter(wanted)


class PriorityHousehold(models.Model):
    """Who needs what first, and how to reach them. Deleted, and not only hidden, when consent is taken back or runs out."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name=_("哪一户"))
    path = LTreeField(editable=False)
    community = models.ForeignKey("places.Place", models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, unique=True)
    needs = ArrayField(models.CharField(max_length=16), verbose_name=_("需要什么"))
    name_sealed = SealedTextField(null=True, blank=True)
    phone_sealed = SealedTextField(null=True, blank=True)
    # Which door, what kind of machine, who has the key.
    words_sealed = SealedTextField(null=True, blank=True)
    # Consent: how it was given, when, until when, and whether it may be used for practice.
    how = models.CharField(_("怎么同意的"), max_length=8, choices=Consent.How)
    drills = models.BooleanField(_("演练时也可以用"), default=False)
    given_at = models.DateTimeField(default=timezone.now)
    until = models.DateField(_("到什么时候"))
    recorded_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    # Gathered only for this emergency, and erased some days after it.
    mode = models.ForeignKey(Mode, models.PROTECT, null=True, blank=True, related_name="households")
    erase_on = models.DateField()
    made_up = models.BooleanField(default=False)

    objects = PriorityHouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = _("重点户")
        indexes = [
            GistIndex(fields=["path"], name="priority_household_by_path"),
            models.Index(fields=["erase_on"], name="priority_household_to_erase"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(needs=[]), name="priority_household_needs_something"),
            models.CheckConstraint(
                condition=Q(mode__isnull=False) | Q(erase_on=F("until")), name="priority_household_kept_as_agreed"
            ),
            models.CheckConstraint(
                condition=Q(erase_on__lte=F("until")), name="priority_household_no_longer_than_agreed"
            ),
        ]

    def __str__(self):
        return f"priority household {self.pk}"

    @property
    def secret(self) -> str:
        """The unguessable name of the household's own page."""
        return links.make("household", self.pk)


class HouseholdLook(models.Model):
    """Somebody read what a household needs: who, when, in which emergency or why. The household reads it on its page."""

    household = models.ForeignKey(PriorityHousehold, models.CASCADE, related_name="looks")
    by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    role = models.CharField(max_length=24, choices=list(ROLE_NAMES.items()))
    at = models.DateTimeField(default=timezone.now)
    mode = models.ForeignKey(Mode, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("查看重点户的记录")
        indexes = [models.Index(fields=["by", "at"], name="household_look_by_actor")]
        constraints = [
            models.CheckConstraint(
                condition=Q(mode__isnull=False) | ~Q(reason=""),
                name="household_looked_at_in_an_emergency_or_for_a_reason",
            )
        ]

    def __str__(self):
        return f"look at {self.household_id}"

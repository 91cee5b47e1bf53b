"""Volunteers: what they can and would rather not do, when they have time, how often they may be asked."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.callouts import rules
from huying.callouts.choices import Body
from huying.kernel.ltree import LTreeField
from huying.kernel.scopes import Actor
from huying.kernel.sealed import SealedTextField


class VolunteerQuerySet(models.QuerySet):
    """Volunteers, cut by day and by who looks."""

    def current(self, on=None) -> VolunteerQuerySet:
        """Registered on that day (today)."""
        day = on or timezone.localdate()
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)

    def awake(self, on=None) -> VolunteerQuerySet:
        """Registered, and not away for a while: those who may be asked."""
        day = on or timezone.localdate()
        return self.current(day).filter(Q(paused_until__isnull=True) | Q(paused_until__lte=day))

    def visible_to(self, actor: Actor) -> VolunteerQuerySet:
        """Those who keep the register see those registered at or below their place; everybody themselves."""
        if actor.kind == "system":
            return self
        if actor.id is None:
            return self.none()
        return self.filter(Q(person_id=actor.id) | Q(path__within_any=actor.paths(rules.KEEPERS)))


def no_hours() -> list[int]:
    """A week in which no hour was said to be free."""
    return [0] * 7


class Volunteer(models.Model):
    """A person registered with a community or a compound, willingly. `valid_to` is the first day without it.

    `number` is random and theirs alone, never an ID number (domain.md, 'Call-outs and the two modes').
    """

    person = models.OneToOneField("people.Person", models.PROTECT, related_name="volunteer")
    number = models.CharField(_("志愿者编号"), max_length=16, unique=True)
    place = models.ForeignKey("places.Place", models.PROTECT, db_index=False, related_name="volunteers")
    path = LTreeField(editable=False)
    # The first of the month of birth: enough for the age limits of posts.
    born = models.DateField(_("出生年月"), null=True, blank=True)
    guardian_sealed = SealedTextField(null=True, blank=True)
    guardian_agreed_at = models.DateTimeField(null=True, blank=True)
    skills = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    avoids = ArrayField(models.CharField(max_length=10, choices=Body), default=list, blank=True)
    # Monday first; bit h of a day is the hour from h to h + 1 (local time).
    week = ArrayField(models.IntegerField(), size=7, default=no_hours)
    # How often at most they are asked within seven days; 0: never, they look for themselves.
    asks_a_week = models.PositiveSmallIntegerField(_("一周最多问几次"), default=3)
    # Whether they may be woken in an emergency.
    night_calls = models.BooleanField(_("紧急时夜里也可以问"), default=False)
    last_asked_at = models.DateTimeField(null=True, blank=True)
    # Not asked before that day, by their own word.
    paused_until = models.DateField(_("到哪天以前不用问我"), null=True, blank=True)
    insured_until = models.DateField(_("意外险到期"), null=True, blank=True)
    # In the address of their calendar; made anew to shut out whoever knows the old one.
    calendar_key = models.CharField(max_length=32, unique=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    # Why the community did not take them on; told to the person.
    declined_reason = models.CharField(_("为什么没有接收"), max_length=200, blank=True, default="", db_default="")
    # Whatever they said is gone; the row stays, and nothing in it says of whom it was.
    erased_at = models.DateTimeField(null=True, blank=True)
    valid_from = models.DateField(default=timezone.localdate)
    valid_to = models.DateField(null=True, blank=True)
    made_up = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = VolunteerQuerySet.as_manager()

    class Meta:
        verbose_name = _("志愿者")
        indexes = [
            GistIndex(fields=["path"], name="volunteer_by_path"),
            models.Index(fields=["place"], name="volunteer_by_place"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="volunteer_ends_after_beginning",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="volunteer_confirmed_by_somebody",
            ),
            models.CheckConstraint(condition=Q(week__len=7), name="volunteer_has_a_week_of_days"),
            models.CheckConstraint(condition=Q(asks_a_week__lte=21), name="volunteer_is_left_in_peace"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(
                    born__isnull=True,
                    guardian_sealed__isnull=True,
                    skills__len=0,
                    avoids__len=0,
                    valid_to__isnull=False,
                    declined_reason="",
                ),
                name="volunteer_erased_is_gone",
            ),
        ]

    def __str__(self):
        return self.number


class Proof(models.Model):
    """Somebody has shown that a volunteer can do something, such as after a training; it may run out."""

    volunteer = models.ForeignKey(Volunteer, models.CASCADE, related_name="proofs")
    skill = models.CharField(max_length=24)
    # What it rests on: a training, a card that was shown.
    basis = models.CharField(_("依据"), max_length=80)
    given_by = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)
    until = models.DateField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("技能凭据")
        constraints = [
            models.UniqueConstraint(
                fields=["volunteer", "skill"], name="one_proof_of_a_skill", condition=Q(withdrawn_at__isnull=True)
            ),
            models.CheckConstraint(condition=~Q(basis=""), name="proof_rests_on_something"),
        ]

    def __str__(self):
        return f"{self.skill} of {self.volunteer_id}"


class Companion(models.Model):
    """A volunteer would like to serve together with another; it counts once both have said so."""

    volunteer = models.ForeignKey(Volunteer, models.CASCADE, related_name="companions")
    other = models.ForeignKey(Volunteer, models.CASCADE, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("同伴")
        constraints = [
            models.UniqueConstraint(fields=["volunteer", "other"], name="companion_named_once"),
            models.CheckConstraint(condition=~Q(volunteer=F("other")), name="companion_is_somebody_else"),
        ]

    def __str__(self):
        return f"{self.volunteer_id} with {self.other_id}"

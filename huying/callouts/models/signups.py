"""Who was asked, what they said, and who holds which place."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.callouts import rules
from huying.callouts.choices import Answer, How, SignupState
from huying.callouts.models.callouts import Callout, Shift
from huying.kernel import links
from huying.kernel.scopes import Actor


class Asked(models.Model):
    """Somebody was told of a call-out; what they answer is for this call-out only, and silence leaves no mark.

    Gone some days after the call-out: what remains is when each was last asked (`Volunteer.last_asked_at`).
    """

    callout = models.ForeignKey(Callout, models.CASCADE, db_index=False, related_name="asked")
    person = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="+")
    # 1 for the first wave; 0 for who came by themselves.
    wave = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(max_length=6, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    # "I can come, from … to …": times within the call-out.
    can_from = models.DateTimeField(null=True, blank=True)
    can_to = models.DateTimeField(null=True, blank=True)
    # Whoever is glad of any post has said yes to the one that the first assignment gives.
    any_post = models.BooleanField(_("哪个岗位都行"), default=False)
    words = models.CharField(_("想说的话"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("召集问询")
        indexes = [models.Index(fields=["person", "-id"], name="asked_by_person")]
        constraints = [
            models.UniqueConstraint(fields=["callout", "person"], name="asked_once_for_a_callout"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="asked_answered_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(can_from__isnull=True, can_to__isnull=True)
                | Q(answer="can", can_from__isnull=False, can_to__gt=models.F("can_from")),
                name="asked_can_come_within_times",
            ),
        ]

    def __str__(self):
        return f"{self.person_id} asked for {self.callout_id}"

    @property
    def secret(self) -> str:
        """The unguessable name in the link by which they answer without logging in."""
        return links.make("asked", self.pk)


class SignupQuerySet(models.QuerySet):
    """Sign-ups, cut by what they hold and by who looks."""

    def standing(self) -> SignupQuerySet:
        """Waiting, offered or confirmed."""
        return self.filter(state__in=rules.STANDING)

    def holding(self) -> SignupQuerySet:
        """Those that hold a place: offered or confirmed."""
        return self.filter(state__in=rules.HOLDING)

    def waiting(self) -> SignupQuerySet:
        """The waiting list, in order of arrival."""
        return self.filter(state=rules.WAITING).order_by("id")

    def visible_to(self, actor: Actor) -> SignupQuerySet:
        """One's own, those behind one's link, and those of the call-outs that one organises."""
        if actor.kind == "system":
            return self
        if actor.subject is not None:
            asked = Asked.objects.filter(pk=actor.subject[1]) if actor.subject[0] == "asked" else Asked.objects.none()
            one = asked.values_list("callout_id", "person_id").first()
            return self.filter(shift__callout_id=one[0], person_id=one[1]) if one else self.none()
        if actor.id is None:
            return self.none()
        return self.filter(Q(person_id=actor.id) | Q(shift__callout__path__within_any=actor.paths(rules.ORGANISERS)))


class Signup(models.Model):
    """Somebody wants, is offered or holds a place in a post. The order of the waiting list is the order of the ids."""

    shift = models.ForeignKey(Shift, models.PROTECT, db_index=False, related_name="signups")
    person = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="signups")
    state = models.CharField(_("状态"), max_length=9, choices=SignupState)
    version = models.PositiveIntegerField(default=0)
    how = models.CharField(max_length=8, choices=How, default=How.SELF)
    # The post's window, and the same with the rest after it: copied, so that the database can compare them.
    period = DateTimeRangeField()
    guarded = DateTimeRangeField()
    made_at = models.DateTimeField(default=timezone.now)
    # Until when an offer stands.
    expires_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    made_up = models.BooleanField(default=False)

    objects = SignupQuerySet.as_manager()

    class Meta:
        verbose_name = _("报名")
        indexes = [
            models.Index(fields=["shift", "id"], name="signup_by_shift"),
            models.Index(fields=["person", "-id"], name="signup_by_person"),
            models.Index(fields=["shift", "id"], name="signup_waiting", condition=Q(state=rules.WAITING)),
            models.Index(fields=["expires_at"], name="signup_by_expiry", condition=Q(state=rules.OFFERED)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["shift", "person"], name="signed_up_once_for_a_shift", condition=Q(state__in=rules.STANDING)
            ),
            # Nobody stands in two places, and everybody rests.
            ExclusionConstraint(
                name="no_two_shifts_at_once",
                expressions=[("person", RangeOperators.EQUAL), ("guarded", RangeOperators.OVERLAPS)],
                condition=Q(state__in=rules.HOLDING),
            ),
            models.CheckConstraint(condition=Q(state__in=SignupState.values), name="signup_state_known"),
            models.CheckConstraint(
                condition=Q(guarded__contains=models.F("period")), name="signup_rest_comes_after_work"
            ),
            models.CheckConstraint(
                condition=Q(state=rules.OFFERED, expires_at__isnull=False)
                | (~Q(state=rules.OFFERED) & Q(expires_at__isnull=True)),
                name="signup_offer_has_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(state=rules.CONFIRMED) | Q(confirmed_at__isnull=False), name="signup_confirmed_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=rules.STANDING, ended_at__isnull=True)
                | (~Q(state__in=rules.STANDING) & Q(ended_at__isnull=False)),
                name="signup_ended_at_a_time",
            ),
        ]

    def __str__(self):
        return f"{self.person_id} for {self.shift_id}"

    @property
    def place_id(self) -> int:
        """Where it happens."""
        return self.shift.callout.place_id


class Swap(models.Model):
    """Somebody asks the colleagues of a roster to take their shift; until one does, it stays theirs."""

    signup = models.ForeignKey(Signup, models.CASCADE, related_name="swaps")
    at = models.DateTimeField(default=timezone.now)
    taken_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    taken_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("换班")
        constraints = [
            models.UniqueConstraint(
                fields=["signup"], name="one_open_swap", condition=Q(taken_at__isnull=True, withdrawn_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(taken_at__isnull=True, taken_by__isnull=True)
                | Q(taken_at__isnull=False, taken_by__isnull=False, withdrawn_at__isnull=True),
                name="swap_taken_by_somebody",
            ),
        ]

    def __str__(self):
        return f"swap of {self.signup_id}"

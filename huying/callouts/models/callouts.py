"""Call-outs and their posts."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.callouts import rules
from huying.callouts.choices import Body, CalloutKind, CalloutState, Reach
from huying.kernel.ltree import LTreeField, ancestors_of
from huying.kernel.scopes import Actor
from huying.kernel.sealed import SealedTextField


class CalloutQuerySet(models.QuerySet):
    """Call-outs, cut by who looks."""

    def live(self) -> CalloutQuerySet:
        """Those whose people are wanted, or on their way."""
        return self.filter(state__in=rules.LIVE)

    def organised_by(self, actor: Actor) -> CalloutQuerySet:
        """Those at or below the places where the actor may post one."""
        if actor.kind == "system":
            return self
        return self.filter(path__within_any=actor.paths(rules.ORGANISERS))

    def visible_to(self, actor: Actor) -> CalloutQuerySet:
        """Those that the actor organises, was asked to, signed up for, or that are heard where they registered."""
        from huying.callouts.models.signups import Asked, Signup
        from huying.callouts.models.volunteers import Volunteer

        if actor.kind == "system":
            return self
        if actor.subject is not None:
            asked = Asked.objects.filter(pk=actor.subject[1]) if actor.subject[0] == "asked" else Asked.objects.none()
            return self.filter(pk__in=asked.values("callout_id"))
        if actor.id is None:
            return self.none()
        wanted = Q(path__within_any=actor.paths(rules.ORGANISERS))
        wanted |= Q(pk__in=Asked.objects.filter(person_id=actor.id).values("callout_id"))
        wanted |= Q(pk__in=Signup.objects.filter(person_id=actor.id).values("shift__callout_id"))
        own = Volunteer.objects.current().filter(person_id=actor.id).values_list("path", flat=True).first()
        if own:
            # Of a roster its people are told; whoever else lives there has nothing to answer.
            wanted |= Q(reach_path__in=[*ancestors_of(own), own], kind=CalloutKind.ONCE)
        return self.filter(wanted)


class Callout(models.Model):
    """People are wanted at a place and a time; a standing roster of weeks is one too. See workflow.py and actions/."""

    kind = models.CharField(max_length=6, choices=CalloutKind, default=CalloutKind.ONCE)
    state = models.CharField(_("状态"), max_length=10, choices=CalloutState, default=CalloutState.OPEN)
    version = models.PositiveIntegerField(default=0)
    # Random, made with the form: a double tap or a lost reply ends in the same call-out.
    key = models.CharField(max_length=64)
    # The code of the template that it was made from; '' for none.
    template = models.CharField(max_length=24, blank=True)
    title = models.CharField(_("什么事"), max_length=40)
    words = models.TextField(_("说明"), max_length=1000, blank=True)
    place = models.ForeignKey("places.Place", models.PROTECT, db_index=False, related_name="callouts")
    path = LTreeField(editable=False)
    # Where exactly to meet, and the point on the map when it is not the place's own.
    meeting = models.CharField(_("集合地点"), max_length=80, blank=True)
    lng = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    reach = models.CharField(_("谁能看到"), max_length=10, choices=Reach, default=Reach.COMMUNITY)
    # Volunteers registered at or below this path are in range.
    reach_path = LTreeField(editable=False)
    # Of one person at most, in a roster; empty: as the policy says.
    hours_a_week = models.PositiveSmallIntegerField(_("每人每周最多几小时"), null=True, blank=True)
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    closes_at = models.DateTimeField(_("报名截止"))
    # Told honestly: what may go wrong and what is done about it; '' when there is nothing beyond everyday life.
    risk = models.CharField(_("风险"), max_length=300, blank=True)
    # Door codes, names of the elderly: shown only to those whose place is confirmed, and gone with the call-out.
    private_sealed = SealedTextField(null=True, blank=True)
    # Everybody in range is told at once, instead of as many as the empty places need.
    tell_all = models.BooleanField(_("一次告诉范围内所有人"), default=False)
    emergency = models.BooleanField(default=False)
    drill = models.BooleanField(_("演练"), default=False)
    # The secret behind the code at the place that changes every 30 seconds (RFC 6238).
    totp_sealed = SealedTextField(null=True, blank=True)
    posted_by = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="+")
    posted_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    called_off_reason = models.CharField(_("为什么取消"), max_length=300, blank=True)
    # When the system must look at it next: a wave, the closing time, the end.
    next_alarm_at = models.DateTimeField(null=True, blank=True)
    made_up = models.BooleanField(default=False)

    objects = CalloutQuerySet.as_manager()

    class Meta:
        verbose_name = _("召集")
        indexes = [
            GistIndex(fields=["path"], name="callout_by_path"),
            models.Index(fields=["reach_path", "state"], name="callout_by_reach"),
            models.Index(fields=["place", "-id"], name="callout_by_place"),
            models.Index(fields=["next_alarm_at"], name="callout_by_alarm", condition=Q(next_alarm_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="callout_posted_once"),
            models.CheckConstraint(condition=Q(state__in=CalloutState.values), name="callout_state_known"),
            models.CheckConstraint(condition=~Q(title=""), name="callout_says_what"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="callout_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("starts_at") + Value(rules.LONGEST, models.DurationField())),
                name="callout_is_not_endless",
            ),
            models.CheckConstraint(condition=Q(closes_at__lte=F("ends_at")), name="callout_closes_before_it_ends"),
            models.CheckConstraint(
                condition=Q(state__in=rules.LIVE, ended_at__isnull=True)
                | (~Q(state__in=rules.LIVE) & Q(ended_at__isnull=False)),
                name="callout_ended_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=rules.CALLED_OFF) | ~Q(called_off_reason=""), name="callout_called_off_with_a_reason"
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_live(self) -> bool:
        """Whether its people are wanted, or on their way."""
        return self.state in rules.LIVE


class Shift(models.Model):
    """One post of a call-out in one window of time: what is to be done, by how many, by whom."""

    callout = models.ForeignKey(Callout, models.CASCADE, db_index=False, related_name="shifts")
    name = models.CharField(_("岗位"), max_length=30)
    duties = models.CharField(_("做什么"), max_length=200, blank=True)
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    capacity = models.PositiveIntegerField(_("几个人"))
    # Places held, offered ones included; moved only together with the sign-ups that hold them.
    taken = models.PositiveIntegerField(default=0)
    skills = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    body = ArrayField(models.CharField(max_length=10, choices=Body), default=list, blank=True)
    min_age = models.PositiveSmallIntegerField(_("最小年龄"), null=True, blank=True)
    max_age = models.PositiveSmallIntegerField(_("最大年龄"), null=True, blank=True)
    # A risky post opens only when accident insurance was confirmed.
    risky = models.BooleanField(_("有风险"), default=False)
    insured_at = models.DateTimeField(null=True, blank=True)
    insured_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    # Minutes after its end before the next shift of the same person.
    rest = models.PositiveSmallIntegerField(_("之后休息几分钟"), default=0)

    class Meta:
        verbose_name = _("岗位班次")
        ordering = ["starts_at", "id"]
        indexes = [models.Index(fields=["callout", "starts_at"], name="shift_by_callout")]
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity__gte=1, capacity__lte=rules.MOST_PLACES), name="shift_has_places"
            ),
            models.CheckConstraint(condition=Q(taken__lte=F("capacity")), name="shift_is_not_over_booked"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("starts_at") + Value(rules.LONGEST_SHIFT, models.DurationField())),
                name="shift_of_a_day_at_most",
            ),
            models.CheckConstraint(
                condition=Q(min_age__isnull=True) | Q(max_age__isnull=True) | Q(min_age__lte=F("max_age")),
                name="shift_ages_in_order",
            ),
            models.CheckConstraint(
                condition=Q(insured_at__isnull=True, insured_by__isnull=True)
                | Q(insured_at__isnull=False, insured_by__isnull=False),
                name="shift_insured_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(risky=False) | Q(taken=0) | Q(insured_at__isnull=False), name="risky_shift_is_insured"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def free(self) -> int:
        """Places that nobody holds."""
        return self.capacity - self.taken

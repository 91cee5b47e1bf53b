"""An emergency or a drill at a place and all below it, for a time; and the report that remains."""

import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.kernel.ltree import LTreeField
from huying.kernel.policy import load
from huying.kernel.scopes import Actor
from huying.modes import rules
from huying.modes.rules import Standing
from huying.people.rules import STAFF_ROLES


class Kind(models.TextChoices):
    EMERGENCY = rules.EMERGENCY, _("应急")
    DRILL = rules.DRILL, _("演练")


class Level(models.IntegerChoices):
    """The four levels; the word stands beside the colour everywhere."""

    RED = 1, _("一级（红色）")
    ORANGE = 2, _("二级（橙色）")
    YELLOW = 3, _("三级（黄色）")
    BLUE = 4, _("四级（蓝色）")


class State(models.TextChoices):
    NEW = rules.NEW, _("还没开启")
    ON = rules.ON, _("开启中")
    ENDED = rules.ENDED, _("已结束")
    EXPIRED = rules.EXPIRED, _("已到期结束")


class ModeQuerySet(models.QuerySet):
    """Modes, cut by moment, by place and by who looks."""

    def on(self, at: dt.datetime | None = None) -> "ModeQuerySet":
        """Those that are on at a moment (now), by time alone: an expired one is over whether or not a job has noted it."""
        if at is None:
            return self.filter(state=rules.ON, expires_at__gt=timezone.now())
        return self.exclude(state=rules.NEW).filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=at), starts_at__lte=at, expires_at__gt=at
        )

    def covering(self, path: str) -> "ModeQuerySet":
        """Those at the place with this path, or above it."""
        return self.filter(path__ancestors=path)

    def within(self, path: str) -> "ModeQuerySet":
        """Those at the place with this path, or below it."""
        return self.filter(path__within=path)

    def visible_to(self, actor: Actor) -> "ModeQuerySet":
        """Staff and volunteers see those that touch a place where they hold a post: at it, above it or below it."""
        if actor.kind == "system":
            return self
        touching = Q(pk__in=[])
        for path in actor.paths((*STAFF_ROLES, "volunteer")):
            touching |= Q(path__within=path) | Q(path__ancestors=path)
        return self.filter(touching)


class Mode(models.Model):
    """The area follows at once when it is switched on, in one transaction, and all comes back when it ends or its time is over."""

    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.NEW)
    version = models.PositiveIntegerField(default=0)
    # Random, made with the form: a double tap is one switch.
    key = models.CharField(max_length=64, unique=True)
    kind = models.CharField(_("性质"), max_length=10, choices=Kind)
    level = models.PositiveSmallIntegerField(_("级别"), choices=Level)
    level_since = models.DateTimeField()
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name=_("范围"))
    path = LTreeField(editable=False)
    authority = models.CharField(_("谁决定的、文号"), max_length=120)
    reason = models.CharField(_("为什么"), max_length=300)
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("到什么时候"))
    switched_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    # None when it ended by itself.
    ended_by = models.ForeignKey("people.Person", models.PROTECT, null=True, blank=True, related_name="+")
    ended_why = models.CharField(max_length=300, blank=True)
    made_up = models.BooleanField(default=False)

    objects = ModeQuerySet.as_manager()

    class Meta:
        verbose_name = _("平急模式")
        indexes = [
            GistIndex(fields=["path"], name="mode_on_by_path", condition=Q(state=rules.ON)),
            models.Index(fields=["expires_at"], name="mode_on_by_expiry", condition=Q(state=rules.ON)),
            models.Index(fields=["place", "-id"], name="mode_by_place"),
        ]
        constraints = [
            # By time and not by state: of two at once one has it, and an expired one stands in nobody's way.
            ExclusionConstraint(
                name="one_mode_at_a_place_at_a_time",
                expressions=[
                    ("place", RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_at"),
                            Coalesce(F("ended_at"), F("expires_at")),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(condition=Q(level__in=rules.LEVELS), name="mode_level_known"),
            models.CheckConstraint(condition=Q(kind__in=rules.KINDS), name="mode_kind_known"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="mode_state_known"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("starts_at")), name="mode_ends_after_it_begins"),
            models.CheckConstraint(
                condition=~Q(authority="") & ~Q(reason=""), name="mode_on_authority_and_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(state__in=(rules.ENDED, rules.EXPIRED), ended_at__isnull=False)
                | (Q(state__in=(rules.NEW, rules.ON)) & Q(ended_at__isnull=True, ended_by__isnull=True)),
                name="mode_ended_at_a_time",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.level} @{self.place_id}"

    @property
    def is_drill(self) -> bool:
        """Whether it is practised only."""
        return self.kind == rules.DRILL

    def is_on(self, at: dt.datetime | None = None) -> bool:
        """Whether it is on at a moment (now), by time alone."""
        at = at or timezone.now()
        return self.state != rules.NEW and self.starts_at <= at < (self.ended_at or self.expires_at)

    @property
    def over_at(self) -> dt.datetime:
        """When it ended, or will end by itself."""
        return self.ended_at or self.expires_at

    @property
    def standing(self) -> Standing:
        """What it says as long as it is on."""
        return Standing(self.pk, self.kind, self.level, self.level_since)

    @property
    def erase_on(self) -> dt.date:
        """The day on which whatever was gathered only for it is erased; it moves with the end."""
        return timezone.localdate(self.over_at) + dt.timedelta(days=load("modes")["keep"]["gathered_days"])


class Report(models.Model):
    """What the system told of a mode when it had ended, as figures; never changed, no person in it."""

    mode = models.ForeignKey(Mode, models.PROTECT, related_name="reports")
    made_at = models.DateTimeField(default=timezone.now)
    figures = models.JSONField()

    class Meta:
        verbose_name = _("事后报告")
        constraints = [models.UniqueConstraint(fields=["mode"], name="one_report_a_mode")]

    def __str__(self):
        return f"report of {self.mode_id}"

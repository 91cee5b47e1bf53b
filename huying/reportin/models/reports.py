"""Units that report in with communities, invitations to report in, and exemptions. Members stand in directory."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.directory.models import UnitKind
from huying.directory.queries import unit_ids_of
from huying.kernel import links
from huying.kernel.scopes import Actor
from huying.kernel.sealed import SealedTextField
from huying.people.rules import STAFF_ROLES

UNIT_LINK, MEMBER_LINK = "reportin.unit", "reportin.member"


class ReportState(models.TextChoices):
    """How far a unit's report-in has come."""

    ASKED = "asked", _("等社区接收")
    RECEIVED = "received", _("已报到")
    DECLINED = "declined", _("没有接收")
    ENDED = "ended", _("已结束")


class UnitReportQuerySet(models.QuerySet):
    """Reports, cut by state and by who looks."""

    def open(self) -> "UnitReportQuerySet":
        """Those that wait to be received, or are."""
        return self.filter(state__in=(ReportState.ASKED, ReportState.RECEIVED))

    def received(self) -> "UnitReportQuerySet":
        """Those of units that have reported in and still are."""
        return self.filter(state=ReportState.RECEIVED)

    def visible_to(self, actor: Actor) -> "UnitReportQuerySet":
        """Staff see those below their posts; a unit's people those of the unit; whoever asked their own."""
        if actor.kind == "system":
            return self
        wanted = Q(place__path__within_any=actor.paths(STAFF_ROLES))
        if actor.id is not None:
            wanted |= Q(contact_id=actor.id) | Q(unit_id__in=unit_ids_of(actor))
        return self.filter(wanted)


class UnitReport(models.Model):
    """A unit reports in with the community where it stands; `contact` registered it and speaks for it once received."""

    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="reports")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="unit_reports")
    contact = models.ForeignKey("people.Person", models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("状态"), max_length=10, choices=ReportState, default=ReportState.ASKED)
    version = models.PositiveIntegerField(default=0)
    # Why it was not received, or why it ended: told to the unit.
    reason = models.CharField(_("原因"), max_length=300, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    made_up = models.BooleanField(default=False)

    objects = UnitReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("单位报到")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "place"],
                condition=Q(state__in=("asked", "received")),
                name="unit_reports_in_once_with_a_community",
            ),
            models.CheckConstraint(condition=Q(state__in=ReportState.values), name="unit_report_state_known"),
            models.CheckConstraint(
                condition=~Q(state="received") | Q(received_at__isnull=False), name="unit_report_received_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(state="declined") | ~Q(reason=""), name="unit_report_declined_why"),
        ]
        indexes = [models.Index(fields=["place", "state"], name="unit_report_by_place")]

    def __str__(self):
        return self.number

    @property
    def number(self) -> str:
        """The number of its receipt."""
        return f"D{timezone.localtime(self.asked_at):%Y}-{self.pk:06d}"


class UnitInvitation(models.Model):
    """A link by which one unit reports in and is received at once, since the community asked it to."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+")
    name = models.CharField(_("单位名称"), max_length=80)
    kind = models.CharField(_("类型"), max_length=16, choices=UnitKind.choices)
    made_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    report = models.OneToOneField(UnitReport, models.PROTECT, null=True, blank=True, related_name="invitation")

    class Meta:
        verbose_name = _("单位报到邀请")
        indexes = [models.Index(fields=["place", "-id"], name="unit_invitation_by_place")]

    def __str__(self):
        return self.name

    @property
    def secret(self) -> str:
        """The unguessable name in its link."""
        return links.make(UNIT_LINK, self.pk)

    def is_open(self, now=None) -> bool:
        """Whether the link still opens something."""
        return self.report_id is None and self.revoked_at is None and (now or timezone.now()) < self.expires_at


class PeopleList(models.Model):
    """A unit's list of its people, looked at before anybody is invited. Its rows are sealed and soon erased."""

    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    made_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    # What is to be invited and what was not taken, as JSON; gone once it was done, or after some days.
    plan_sealed = SealedTextField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    progress_id = models.BigIntegerField(null=True, blank=True)
    invited = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("单位人员名单")

    def __str__(self):
        return f"list {self.pk}"


class MemberInvitation(models.Model):
    """A slip that a unit hands to one of its people. It makes nobody a member: they open it and decide by themselves.

    The name stands on the slip, sealed, until it is used or its time is over. `key` is a keyed hash by which the same
    row of a later list is known again without being readable.
    """

    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="+")
    source = models.ForeignKey(PeopleList, models.PROTECT, null=True, blank=True, related_name="invitations")
    # Where they live as the unit knows it; the person may choose another.
    place = models.ForeignKey("places.Place", models.PROTECT, null=True, blank=True, related_name="+")
    name_sealed = SealedTextField(null=True, blank=True)
    key = models.BinaryField(null=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    member = models.ForeignKey("directory.Member", models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("党员报到邀请")
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "key"],
                condition=Q(key__isnull=False, declined_at__isnull=True, revoked_at__isnull=True),
                name="nobody_is_invited_twice",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, member__isnull=True)
                | Q(accepted_at__isnull=False, member__isnull=False),
                name="invitation_accepted_by_a_member",
            ),
        ]
        indexes = [models.Index(fields=["unit", "-id"], name="member_invitation_by_unit")]

    def __str__(self):
        return f"invitation {self.pk}"

    @property
    def secret(self) -> str:
        """The unguessable name in its link."""
        return links.make(MEMBER_LINK, self.pk)

    def is_open(self, now=None) -> bool:
        """Whether the link still opens something."""
        gone = self.accepted_at or self.declined_at or self.revoked_at
        return gone is None and (now or timezone.now()) < self.expires_at


class ExemptionReason(models.TextChoices):
    """Why somebody does not report in, or takes nothing on for a while."""

    ILLNESS = "illness", _("身体原因")
    AWAY = "away", _("人在外地")
    CARE = "care", _("要照顾家人")
    OTHER = "other", _("别的原因")


class ExemptionQuerySet(models.QuerySet):
    """Exemptions, cut by day and by who looks."""

    def current(self, on=None) -> "ExemptionQuerySet":
        """In force on that day (today)."""
        day = on or timezone.localdate()
        return self.filter(valid_from__lte=day, valid_to__gt=day)

    def visible_to(self, actor: Actor) -> "ExemptionQuerySet":
        """The unit's people and the person themself; nobody else."""
        if actor.id is None:
            return self.none()
        return self.filter(Q(person_id=actor.id) | Q(unit_id__in=unit_ids_of(actor)))


class Exemption(models.Model):
    """Somebody need not report in for a while, or not be asked. It has no effect on anything else and ends by itself.

    `person` says it of themselves; a unit says it of somebody without a login by name. What can be sensitive (the
    name, the reason, the words) is sealed and erased when it ends.
    """

    person = models.ForeignKey("people.Person", models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    name_sealed = SealedTextField(null=True, blank=True)
    reason_sealed = SealedTextField(null=True, blank=True)
    words_sealed = SealedTextField(null=True, blank=True)
    valid_from = models.DateField(default=timezone.localdate)
    # The first day without it; it always has one.
    valid_to = models.DateField()
    made_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = ExemptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("免于报到")
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(unit__isnull=False), name="exemption_of_somebody"
            ),
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="exemption_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(name_sealed__isnull=True, reason_sealed__isnull=True, words_sealed__isnull=True),
                name="exemption_erased_is_gone",
            ),
        ]
        indexes = [models.Index(fields=["valid_to"], name="exemption_by_end")]

    def __str__(self):
        return f"exemption {self.pk}"

"""Who was there, from when to when, and the hours that count. Measured and granted hours are two columns, never merged."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.callouts.choices import CheckedBy
from huying.callouts.models.signups import Signup


class Attendance(models.Model):
    """Somebody came to the post that they signed up for: a check-in, a check-out, and what was granted for it."""

    signup = models.OneToOneField(Signup, models.PROTECT, related_name="attendance")
    in_at = models.DateTimeField(_("签到"))
    how_in = models.CharField(max_length=4, choices=CheckedBy)
    # Whoever ticked the list; empty for a code.
    in_by = models.ForeignKey("people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+")
    out_at = models.DateTimeField(_("签退"), null=True, blank=True)
    how_out = models.CharField(max_length=4, choices=CheckedBy, blank=True)
    out_by = models.ForeignKey("people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+")
    # Entered later by the organiser, with a reason, never more than the post is long; what was measured stays.
    granted_minutes = models.PositiveIntegerField(_("认定分钟"), null=True, blank=True)
    granted_reason = models.CharField(_("认定理由"), max_length=200, blank=True)
    granted_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    granted_at = models.DateTimeField(null=True, blank=True)
    # Shown to the person until then; after it, counted.
    shown_until = models.DateTimeField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    # What was done, and a commendation, in a few words for the record.
    done = models.CharField(_("做了什么"), max_length=120, blank=True)
    made_up = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("到场记录")
        indexes = [
            models.Index(
                fields=["shown_until"],
                name="attendance_to_count",
                condition=Q(counted_at__isnull=True, shown_until__isnull=False),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(out_at__isnull=True, how_out="")
                | (Q(out_at__gte=F("in_at")) & Q(how_out__in=CheckedBy.values)),
                name="attendance_out_after_in",
            ),
            models.CheckConstraint(
                condition=Q(
                    granted_minutes__isnull=True, granted_reason="", granted_by__isnull=True, granted_at__isnull=True
                )
                | (
                    Q(granted_minutes__isnull=False, granted_by__isnull=False, granted_at__isnull=False)
                    & ~Q(granted_reason="")
                ),
                name="attendance_granted_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(counted_at__isnull=True) | Q(out_at__isnull=False, shown_until__isnull=False),
                name="attendance_shown_before_it_counts",
            ),
        ]

    def __str__(self):
        return f"attendance of {self.signup_id}"


class Correction(models.Model):
    """A time or a number of hours was put right: what it was, what it became, why, by whom. Never changed."""

    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="corrections")
    field = models.CharField(max_length=16)
    was = models.CharField(max_length=40, blank=True)
    became = models.CharField(max_length=40)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("更正")
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="corrected_with_a_reason")]

    def __str__(self):
        return f"{self.field} of {self.attendance_id}"

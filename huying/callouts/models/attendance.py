"""Who was there, from when to when, and the hours that count. Measured and granted hours are two columns, never merged."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.callouts import rules_hours
from huying.callouts.choices import CheckedBy
from huying.callouts.models.signups import Signup


class Attendance(models.Model):
    """Somebody came to the post that they signed up for: a check-in, a check-out, and what was granted for it."""

    signup = models.OneToOneField(Signup, models.PROTECT, related_name="attendance")
    # Empty for somebody who is granted hours without having checked in, and once the exact times are erased.
    in_at = models.DateTimeField(_("签到"), null=True, blank=True)
    how_in = models.CharField(max_length=4, choices=CheckedBy, blank=True)
    # Whoever ticked the list; empty for a code.
    in_by = models.ForeignKey("people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+")
    out_at = models.DateTimeField(_("签退"), null=True, blank=True)
    how_out = models.CharField(max_length=4, choices=CheckedBy, blank=True)
    out_by = models.ForeignKey("people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+")
    # When it reached us, where that was later: made at a place without network.
    in_sent_at = models.DateTimeField(null=True, blank=True)
    out_sent_at = models.DateTimeField(null=True, blank=True)
    # What was measured, kept when the times are erased; empty as long as it follows from them.
    minutes = models.PositiveIntegerField(null=True, blank=True)
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
            ),
            models.Index(
                fields=["signup"],
                name="attendance_without_an_end",
                condition=Q(in_at__isnull=False, out_at__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(in_at__isnull=False, minutes__isnull=True, how_in__in=CheckedBy.values)
                | Q(in_at__isnull=True, minutes__isnull=False, how_in=""),
                name="attendance_of_times_or_minutes",
            ),
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
                condition=Q(counted_at__isnull=True)
                | (Q(shown_until__isnull=False) & (Q(out_at__isnull=False) | Q(in_at__isnull=True))),
                name="attendance_shown_before_it_counts",
            ),
        ]

    def __str__(self):
        return f"attendance of {self.signup_id}"

    @property
    def measured(self) -> int:
        """Minutes from check-in to check-out within the post's window; needs `signup.shift`."""
        if self.minutes is not None:
            return self.minutes
        shift = self.signup.shift
        return rules_hours.measured(rules_hours.Window(shift.starts_at, shift.ends_at), self.in_at, self.out_at)

    @property
    def is_there(self) -> bool:
        """Whether somebody came, and has not left."""
        return self.in_at is not None and self.out_at is None


class Correction(models.Model):
    """A time or a number of hours was put right: what it was, what it became, why, by whom.

    Never changed; gone together with the exact times of the attendance.
    """

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


class Question(models.Model):
    """'This is not right': what somebody says of their hours, and what the organiser answers. Hours wait for the answer."""

    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="questions")
    words = models.CharField(_("哪里不对"), max_length=200)
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(_("答复"), max_length=200, blank=True)
    answered_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("时长异议")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["attendance"], name="one_open_question_of_hours", condition=Q(answered_at__isnull=True)
            ),
            models.CheckConstraint(condition=~Q(words=""), name="question_says_what"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
                name="question_answered_by_somebody",
            ),
        ]

    def __str__(self):
        return f"question of {self.attendance_id}"

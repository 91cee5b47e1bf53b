"""What the log says of each call, one row a call, kept by a reader of the log: all figures are sums over it."""

from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from huying.kernel.ltree import LTreeField


class Case(models.Model):
    """One call as the log tells it. Made anew from its events whenever one comes; never edited by hand."""

    call = models.OneToOneField("calls.Call", models.CASCADE, primary_key=True, related_name="case")
    path = LTreeField()
    community = models.ForeignKey("places.Place", models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=8)
    category = models.CharField(max_length=24, blank=True)
    urgency = models.CharField(max_length=8)
    state = models.CharField(max_length=10)
    raised_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    # The last answer, and when the call ended; None while it is open (again).
    resolved_at = models.DateTimeField(null=True)
    respond_by = models.DateTimeField()
    unreached = models.BooleanField(default=False)
    guided = models.CharField(max_length=12, blank=True)
    rating = models.CharField(max_length=9, blank=True)
    assigned = models.PositiveSmallIntegerField(default=0)
    returned = models.PositiveSmallIntegerField(default=0)
    answers = models.PositiveSmallIntegerField(default=0)
    reopened = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("诉求统计")
        indexes = [
            GistIndex(fields=["path"], name="case_by_path"),
            models.Index(fields=["raised_at"], name="case_by_time"),
            models.Index(fields=["community", "raised_at"], name="case_by_community"),
        ]

    def __str__(self):
        return f"case {self.call_id}"

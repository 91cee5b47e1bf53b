"""The kernel's tables: the event log with its readers and seals, and the operator's calendar."""

from django.db import models
from django.db.models import F, Func, Value
from django.utils.translation import gettext_lazy as _


class Xid8Field(models.BigIntegerField):
    """PostgreSQL's 64-bit transaction id (xid8), read as an int."""

    def db_type(self, connection):
        return "xid8"

    def rel_db_type(self, connection):
        return "xid8"

    def from_db_value(self, value, expression, connection):
        return None if value is None else int(value)

    def get_db_prep_value(self, value, connection, prepared=False):
        return None if value is None else str(value)


class Event(models.Model):
    """A fact that was, written in the transaction that made it true. Append-only: a trigger refuses all else.

    `facts` holds ids and codes, never a name, a phone or free text, so that erasing a person never edits the log.
    """

    at = models.DateTimeField(db_default=Func(function="clock_timestamp"))
    txid = Xid8Field(db_default=Func(function="pg_current_xact_id"))
    kind = models.TextField()
    subject_type = models.TextField()
    subject_id = models.BigIntegerField()
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    place_id = models.BigIntegerField(null=True)
    facts = models.JSONField(db_default=Value({}, output_field=models.JSONField()))

    class Meta:
        verbose_name = _("事件")
        ordering = ["id"]
        indexes = [
            models.Index(F("txid"), F("id"), name="event_in_commit_order"),
            models.Index(F("subject_type"), F("subject_id"), F("id"), name="event_by_subject"),
        ]

    def __str__(self):
        return f"{self.kind} {self.subject_type}:{self.subject_id}"


class CalendarDay(models.Model):
    """A day that the operator knows better than the published calendar: a holiday, or a weekend day that is worked."""

    day = models.DateField(_("日期"), primary_key=True)
    working = models.BooleanField(_("上班"))
    name = models.CharField(_("名称"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("日历上的一天")
        ordering = ["day"]

    def __str__(self):
        return f"{self.day} {'班' if self.working else '休'}"

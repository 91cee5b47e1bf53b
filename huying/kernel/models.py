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


class Reader(models.Model):
    """How far a reader of the log has come: the last event behind it, in the order of (txid, id)."""

    name = models.TextField(primary_key=True)
    txid = Xid8Field(default=0)
    event_id = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("日志读者")

    def __str__(self):
        return f"{self.name} {self.txid}:{self.event_id}"


class SetAside(models.Model):
    """An event that a reader could not digest; tried again at `next_try_at`, or (None) waiting for an operator."""

    reader = models.TextField()
    event = models.ForeignKey(Event, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    attempts = models.PositiveIntegerField(default=1)
    since = models.DateTimeField(db_default=Func(function="clock_timestamp"))
    next_try_at = models.DateTimeField(null=True)
    error = models.TextField()

    class Meta:
        verbose_name = _("搁置的事件")
        constraints = [models.UniqueConstraint(fields=["reader", "event"], name="set_aside_once")]
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(next_try_at__isnull=False), name="set_aside_due")
        ]

    def __str__(self):
        return f"{self.reader} {self.event_id} ×{self.attempts}"


class Seal(models.Model):
    """A closed stretch of the log: the Merkle root over its events, chained to the seal before. Append-only.

    The stretch ends at (last_txid, last_id) and begins after the seal before. `leaves` holds 16 bytes an event, its id
    and the start of its hash: it proves nothing, but tells which event is bad when the root says that one is.
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    last_txid = Xid8Field()
    last_id = models.BigIntegerField()
    count = models.PositiveIntegerField()
    root = models.BinaryField()
    chain = models.BinaryField()
    leaves = models.BinaryField()

    class Meta:
        verbose_name = _("封签")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(number__gte=1, count__gte=1),
                name="seal_is_whole",
            )
        ]

    def __str__(self):
        return f"{self.number} {bytes(self.chain).hex()[:16]}"


class Heartbeat(models.Model):
    """When a part of the worker was last known to be alive."""

    part = models.TextField(primary_key=True)
    at = models.DateTimeField()
    host = models.TextField()
    pid = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("心跳")

    def __str__(self):
        return f"{self.part} {self.at:%F %T}"


class Progress(models.Model):
    """How far a long job has come, for the bar on its page; `by_id` is the person who started it."""

    class State(models.TextChoices):
        RUNNING = "running", _("进行中")
        FINISHED = "finished", _("已完成")
        STOPPED = "stopped", _("已停止")
        FAILED = "failed", _("出错了")

    job = models.TextField()
    title = models.TextField(blank=True)
    by_id = models.BigIntegerField(null=True)
    state = models.TextField(choices=State, default=State.RUNNING)
    total = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    stop_requested = models.BooleanField(default=False)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(db_default=Func(function="clock_timestamp"))
    moved_at = models.DateTimeField(db_default=Func(function="clock_timestamp"))
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("进度")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="running", ended_at__isnull=True)
                | (~models.Q(state="running") & models.Q(ended_at__isnull=False)),
                name="progress_ends_once",
            )
        ]

    def __str__(self):
        return f"{self.job} {self.done}/{self.total}"

    @property
    def percent(self) -> int | None:
        """How much is done in percent, or None when the whole is not known."""
        return min(100, self.done * 100 // self.total) if self.total else None


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


class IdempotentKey(models.Model):
    """A key that a client gave with a POST, and what the first request with it made or changed."""

    scope = models.TextField()
    key = models.TextField()
    fingerprint = models.BinaryField()
    subject_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("幂等键")
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotent_key_once")]

    def __str__(self):
        return f"{self.scope} {self.key}"

"""Messages: what was told to whom by which way. They hold ids and codes; the words are made when they are read."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.kernel.scopes import Actor


class Channel(models.TextChoices):
    """By which way a message goes."""

    INBOX = "inbox", _("站内")
    SMS = "sms", _("短信")
    WEBHOOK = "webhook", _("接口推送")


class State(models.TextChoices):
    """How far it has come."""

    WAITING = "waiting", _("待发送")
    SENT = "sent", _("已送出")
    GIVEN_UP = "given_up", _("没有送到")


class MessageQuerySet(models.QuerySet):
    """Messages, cut by who looks."""

    def visible_to(self, actor: Actor) -> "MessageQuerySet":
        """One's own inbox and nobody else's."""
        if actor.id is None:
            return self.none()
        return self.filter(channel=Channel.INBOX, to_person_id=actor.id)


class Message(models.Model):
    """One message to one recipient: a person, or the resident behind an identity. Nobody notes whether it was read."""

    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    to_person = models.ForeignKey("people.Person", models.CASCADE, null=True, blank=True, related_name="messages")
    to_identity = models.ForeignKey("people.Identity", models.CASCADE, null=True, blank=True, related_name="+")
    subject_type = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    # What the words need besides: ids and codes only.
    params = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    # What the service answered when it refused: its own code, never a number or a text.
    trouble = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("消息")
        ordering = ["-id"]
        constraints = [
            # A reader may hear an event twice; its message is written once.
            models.UniqueConstraint(
                fields=["event_id", "channel", "to_person", "to_identity"],
                name="message_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", next_at__isnull=False) | (~Q(state="waiting") & Q(next_at__isnull=True)),
                name="message_waits_for_a_time",
            ),
            models.CheckConstraint(
                condition=Q(to_person__isnull=True) | Q(to_identity__isnull=True), name="message_to_one"
            ),
        ]
        indexes = [
            models.Index(fields=["to_person", "-id"], name="message_inbox", condition=Q(channel="inbox")),
            models.Index(fields=["next_at"], name="message_due", condition=Q(state="waiting")),
            models.Index(fields=["at"], name="message_by_age"),
        ]

    def __str__(self):
        return f"{self.kind} by {self.channel}"


class Seen(models.Model):
    """Up to which message a person's own badge counts; shown to nobody else and kept for nothing else."""

    person = models.OneToOneField("people.Person", models.CASCADE, primary_key=True, related_name="+")
    message_id = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("看到哪里")

    def __str__(self):
        return f"{self.person_id} up to {self.message_id}"

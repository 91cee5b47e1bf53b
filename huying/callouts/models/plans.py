"""A first assignment as a draft: who could go where and why. A person decides, and publishes it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.callouts.models.callouts import Callout, Shift


class Proposal(models.Model):
    """One draft of who goes where for a call-out or a roster; a call-out has one open draft at most."""

    class State(models.TextChoices):
        """Whether it can still be changed."""

        DRAFT = "draft", _("草稿")
        PUBLISHED = "published", _("已公布")
        DROPPED = "dropped", _("已作废")

    callout = models.ForeignKey(Callout, models.CASCADE, db_index=False, related_name="proposals")
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=0)
    by = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    # How far from the best possible plan it is at most, in percent; 0 is proven to be the best.
    gap = models.FloatField(default=0)
    # Why places stay empty: the code of the rule after which nobody was left, by shift (see telling_plans.py).
    empty = models.JSONField(default=dict)
    # What was moved by hand, latest last, as [person, from shift, to shift] (0: nowhere): what undo takes back.
    moves = models.JSONField(default=list)
    published_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("初步分工")
        constraints = [
            models.UniqueConstraint(fields=["callout"], name="one_draft_of_an_assignment", condition=Q(state="draft")),
            models.CheckConstraint(
                condition=Q(state="published", published_by__isnull=False, published_at__isnull=False)
                | (~Q(state="published") & Q(published_by__isnull=True, published_at__isnull=True)),
                name="assignment_published_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["callout", "-id"], name="proposal_by_callout")]

    def __str__(self):
        return f"assignment {self.pk} of {self.callout_id}"


class Placing(models.Model):
    """One line of a draft: somebody at a post, with the codes of the reasons."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, db_index=False, related_name="placings")
    shift = models.ForeignKey(Shift, models.CASCADE, db_index=False, related_name="+")
    person = models.ForeignKey("people.Person", models.PROTECT, db_index=False, related_name="+")
    # Codes of reasons (see telling_plans.py): skill, wish, near, same_compound, together, rested.
    why = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    by_hand = models.BooleanField(default=False)
    # Why it could not be published, as a code of the sign-up's refusals; '' when it could.
    refused = models.CharField(max_length=16, blank=True)

    class Meta:
        verbose_name = _("分工草稿")
        constraints = [models.UniqueConstraint(fields=["proposal", "shift", "person"], name="placed_once_at_a_post")]

    def __str__(self):
        return f"{self.person_id} at {self.shift_id}"

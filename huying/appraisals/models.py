"""What the log says that somebody did, and what a community or a unit said of it in the end."""

import datetime as dt

from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.appraisals import rules
from huying.directory.models import Seat
from huying.kernel.ltree import LTreeField
from huying.kernel.scopes import Actor

# Whoever reads the records of a community, and those who appraise for it.
READERS = ("community_worker", "community_secretary", "street_staff", "district_staff", "city_staff")
APPRAISERS = ("community_worker", "community_secretary")


def seated(actor: Actor):
    """The units that the actor speaks for today, closed ones too: what was done stays readable."""
    day = timezone.localdate()
    held = Seat.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), person_id=actor.id, valid_from__lte=day)
    return held.values("unit_id")


class DeedQuerySet(models.QuerySet):
    """Deeds, cut by period and by who looks."""

    def within(self, period) -> "DeedQuerySet":
        """Those of a period, days read in the installation's time zone; `way` is how each stood when it was over.

        What was given back later does not change the figures of a quarter that has been told.
        """
        start, end = (timezone.make_aware(dt.datetime.combine(day, dt.time())) for day in (period.first, period.after))
        later = When(until__gte=end, then=Value(rules.UNDERWAY))
        return self.filter(at__gte=start, at__lt=end).annotate(way=Case(later, default=F("outcome")))

    def visible_to(self, actor: Actor) -> "DeedQuerySet":
        """One's own, those of a unit that one speaks for, and those in the places of one's community or above."""
        wanted = Q(path__within_any=actor.paths(READERS))
        if actor.id is not None:
            wanted |= Q(person_id=actor.id) | Q(unit_id__in=seated(actor))
        return self.filter(wanted)


class Deed(models.Model):
    """One moment in which somebody took something on, did it, or was told that it was good, as the log tells it.

    Made anew from the log whenever it says more; never edited by hand. `unit` is the one of that moment.
    """

    event_id = models.BigIntegerField()
    family = models.CharField(max_length=8)
    stage = models.CharField(max_length=10)
    outcome = models.CharField(max_length=12)
    at = models.DateTimeField()
    # Since when it stands as `outcome` says; of a member, until when they were one.
    until = models.DateTimeField(null=True)
    person = models.ForeignKey("people.Person", models.CASCADE, null=True, related_name="+")
    unit = models.ForeignKey("directory.Unit", models.CASCADE, null=True, related_name="+")
    # Done as a registered member, not in the name of the unit.
    as_member = models.BooleanField(default=False)
    subject_type = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()
    # The matter that all its moments belong to, such as 'wish:12'.
    thread = models.CharField(max_length=40)
    place = models.ForeignKey("places.Place", models.CASCADE, null=True, related_name="+")
    path = LTreeField(null=True)

    objects = DeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("做过的事")
        constraints = [
            models.UniqueConstraint(
                fields=["event_id", "stage", "person", "unit"], name="deed_told_once", nulls_distinct=False
            )
        ]
        indexes = [
            models.Index(fields=["unit", "at"], name="deed_by_unit"),
            models.Index(fields=["person", "at"], name="deed_by_person"),
            models.Index(fields=["thread"], name="deed_by_thread"),
            GistIndex(fields=["path"], name="deed_by_place"),
        ]

    def __str__(self):
        return f"{self.family} {self.stage} {self.thread}"


class AppraisalQuerySet(models.QuerySet):
    """Entries, cut by whether they stand and by who looks."""

    def standing(self) -> "AppraisalQuerySet":
        """Entries that no later one corrects."""
        return self.filter(corrected_by__isnull=True)

    def told(self) -> "AppraisalQuerySet":
        """Entries that stand and say something; one that takes an appraisal back says nothing."""
        return self.standing().exclude(level="")

    def visible_to(self, actor: Actor) -> "AppraisalQuerySet":
        """The appraised, those who speak for the unit that is appraised or that appraises, the community's workers."""
        wanted = Q(place__path__within_any=actor.paths(APPRAISERS))
        if actor.id is not None:
            units = seated(actor)
            wanted |= Q(person_id=actor.id) | Q(unit_id__in=units) | Q(from_unit_id__in=units)
        return self.filter(wanted)


class Appraisal(models.Model):
    """One entry: what a community or a unit says of a unit or a member, for a year or after a project. Append-only.

    A correction is a new entry that points at the one it corrects; an empty level takes the appraisal back. Triggers
    refuse to change a row, and to delete it before `erase_on`.
    """

    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="appraisals")
    person = models.ForeignKey("people.Person", models.PROTECT, null=True, blank=True, related_name="appraisals")
    # Who appraises: a community (place) or a unit, by one of its people.
    place = models.ForeignKey("places.Place", models.PROTECT, null=True, blank=True, related_name="+")
    from_unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    # A project of report-in, when it is about that one alone.
    project_id = models.BigIntegerField(null=True, blank=True)
    # A code of the policy's list; '' takes back what was said before.
    level = models.CharField(max_length=16, blank=True)
    words = models.TextField()
    # What the record said when this was written: {'wish-done': 2}. Counts only, for this one subject.
    known = models.JSONField(default=dict, blank=True)
    corrects = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="corrected_by")
    # The first entry of the line, None for itself.
    root = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="line")
    at = models.DateTimeField(default=timezone.now)
    erase_on = models.DateField()
    made_up = models.BooleanField(default=False)

    objects = AppraisalQuerySet.as_manager()

    class Meta:
        verbose_name = _("评议")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=True, person__isnull=False) | Q(unit__isnull=False, person__isnull=True),
                name="appraisal_of_one",
            ),
            models.CheckConstraint(
                condition=Q(place__isnull=True, from_unit__isnull=False)
                | Q(place__isnull=False, from_unit__isnull=True),
                name="appraisal_from_one",
            ),
            models.CheckConstraint(
                condition=Q(from_unit__isnull=True) | Q(unit__isnull=True), name="units_appraise_members"
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True) | ~Q(person=F("by")), name="nobody_appraises_themself"
            ),
            models.CheckConstraint(condition=~Q(words=""), name="appraisal_says_something"),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, root__isnull=True) & ~Q(level="")
                | Q(corrects__isnull=False, root__isnull=False),
                name="only_a_correction_takes_back",
            ),
            # Two taps, or two workers at once, are one appraisal.
            models.UniqueConstraint(
                fields=["place", "from_unit", "unit", "person", "year", "project_id"],
                condition=Q(corrects__isnull=True),
                name="appraised_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="appraisal_by_person"),
            models.Index(fields=["unit", "-id"], name="appraisal_by_unit"),
            models.Index(fields=["erase_on"], name="appraisal_to_erase"),
        ]

    def __str__(self):
        return f"appraisal {self.pk}"

    @property
    def line_id(self) -> int:
        """The id of the first entry of the line."""
        return self.root_id or self.pk


class AppraisalReply(models.Model):
    """What the appraised answers, to the entry that stood then. Append-only, like what it answers."""

    appraisal = models.ForeignKey(Appraisal, models.PROTECT, related_name="replies")
    by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)
    erase_on = models.DateField()

    class Meta:
        verbose_name = _("对评议的答复")
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="reply_says_something")]

    def __str__(self):
        return f"reply {self.pk}"

"""Residents' calls and what belongs to them. Who called is kept apart, in people.Identity."""

from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.calls import rules
from huying.calls.choices import Channel, EntryKind, GuideKind, Level, Rating, State, Urgency
from huying.directory.queries import unit_ids_of
from huying.kernel import links
from huying.kernel.ltree import LTreeField
from huying.kernel.scopes import Actor


class CallQuerySet(models.QuerySet):
    """Calls, cut by state, by place and by who looks."""

    def open(self) -> "CallQuerySet":
        """Calls that still wait for an answer."""
        return self.filter(state__in=rules.OPEN)

    def within(self, path: str) -> "CallQuerySet":
        """Calls at the place with this path, or below it."""
        return self.filter(path__within=path)

    def public(self) -> "CallQuerySet":
        """Calls that anybody may read: accepted, looked through, and not asked to be kept private."""
        return self.filter(state__in=rules.SHOWN, is_public=True)

    def visible_to(self, actor: Actor) -> "CallQuerySet":
        """The calls that an actor may open: below their posts, at their units, taken or written down by them, or behind their link."""
        if actor.kind == "system":
            return self
        if actor.subject is not None:
            return self.filter(pk=actor.subject[1]) if actor.subject[0] == "call" else self.none()
        if actor.id is None:
            return self.none()
        wanted = Q(owner_id=actor.id) | Q(written_by_id=actor.id)
        paths = actor.paths(rules.HANDLERS)
        if paths:
            wanted |= Q(path__within_any=paths)
        units = unit_ids_of(actor)
        if units:
            wanted |= Q(unit_id__in=units) | Q(assists__unit_id__in=units)
            return self.filter(wanted).distinct()
        return self.filter(wanted)

    def lying_at(self, actor: Actor) -> "CallQuerySet":
        """Open calls that lie at the desks of the actor's posts: what waits for them, or for a colleague beside them."""
        wanted = Q(owner_id=actor.id) if actor.id is not None else Q(pk__in=[])
        for level in rules.LEVELS:
            roles = [role for role, own in rules.LEVEL_OF_ROLE.items() if own == level]
            paths = actor.paths(roles)
            if paths:
                wanted |= Q(level=level, unit=None, path__within_any=paths)
        units = unit_ids_of(actor)
        if units:
            wanted |= Q(unit_id__in=units)
        return self.open().filter(wanted)


class Call(models.Model):
    """What a resident asks for, and how it was answered. Its steps stand in workflow.py, its writes in actions.py."""

    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.RAISED)
    version = models.PositiveIntegerField(default=0)
    # Random, made with the form: a double tap or a lost reply ends in the same call.
    intake_key = models.CharField(max_length=64)
    channel = models.CharField(_("来源"), max_length=8, choices=Channel)
    text = models.TextField(_("诉求内容"))
    place = models.ForeignKey(
        "places.Place", models.PROTECT, db_index=False, related_name="calls", verbose_name=_("地点")
    )
    path = LTreeField(editable=False)
    community = models.ForeignKey("places.Place", models.PROTECT, db_index=False, null=True, related_name="+")
    identity = models.ForeignKey(
        "people.Identity", models.SET_NULL, db_index=False, null=True, blank=True, related_name="calls"
    )
    # Who wrote it down on a resident's behalf; None when the resident did.
    written_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    wants_private = models.BooleanField(_("不公开"), default=False)
    raised_at = models.DateTimeField(db_default=Now())

    category = models.CharField(_("类别"), max_length=24, blank=True)
    urgency = models.CharField(_("办理时限"), max_length=8, choices=Urgency, default=Urgency.USUAL)
    level = models.CharField(_("在哪一级"), max_length=10, choices=Level, default=Level.COMMUNITY)
    offered_at = models.DateTimeField(db_default=Now())
    owner = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="owned_calls"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    contacted_at = models.DateTimeField(null=True, blank=True)
    unreached_at = models.DateTimeField(null=True, blank=True)

    public_text = models.TextField(_("公开的文字"), blank=True)
    is_public = models.BooleanField(_("公开"), default=False)

    unit = models.ForeignKey(
        "directory.Unit", models.PROTECT, db_index=False, null=True, blank=True, related_name="calls"
    )
    dispatched_at = models.DateTimeField(null=True, blank=True)
    assigned_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(_("期限"), null=True, blank=True)
    # The deadline that comes back when the emergency ends (docs/modes.md); None where no emergency changes it.
    peace_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    disputed_at = models.DateTimeField(null=True, blank=True)
    dispute_open = models.BooleanField(default=False)
    extension_days = models.PositiveSmallIntegerField(null=True, blank=True)
    extension_reason = models.CharField(max_length=200, blank=True)
    extended_at = models.DateTimeField(null=True, blank=True)

    parked_at = models.DateTimeField(null=True, blank=True)
    parked_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    parked_reason = models.CharField(max_length=500, blank=True)
    parked_basis = models.CharField(max_length=200, blank=True)
    parked_person = models.CharField(max_length=40, blank=True)
    parked_words = models.CharField(max_length=500, blank=True)
    review_on = models.DateField(null=True, blank=True)

    outcome = models.TextField(_("办理结果"), blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    # The resident's own word on whether it was settled; None when they did not say.
    rating = models.CharField(max_length=9, choices=Rating, blank=True)
    rated_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    asked = models.PositiveSmallIntegerField(default=0)

    guided = models.CharField(max_length=12, choices=GuideKind, blank=True)
    guided_to = models.CharField(_("可以找谁"), max_length=500, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, db_index=False, null=True, blank=True, related_name="merged"
    )

    # The wish that it came from or became: an id only, since wishes are a sibling.
    wish_number = models.BigIntegerField(null=True, blank=True)

    reminded = models.PositiveSmallIntegerField(default=0)
    next_alarm_at = models.DateTimeField(null=True, blank=True)
    made_up = models.BooleanField(default=False)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = _("诉求")
        # Every call that comes in pays for each index: keys to other tables have none by themselves (db_index=False),
        # only where one looks from the other side.
        indexes = [
            GistIndex(fields=["path"], name="call_open_by_path", condition=Q(state__in=rules.OPEN)),
            models.Index(fields=["community", "-id"], name="call_by_community"),
            models.Index(fields=["place", "-id"], name="call_by_place"),
            # The state comes along so that 'how many are overdue' is answered from the index alone.
            models.Index(
                fields=["community", "level", "due_at"],
                include=["state"],
                name="call_open_by_desk",
                condition=Q(state__in=rules.OPEN),
            ),
            # What lies above the communities is little and far between: found without reading a city's open calls.
            models.Index(
                fields=["level", "due_at"],
                name="call_open_above",
                condition=Q(state__in=rules.OPEN, level__in=("street", "district", "city")),
            ),
            models.Index(fields=["unit", "-id"], name="call_by_unit", condition=Q(unit__isnull=False)),
            models.Index(fields=["owner", "-id"], name="call_by_owner", condition=Q(owner__isnull=False)),
            models.Index(
                fields=["owner", "-rated_at"],
                name="call_rated_by_owner",
                condition=Q(owner__isnull=False, rated_at__isnull=False),
            ),
            models.Index(
                fields=["unit", "due_at"],
                name="call_open_by_unit",
                condition=Q(state__in=rules.OPEN, unit__isnull=False),
            ),
            models.Index(
                fields=["owner", "due_at"],
                name="call_open_by_owner",
                condition=Q(state__in=rules.OPEN, owner__isnull=False),
            ),
            models.Index(fields=["next_alarm_at"], name="call_by_alarm", condition=Q(next_alarm_at__isnull=False)),
            models.Index(fields=["identity"], name="call_by_identity", condition=Q(identity__isnull=False)),
            models.Index(fields=["written_by"], name="call_by_writer", condition=Q(written_by__isnull=False)),
            models.Index(fields=["merged_into"], name="call_by_merger", condition=Q(merged_into__isnull=False)),
        ]
        constraints = [
            # Said here and not with the field, which would add a second index for LIKE.
            models.UniqueConstraint(fields=["intake_key"], name="call_taken_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="call_state_known"),
            models.CheckConstraint(condition=~Q(text=""), name="call_says_something"),
            models.CheckConstraint(
                condition=Q(state__in=("raised", "withdrawn", "declined", "merged")) | Q(accepted_at__isnull=False),
                name="call_accepted_before_it_went_on",
            ),
            models.CheckConstraint(
                condition=~Q(state="assigned") | Q(unit__isnull=False, assigned_at__isnull=False),
                name="call_assigned_to_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=rules.ANSWERED) | (Q(resolved_at__isnull=False) & ~Q(outcome="")),
                name="call_resolved_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(state="parked")
                | (
                    Q(parked_at__isnull=False, parked_by__isnull=False, review_on__isnull=False)
                    & ~Q(parked_reason="")
                    & ~Q(parked_basis="")
                    & ~Q(parked_words="")
                ),
                name="call_parked_with_reasons",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | (~Q(guided="") & ~Q(guided_to="")), name="call_declined_with_a_way"
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
                name="call_merged_into_another",
            ),
            models.CheckConstraint(
                condition=Q(rating="", rated_at__isnull=True) | (~Q(rating="") & Q(rated_at__isnull=False)),
                name="call_rated_at_a_time",
            ),
            models.CheckConstraint(condition=Q(reopened__lte=9), name="call_reopened_a_few_times"),
            # What is private, and what nobody has looked through, is never public.
            models.CheckConstraint(
                condition=Q(is_public=False) | (Q(wants_private=False) & ~Q(public_text="")),
                name="call_public_words_looked_through",
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def number(self) -> str:
        """The number that people say on the phone."""
        return f"{self.pk:06d}"

    @property
    def secret(self) -> str:
        """The unguessable name in the caller's link."""
        return links.make("call", self.pk)

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer."""
        return self.state in rules.OPEN

    def is_overdue(self, now=None) -> bool:
        """Whether its deadline has passed without an answer."""
        return self.state in rules.TAKEN and self.due_at is not None and self.due_at < (now or timezone.now())


class CallSearch(models.Model):
    """The words of a call as they are searched, kept by a reader of the log: whoever raises a call does not wait for it."""

    call = models.OneToOneField(Call, models.CASCADE, primary_key=True, related_name="+")
    words = SearchVectorField()

    class Meta:
        verbose_name = _("诉求检索")
        db_table = "calls_search"
        indexes = [GinIndex(fields=["words"], name="call_search_words")]

    def __str__(self):
        return f"words of {self.call_id}"


def photo_path(photo: "Photo", filename: str) -> str:
    """Where a photo's file lies below MEDIA_ROOT; the name says nothing."""
    return f"calls/{photo.key[:2]}/{photo.key}.jpg"


class Photo(models.Model):
    """A picture that belongs to a call; re-encoded, without EXIF, shown to the public only when ticked."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="photos")
    key = models.CharField(max_length=32, unique=True)
    file = models.FileField(upload_to=photo_path, max_length=120)
    thumb = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    # From the resident, or from the one who answered.
    of_answer = models.BooleanField(default=False)
    shown = models.BooleanField(_("公开"), default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("照片")
        ordering = ["id"]

    def __str__(self):
        return self.key


class Entry(models.Model):
    """Words on a call: between resident and staff, between colleagues, or a note that a contact was made."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=8, choices=EntryKind)
    text = models.TextField(blank=True)
    by = models.ForeignKey("people.Person", models.PROTECT, null=True, blank=True, related_name="+")
    # The step that these words belong to (an event's kind), or '' for words on their own.
    step = models.CharField(max_length=32, blank=True)
    # A key made with the form: a double tap is one entry.
    key = models.CharField(max_length=64, unique=True, null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("往来记录")
        ordering = ["id"]

    def __str__(self):
        return f"{self.kind} on {self.call_id}"

    @property
    def for_resident(self) -> bool:
        """Whether the caller reads it on their page."""
        return self.kind in (EntryKind.WORDS, EntryKind.REPLY)


class Assist(models.Model):
    """A unit that helps and reports to the owner; the call stays the owner's (首接负责)."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="assists")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, related_name="assists")
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(null=True, blank=True)
    report = models.TextField(blank=True)

    class Meta:
        verbose_name = _("协办")
        constraints = [
            models.UniqueConstraint(fields=["call", "unit"], name="a_unit_assists_once"),
            models.CheckConstraint(
                condition=Q(reported_at__isnull=True) | ~Q(report=""), name="assist_reports_in_words"
            ),
        ]

    def __str__(self):
        return f"{self.unit_id} assists {self.call_id}"


class SavedFilter(models.Model):
    """A list that somebody looks at often, by its name and its query."""

    person = models.ForeignKey("people.Person", models.CASCADE, related_name="saved_filters")
    name = models.CharField(_("名称"), max_length=30)
    query = models.CharField(max_length=500)

    class Meta:
        verbose_name = _("常用筛选")
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="saved_filter_named_once")]

    def __str__(self):
        return self.name

    def clean(self):
        if not self.name.strip():
            raise ValidationError({"name": _("给它起个名字。")})


class ReplyTemplate(models.Model):
    """Ready words of a community (and those below its place) for a category; beside those in the policy."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="reply_templates")
    category = models.CharField(max_length=24, blank=True)
    text = models.CharField(_("内容"), max_length=500)
    by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("常用回复")

    def __str__(self):
        return self.text[:20]

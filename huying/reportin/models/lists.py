"""The three lists: needs, resources and the projects that grow from them; who was asked, who helps, what the served say."""

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.directory.queries import unit_ids_of
from huying.kernel import links
from huying.kernel.ltree import LTreeField, ancestors_of
from huying.kernel.scopes import Actor
from huying.reportin import rules_lists as rules
from huying.reportin.choices_lists import NeedState, Part, ProjectState, ResourceState

NEED_LINK = "need"


def codes(label: str) -> ArrayField:
    """A list of codes of directory's catalogue."""
    return ArrayField(models.CharField(max_length=24), verbose_name=label, default=list, blank=True)


class NeedQuerySet(models.QuerySet):
    """Needs, cut by place and by who looks."""

    def within(self, path: str) -> "NeedQuerySet":
        """Needs at the place with this path, or below it."""
        return self.filter(path__within=path)

    def waiting(self) -> "NeedQuerySet":
        """Needs that somebody can still take on."""
        return self.filter(state__in=rules.WAITING)

    def shown(self) -> "NeedQuerySet":
        """Needs that everybody may read; their words were looked through when they were posted."""
        return self.filter(state__in=rules.SHOWN)

    def visible_to(self, actor: Actor) -> "NeedQuerySet":
        """Everybody reads what is on the board; withdrawn ones only whoever posted them and the staff above."""
        if actor.kind == "system":
            return self
        if actor.subject is not None:
            return self.filter(pk=actor.subject[1]) if actor.subject[0] == NEED_LINK else self.none()
        wanted = Q(state__in=rules.SHOWN) | Q(path__within_any=actor.paths(rules.POSTERS))
        if actor.id is not None:
            wanted |= Q(posted_by_id=actor.id)
        return self.filter(wanted)


class Need(models.Model):
    """Hands, skills, things or rooms that are wanted at a place. Its steps stand in workflow_lists.py."""

    state = models.CharField(_("状态"), max_length=11, choices=NeedState, default=NeedState.POSTED)
    version = models.PositiveIntegerField(default=0)
    # Made with the form: a double tap is one need.
    key = models.CharField(max_length=64, unique=True)
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="needs", verbose_name=_("在哪里"))
    path = LTreeField(editable=False)
    text = models.TextField(_("需要什么"))
    services = codes(_("哪种服务"))
    skills = codes(_("什么本领"))
    people = models.PositiveSmallIntegerField(_("要几个人"), default=1)
    day_from = models.DateField(_("从哪天"), null=True, blank=True)
    day_to = models.DateField(_("到哪天"), null=True, blank=True)
    parts = ArrayField(models.CharField(max_length=1, choices=Part), default=list, blank=True)
    # What it came from when it was not written as a need, as 'call:12'.
    origin = models.CharField(max_length=40, blank=True)
    posted_by = models.ForeignKey("people.Person", models.PROTECT, null=True, blank=True, related_name="posted_needs")
    posted_at = models.DateTimeField(default=timezone.now)
    # When it waits for being offered to somebody: since its posting, or since it was put down again.
    waits_since = models.DateTimeField(default=timezone.now)
    dispatch_by = models.DateTimeField(_("派单期限"))
    dispatched_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reminded = models.PositiveSmallIntegerField(default=0)
    next_alarm_at = models.DateTimeField(null=True, blank=True)
    made_up = models.BooleanField(default=False)

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("需求")
        indexes = [
            GistIndex(fields=["path"], name="need_by_path"),
            models.Index(fields=["next_alarm_at"], name="need_by_alarm", condition=Q(next_alarm_at__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=NeedState.values), name="need_state_known"),
            models.CheckConstraint(condition=~Q(text=""), name="need_says_something"),
            models.CheckConstraint(condition=Q(people__gte=1), name="need_for_one_at_least"),
            models.CheckConstraint(
                condition=Q(day_to__isnull=True) | Q(day_from__isnull=True) | Q(day_to__gte=F("day_from")),
                name="need_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(services__len__gte=1) | Q(skills__len__gte=1), name="need_wants_some_service"
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def number(self) -> str:
        """The number that people say on the phone."""
        return f"X{self.pk:05d}"

    @property
    def secret(self) -> str:
        """The unguessable name in the link of those it serves."""
        return links.make(NEED_LINK, self.pk)

    @property
    def is_waiting(self) -> bool:
        """Whether somebody can still take it on."""
        return self.state in rules.WAITING


class ResourceQuerySet(models.QuerySet):
    """Resources, cut by place and by who looks."""

    def open(self) -> "ResourceQuerySet":
        """Those that can be asked for."""
        return self.filter(state=ResourceState.OPEN)

    def serving(self, path: str) -> "ResourceQuerySet":
        """Those at a place, below it, or offered by somebody above it for all that lies below."""
        return self.filter(Q(path__within=path) | Q(path__in=ancestors_of(path)))

    def visible_to(self, actor: Actor) -> "ResourceQuerySet":
        """Everybody reads what is open; what is closed only whoever offered it and the staff above."""
        if actor.kind == "system":
            return self
        wanted = Q(state=ResourceState.OPEN) | Q(path__within_any=actor.paths(rules.POSTERS))
        if actor.id is not None:
            wanted |= Q(person_id=actor.id) | Q(unit_id__in=unit_ids_of(actor))
        return self.filter(wanted)


class Resource(models.Model):
    """What a unit or a person offers: skills, kinds of service, things, rooms; where and on which parts of the week."""

    state = models.CharField(_("状态"), max_length=6, choices=ResourceState, default=ResourceState.OPEN)
    version = models.PositiveIntegerField(default=0)
    key = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="resources")
    # None: the person offers it for themselves.
    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="resources")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="resources", verbose_name=_("在哪里"))
    path = LTreeField(editable=False)
    text = models.TextField(_("能提供什么"))
    services = codes(_("哪种服务"))
    skills = codes(_("什么本领"))
    # Slots of the week such as '6m'; none: it depends, ask.
    slots = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    posted_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    made_up = models.BooleanField(default=False)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("资源")
        indexes = [GistIndex(fields=["path"], name="resource_by_path")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ResourceState.values), name="resource_state_known"),
            models.CheckConstraint(condition=~Q(text=""), name="resource_says_something"),
            models.CheckConstraint(
                condition=Q(services__len__gte=1) | Q(skills__len__gte=1), name="resource_brings_some_service"
            ),
        ]

    def __str__(self):
        return f"Z{self.pk:05d}"


class Offer(models.Model):
    """A need that was shown to a unit or a person who may take it or not. It obliges nobody.

    `put_aside_at` keeps it off their list once they said no; nobody else ever reads it, and no event tells of it.
    """

    need = models.ForeignKey(Need, models.CASCADE, related_name="offers")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="offers")
    person = models.ForeignKey("people.Person", models.PROTECT, null=True, blank=True, related_name="offers")
    # The need's version when it was offered, by which its event finds whom to tell.
    batch = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    put_aside_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("派单")
        constraints = [
            models.UniqueConstraint(fields=["need", "unit"], name="need_offered_once_to_a_unit"),
            models.UniqueConstraint(fields=["need", "person"], name="need_offered_once_to_a_person"),
            models.CheckConstraint(
                condition=Q(unit__isnull=True, person__isnull=False) | Q(unit__isnull=False, person__isnull=True),
                name="need_offered_to_one",
            ),
        ]

    def __str__(self):
        return f"offer of {self.need_id}"


class ProjectQuerySet(models.QuerySet):
    """Projects, cut by place and by who looks."""

    def within(self, path: str) -> "ProjectQuerySet":
        """Projects for needs at a place or below it."""
        return self.filter(need__path__within=path)

    def running(self) -> "ProjectQuerySet":
        """All but those that were put down."""
        return self.exclude(state=ProjectState.STOPPED)

    def visible_to(self, actor: Actor) -> "ProjectQuerySet":
        """Everybody reads what is on the board; what was put down whoever had it and the staff above the place."""
        if actor.kind == "system":
            return self
        wanted = ~Q(state=ProjectState.STOPPED) | Q(need__path__within_any=actor.paths(rules.POSTERS))
        if actor.id is not None:
            wanted |= Q(person_id=actor.id) | Q(unit_id__in=unit_ids_of(actor))
        return self.filter(wanted)


class Project(models.Model):
    """A need that somebody took on by themselves, for a unit or as a person: from the claim to the crossing off."""

    need = models.ForeignKey(Need, models.PROTECT, related_name="projects")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="projects")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="projects")
    state = models.CharField(_("状态"), max_length=11, choices=ProjectState, default=ProjectState.PLANNED)
    version = models.PositiveIntegerField(default=0)
    claimed_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField(_("哪天做完"), null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(_("做了什么"), blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    reminded = models.PositiveSmallIntegerField(default=0)
    next_alarm_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("项目")
        indexes = [
            models.Index(fields=["next_alarm_at"], name="project_by_alarm", condition=Q(next_alarm_at__isnull=False)),
        ]
        constraints = [
            # One claim a need: of two who take it at the same moment one has it.
            models.UniqueConstraint(
                fields=["need"], condition=Q(state__in=rules.RUNNING), name="one_project_for_a_need"
            ),
            models.CheckConstraint(condition=Q(state__in=ProjectState.values), name="project_state_known"),
            models.CheckConstraint(
                condition=~Q(state="underway") | Q(started_at__isnull=False, due_on__isnull=False),
                name="project_underway_with_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("done", "crossed_off")) | (Q(done_at__isnull=False) & ~Q(outcome="")),
                name="project_done_with_words",
            ),
            models.CheckConstraint(
                condition=~Q(state="crossed_off") | Q(ended_at__isnull=False), name="project_crossed_off_at_a_time"
            ),
        ]

    def __str__(self):
        return f"P{self.pk:05d}"

    @property
    def place_id(self) -> int:
        """Where it is: the place of its need."""
        return self.need.place_id

    @property
    def since(self) -> dt.datetime:
        """When it came into its state."""
        moment = {"underway": self.started_at, "done": self.done_at, "crossed_off": self.ended_at}.get(self.state)
        return moment or self.claimed_at


class ProjectStep(models.Model):
    """One of the few steps that a project consists of."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    words = models.CharField(_("做什么"), max_length=60)
    day = models.DateField(_("哪天"), null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("项目步骤")
        ordering = ["number", "id"]
        constraints = [models.CheckConstraint(condition=~Q(words=""), name="project_step_says_something")]

    def __str__(self):
        return self.words


class Helper(models.Model):
    """Somebody who signed up for a project by themselves, and may leave it any time."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="helpers")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="helping")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("帮手")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person"], condition=Q(left_at__isnull=True), name="a_helper_signs_up_once"
            ),
        ]

    def __str__(self):
        return f"{self.person_id} helps {self.project_id}"


class Voice(models.Model):
    """What those whom a project served say of it: it came, or not yet and why."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="voices")
    came = models.BooleanField(_("服务到了"))
    words = models.CharField(_("说的话"), max_length=300, blank=True)
    # Whoever said it or wrote it down for a resident; None: by the residents' link.
    by = models.ForeignKey("people.Person", models.PROTECT, null=True, blank=True, related_name="+")
    key = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("服务对象的话")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(came=True) | ~Q(words=""), name="not_yet_is_said_in_words"),
        ]

    def __str__(self):
        return f"voice on {self.project_id}"

"""Plans of a site with their outcome, the queue of the day and its number slips. A slip tells nothing of whose it is."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from huying.callouts import site_rules
from huying.callouts.site_catalogue import Template, numbers, templates
from huying.kernel import links
from huying.kernel.ltree import LTreeField
from huying.kernel.scopes import Actor
from huying.solvers.site import Site, Station


class SitePlanQuerySet(models.QuerySet):
    """Plans, cut by who looks."""

    def kept(self) -> "SitePlanQuerySet":
        """Those that nobody has thrown away."""
        return self.filter(dropped_at__isnull=True)

    def visible_to(self, actor: Actor) -> "SitePlanQuerySet":
        """Plans of places below the actor's posts."""
        if actor.kind == "system":
            return self
        paths = actor.paths(site_rules.PLANNERS)
        return self.filter(path__within_any=paths) if paths else self.none()


class SitePlan(models.Model):
    """A plan of a site: how many come when, lanes and stations, and what it was computed to be like. It never changes."""

    name = models.CharField(_("叫什么"), max_length=40)
    template = models.CharField(_("哪种点"), max_length=20)
    place = models.ForeignKey("places.Place", models.PROTECT, db_index=False, related_name="+", verbose_name=_("地点"))
    path = LTreeField(editable=False)
    day = models.DateField(_("哪一天"), null=True, blank=True)
    opens = models.TimeField(_("几点开始"))
    closes = models.TimeField(_("几点结束"))
    people = models.PositiveIntegerField(_("来多少人"))
    curve_kind = models.CharField(_("怎么来"), max_length=12)
    curve = ArrayField(models.FloatField())
    lanes = models.PositiveSmallIntegerField(_("几条通道"))
    stations = models.JSONField()  # [{code, mean, spread}]: seconds
    first_percent = models.PositiveSmallIntegerField(_("优先的占百分之几"))
    in_row = models.PositiveSmallIntegerField()
    target = models.PositiveSmallIntegerField(_("等多久算久"))
    outcome = models.JSONField()  # see site_study.py
    # Made with the form: a double tap is one plan.
    key = models.CharField(max_length=64)
    made_by = models.ForeignKey("people.Person", models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    dropped_at = models.DateTimeField(null=True, blank=True)
    made_up = models.BooleanField(default=False)

    objects = SitePlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("设点方案")
        indexes = [GistIndex(fields=["path"], name="site_plan_by_path")]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="site_plan_saved_once"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="site_closes_after_it_opens"),
            models.CheckConstraint(condition=Q(people__gte=1, lanes__gte=1, in_row__gte=1), name="site_has_people"),
            models.CheckConstraint(condition=Q(first_percent__lte=100), name="site_first_at_most_all"),
        ]

    def __str__(self):
        return self.name

    @property
    def kind(self) -> Template | None:
        """Its template, or None when the policy has lost it."""
        return templates().get(self.template)

    @property
    def site(self) -> Site:
        """The plan as the solver takes it."""
        return Site(
            people=self.people,
            minutes=(self.closes.hour - self.opens.hour) * 60 + self.closes.minute - self.opens.minute,
            curve=tuple(self.curve),
            lanes=self.lanes,
            stations=tuple(Station(one["mean"], one["spread"]) for one in self.stations),
            first_share=self.first_percent / 100,
            in_row=self.in_row,
        )

    def posts(self) -> list[tuple[str, int]]:
        """The posts that it needs, in the reader's language, for the call-out made from it: (name, how many)."""
        return [(one.name, one.needed(self.lanes)) for one in self.kind.posts] if self.kind else []

    @property
    def helpers(self) -> int:
        """How many people it takes in all."""
        return sum(count for _name, count in self.posts())


class SiteQueueQuerySet(models.QuerySet):
    """Queues, cut by who looks and whether they are open."""

    def open(self) -> "SiteQueueQuerySet":
        """Those that still give numbers or call them."""
        return self.filter(state=site_rules.OPEN)

    def visible_to(self, actor: Actor) -> "SiteQueueQuerySet":
        """Queues of places below the actor's posts."""
        if actor.kind == "system":
            return self
        paths = actor.paths(site_rules.KEEPERS)
        return self.filter(path__within_any=paths) if paths else self.none()


class QueueState(models.TextChoices):
    """Whether a queue runs."""

    OPEN = site_rules.OPEN, _("在叫号")
    CLOSED = site_rules.CLOSED, _("已收")


class SiteQueue(models.Model):
    """A queue by numbers at a place on a day. `taken`: the last number given; the row's lock keeps numbers without gaps."""

    state = models.CharField(_("状态"), max_length=6, choices=QueueState, default=QueueState.OPEN)
    version = models.PositiveIntegerField(default=0)
    name = models.CharField(_("叫什么"), max_length=40)
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+", verbose_name=_("地点"))
    path = LTreeField(editable=False)
    callout = models.ForeignKey("callouts.Callout", models.PROTECT, null=True, blank=True, related_name="queues")
    plan = models.ForeignKey(SitePlan, models.PROTECT, null=True, blank=True, related_name="queues")
    day = models.DateField(_("哪一天"))
    lanes = models.PositiveSmallIntegerField(_("几条通道"))
    in_row = models.PositiveSmallIntegerField(_("连着几位优先"))
    seconds_each = models.FloatField()  # that one person takes in a lane, until the day's own pace is known
    taken = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)  # how often a number was called
    run = models.PositiveSmallIntegerField(default=0)  # who go first, called one after the other
    # Made with the form: a double tap is one queue.
    key = models.CharField(max_length=64)
    opened_by = models.ForeignKey("people.Person", models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    made_up = models.BooleanField(default=False)

    objects = SiteQueueQuerySet.as_manager()

    class Meta:
        verbose_name = _("叫号队")
        indexes = [
            GistIndex(fields=["path"], name="site_queue_by_path"),
            models.Index(fields=["day"], name="site_queue_by_day", condition=Q(erased_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="site_queue_opened_once"),
            models.UniqueConstraint(
                fields=["place"], name="one_open_queue_a_place", condition=Q(state=site_rules.OPEN)
            ),
            models.CheckConstraint(condition=Q(state__in=QueueState.values), name="site_queue_state_known"),
            models.CheckConstraint(condition=Q(lanes__gte=1, in_row__gte=1), name="site_queue_has_lanes"),
            models.CheckConstraint(
                condition=Q(state=site_rules.OPEN, closed_at__isnull=True)
                | Q(state=site_rules.CLOSED, closed_at__isnull=False),
                name="site_queue_closed_at_a_time",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def secret(self) -> str:
        """The name in the link behind the QR code at the entrance, by which one takes a number."""
        return links.make("site-queue", self.pk)

    @property
    def desk_secret(self) -> str:
        """The name in the link of the helper at the entrance."""
        return links.make("site-desk", self.pk)

    def lane_secret(self, lane: int) -> str:
        """The name in the link of the helper at a lane."""
        return links.make("site-lane", self.pk * (LANES_APART) + lane)

    @property
    def most(self) -> int:
        """The last number that it can give."""
        return numbers()["queue"]["numbers_most"]


# A lane's link holds queue and lane in one number.
LANES_APART = 1000


class SlipState(models.TextChoices):
    """Where a number is on its way."""

    WAITING = site_rules.WAITING, _("在等")
    CALLED = site_rules.CALLED, _("叫到了")
    DONE = site_rules.DONE, _("办完了")
    MISSED = site_rules.MISSED, _("过号")
    LEFT = site_rules.LEFT, _("不等了")


class Slip(models.Model):
    """A number in a queue. Whether its holder goes first is all that is known of them; erased some days after the day."""

    queue = models.ForeignKey(SiteQueue, models.CASCADE, db_index=False, related_name="slips")
    number = models.PositiveIntegerField(_("号"))
    state = models.CharField(_("状态"), max_length=7, choices=SlipState, default=SlipState.WAITING)
    version = models.PositiveIntegerField(default=0)
    first = models.BooleanField(_("优先"), default=False)
    # Taken by the helper at the entrance for somebody without a phone.
    by_helper = models.BooleanField(default=False)
    lane = models.PositiveSmallIntegerField(null=True, blank=True)
    # The how-manieth call of the queue this was, and what the queue's run was before it: to take it back.
    called_as = models.PositiveIntegerField(null=True, blank=True)
    run_before = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(db_default=Now())
    called_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    key = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("号票")
        indexes = [
            models.Index(
                fields=["queue", "first", "number"], name="slip_who_waits", condition=Q(state=site_rules.WAITING)
            ),
            models.Index(fields=["queue", "lane", "called_as"], name="slip_by_lane", condition=Q(lane__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["queue", "number"], name="a_number_is_given_once"),
            models.UniqueConstraint(fields=["queue", "key"], name="a_slip_is_taken_once"),
            models.UniqueConstraint(
                fields=["queue", "lane"], name="one_number_at_a_lane", condition=Q(state=site_rules.CALLED)
            ),
            models.CheckConstraint(condition=Q(state__in=SlipState.values), name="slip_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=(site_rules.CALLED, site_rules.DONE, site_rules.MISSED))
                | Q(called_at__isnull=False, lane__isnull=False, called_as__isnull=False),
                name="slip_called_to_a_lane",
            ),
            models.CheckConstraint(
                condition=~Q(state=site_rules.WAITING) | Q(lane__isnull=True, called_at__isnull=True),
                name="slip_waits_at_no_lane",
            ),
        ]

    def __str__(self):
        return str(self.number)

    @property
    def place_id(self) -> int:
        """Where its queue is."""
        return self.queue.place_id

    @property
    def secret(self) -> str:
        """The unguessable name in the holder's link."""
        return links.make("slip", self.pk)

"""Small wishes, who took them on, and their tree. Who wishes is kept apart, in people.Identity and in sealed fields."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.directory.queries import unit_ids_of
from huying.kernel import links
from huying.kernel.ltree import LTreeField
from huying.kernel.scopes import Actor
from huying.kernel.sealed import SealedTextField
from huying.wishes import rules
from huying.wishes.choices import Channel, ClaimEnd, EntryKind, Kind, Rating, State


class WishQuerySet(models.QuerySet):
    """Wishes, cut by state, by place and by who looks."""

    def within(self, path: str) -> "WishQuerySet":
        """Wishes at the place with this path, or below it."""
        return self.filter(path__within=path)

    def open(self) -> "WishQuerySet":
        """Wishes for which somebody still has to do something."""
        return self.filter(state__in=rules.OPEN)

    def public(self) -> "WishQuerySet":
        """Wishes that are a leaf on the tree."""
        return self.filter(state__in=rules.SHOWN)

    def visible_to(self, actor: Actor) -> "WishQuerySet":
        """The wishes that an actor may open as one who works on them: below their posts, claimed or written down by them, or behind their link."""
        if actor.kind == "system":
            return self
        if actor.subject is not None:
            return self.filter(pk=actor.subject[1]) if actor.subject[0] == "wish" else self.none()
        if actor.id is None:
            return self.none()
        wanted = Q(written_by_id=actor.id) | Q(pk__in=Claim.objects.held_by(actor).values("wish_id"))
        paths = actor.paths(rules.SEERS)
        if paths:
            wanted |= Q(path__within_any=paths)
        return self.filter(wanted)


class Wish(models.Model):
    """What somebody wishes for, and how it came true. Its steps stand in workflow.py, its writes in actions/."""

    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.COLLECTED)
    version = models.PositiveIntegerField(default=0)
    # Random, made with the form: a double tap or a lost reply ends in the same wish.
    intake_key = models.CharField(max_length=64)
    channel = models.CharField(_("来源"), max_length=8, choices=Channel)
    # The wisher's own words; nobody but the staff of the place and the claimant reads them.
    text = models.TextField(_("心愿"))
    place = models.ForeignKey(
        "places.Place", models.PROTECT, db_index=False, related_name="wishes", verbose_name=_("地点")
    )
    path = LTreeField(editable=False)
    community = models.ForeignKey("places.Place", models.PROTECT, db_index=False, related_name="+")
    identity = models.ForeignKey(
        "people.Identity", models.SET_NULL, db_index=False, null=True, blank=True, related_name="wishes"
    )
    # Shown to the claimant after the claim and to nobody else without a reason; gone with the identity.
    address_sealed = SealedTextField(null=True, blank=True)
    hardship_sealed = SealedTextField(null=True, blank=True)
    # The wisher cannot be reached but through whoever wrote it down.
    through_writer = models.BooleanField(_("由登记人转告"), default=False)
    is_minor = models.BooleanField(_("不满十四岁"), default=False)
    guardian_agreed = models.BooleanField(_("监护人同意"), default=False)
    # The wisher's own login, when they had one open; they cannot claim what they wish for.
    wisher = models.ForeignKey("people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+")
    written_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    collected_at = models.DateTimeField(db_default=Now())

    # What everybody reads.
    public_text = models.CharField(_("墙上的文字"), max_length=120, blank=True)
    alias = models.CharField(_("墙上的称呼"), max_length=20, blank=True)
    kind = models.CharField(_("类别"), max_length=14, choices=Kind, blank=True)
    value = models.PositiveSmallIntegerField(_("大约多少元"), null=True, blank=True)
    givers = models.PositiveSmallIntegerField(_("最多几方一起"), default=1)
    # Its place on the tree of its community, given at publishing and never changed.
    slot = models.PositiveIntegerField(null=True, blank=True)

    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        "people.Person", models.PROTECT, db_index=False, null=True, blank=True, related_name="+"
    )
    # Since when it has been offered; until `open_at` only to those who have claimed before.
    offered_at = models.DateTimeField(null=True, blank=True)
    open_at = models.DateTimeField(null=True, blank=True)
    answer_due_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    fulfilled_at = models.DateTimeField(null=True, blank=True)
    rating = models.CharField(max_length=9, choices=Rating, blank=True)
    rated_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    declined_reason = models.CharField(_("为什么不上墙"), max_length=300, blank=True)
    # The call that it came from or became: an id only, since calls are a sibling.
    call_number = models.BigIntegerField(null=True, blank=True)

    asked = models.PositiveSmallIntegerField(default=0)
    reminded = models.PositiveSmallIntegerField(default=0)
    next_alarm_at = models.DateTimeField(null=True, blank=True)
    made_up = models.BooleanField(default=False)

    objects = WishQuerySet.as_manager()

    class Meta:
        verbose_name = _("微心愿")
        indexes = [
            GistIndex(fields=["path"], name="wish_by_path"),
            models.Index(fields=["community", "slot"], name="wish_by_leaf", condition=Q(state__in=rules.SHOWN)),
            models.Index(fields=["community", "state", "-id"], name="wish_by_community"),
            models.Index(fields=["next_alarm_at"], name="wish_by_alarm", condition=Q(next_alarm_at__isnull=False)),
            models.Index(fields=["identity"], name="wish_by_identity", condition=Q(identity__isnull=False)),
            models.Index(fields=["written_by"], name="wish_by_writer", condition=Q(written_by__isnull=False)),
            models.Index(fields=["call_number"], name="wish_by_call", condition=Q(call_number__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["intake_key"], name="wish_taken_once"),
            models.UniqueConstraint(
                fields=["community", "slot"], name="wish_has_a_leaf_of_its_own", condition=Q(slot__isnull=False)
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="wish_state_known"),
            models.CheckConstraint(condition=~Q(text=""), name="wish_says_something"),
            models.CheckConstraint(
                condition=Q(state__in=("collected", "withdrawn", "declined", "moved"))
                | (
                    Q(verified_at__isnull=False, verified_by__isnull=False)
                    & ~Q(public_text="")
                    & ~Q(alias="")
                    & ~Q(kind="")
                ),
                name="wish_verified_before_it_went_on",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=rules.SHOWN)
                | Q(published_at__isnull=False, published_by__isnull=False, slot__isnull=False),
                name="wish_on_the_tree_has_a_leaf",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=rules.HELD) | Q(claimed_at__isnull=False), name="wish_held_since_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("fulfilled", "confirmed", "closed")) | Q(fulfilled_at__isnull=False),
                name="wish_fulfilled_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(declined_reason=""), name="wish_declined_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(rating="", rated_at__isnull=True) | (~Q(rating="") & Q(rated_at__isnull=False)),
                name="wish_rated_at_a_time",
            ),
            models.CheckConstraint(condition=Q(givers__gte=1, givers__lte=20), name="wish_has_a_few_givers"),
            models.CheckConstraint(
                condition=Q(is_minor=False) | Q(guardian_agreed=True), name="wish_of_a_child_with_a_guardian"
            ),
            # What is private goes with the identity, whose day of erasure it shares.
            models.CheckConstraint(
                condition=Q(identity__isnull=False) | Q(address_sealed__isnull=True, hardship_sealed__isnull=True),
                name="wish_keeps_what_is_private_with_an_identity",
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def number(self) -> str:
        """The number that people say."""
        return f"{self.pk:05d}"

    @property
    def secret(self) -> str:
        """The unguessable name in the wisher's link."""
        return links.make("wish", self.pk)

    @property
    def smiling(self) -> bool:
        """Whether the wisher has said that it came true."""
        return self.state == rules.CONFIRMED

    @property
    def words(self) -> str:
        """The words for the wall, or '' before somebody looked through them."""
        return self.public_text


class ClaimQuerySet(models.QuerySet):
    """Claims, cut by whether they are open and by who holds them."""

    def open(self) -> "ClaimQuerySet":
        """Claims that have not ended."""
        return self.filter(ended_at__isnull=True)

    def of(self, actor: Actor) -> "ClaimQuerySet":
        """Claims that the actor made, or that were made for a unit that they speak for, ended ones included."""
        if actor.id is None:
            return self.none()
        return self.filter(Q(person_id=actor.id) | Q(unit_id__in=unit_ids_of(actor)))

    def held_by(self, actor: Actor) -> "ClaimQuerySet":
        """The open claims of the actor."""
        return self.of(actor).open()


class Claim(models.Model):
    """Somebody, perhaps for a unit, takes a wish on. A wish has one open claim at most."""

    wish = models.ForeignKey(Wish, models.CASCADE, db_index=False, related_name="claims")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="claims")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="claims")
    made_at = models.DateTimeField(default=timezone.now)
    contact_at = models.DateTimeField(null=True, blank=True)
    fulfilled_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    how_ended = models.CharField(max_length=10, choices=ClaimEnd, blank=True)
    made_up = models.BooleanField(default=False)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("认领")
        indexes = [models.Index(fields=["wish", "-id"], name="claim_by_wish")]
        constraints = [
            models.UniqueConstraint(fields=["wish"], name="one_open_claim_a_wish", condition=Q(ended_at__isnull=True)),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, how_ended="")
                | (Q(ended_at__isnull=False) & Q(how_ended__in=ClaimEnd.values)),
                name="claim_ended_somehow",
            ),
        ]

    def __str__(self):
        return f"claim {self.pk} of {self.wish_id}"


class Share(models.Model):
    """A further giver of a large wish, who joins the one open claim; the claimant alone sees who wishes."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="shares")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="shares")
    unit = models.ForeignKey("directory.Unit", models.PROTECT, null=True, blank=True, related_name="shares")
    joined_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("一起出力的")
        constraints = [models.UniqueConstraint(fields=["claim", "person"], name="a_giver_joins_once")]

    def __str__(self):
        return f"{self.person_id} joins {self.claim_id}"


class Opening(models.Model):
    """Somebody opened name, phone, address or hardship: who, when, what, as whom. The wisher reads it on their page."""

    wish = models.ForeignKey(Wish, models.CASCADE, related_name="openings")
    # Of which claim; None when staff opened it for a reason.
    claim = models.ForeignKey(Claim, models.PROTECT, null=True, blank=True, related_name="openings")
    by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    fields = ArrayField(models.CharField(max_length=8))
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("查看心愿联系信息的记录")
        ordering = ["id"]
        indexes = [models.Index(fields=["by", "at"], name="opening_by_actor")]
        constraints = [
            models.CheckConstraint(
                condition=Q(claim__isnull=False) | ~Q(reason=""), name="opened_by_the_claimant_or_for_a_reason"
            )
        ]

    def __str__(self):
        return f"opening {self.pk}"


class Entry(models.Model):
    """Words on a wish: between claimant or staff and wisher, or a note among colleagues."""

    wish = models.ForeignKey(Wish, models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=8, choices=EntryKind)
    text = models.TextField(blank=True)
    by = models.ForeignKey("people.Person", models.PROTECT, null=True, blank=True, related_name="+")
    # The step that these words belong to (an event's kind).
    step = models.CharField(max_length=32, blank=True)
    # A key made with the form: a double tap is one entry.
    key = models.CharField(max_length=64, unique=True, null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("心愿往来")
        ordering = ["id"]

    def __str__(self):
        return f"{self.kind} on {self.wish_id}"


class Tree(models.Model):
    """The wish tree of a community: how many leaves it ever had, so that no leaf's place is given twice."""

    place = models.OneToOneField("places.Place", models.PROTECT, related_name="+", primary_key=True)
    leaves = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("心愿树")

    def __str__(self):
        return f"tree of {self.place_id}"


class BoxList(models.Model):
    """A list of wishes from a paper box that is taken in: between the preview and the word to go on."""

    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+")
    by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    file = models.CharField(max_length=100, blank=True)
    # The rows to be taken in, sealed: names and phones stand in them. Gone once they are taken in.
    rows_sealed = SealedTextField(null=True, blank=True)
    count = models.PositiveIntegerField(default=0)
    # Rows that cannot be taken, as (row number, code of the reason): no words of anybody.
    rejected = models.JSONField(default=list)
    done_at = models.DateTimeField(null=True, blank=True)
    progress_id = models.BigIntegerField(null=True, blank=True)
    added = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("心愿箱清单")

    def __str__(self):
        return f"box list {self.pk}"

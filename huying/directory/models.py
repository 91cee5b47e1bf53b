"""Registered bodies, such as departments, hospitals and property firms, and who speaks for them."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.kernel.ltree import ancestors_of
from huying.kernel.scopes import Actor
from huying.people.rules import STAFF_ROLES


class UnitKind(models.TextChoices):
    """What sort of body it is."""

    DEPARTMENT = "department", _("政府部门")
    STREET_OFFICE = "street_office", _("街道科室")
    COMMUNITY = "community", _("社区居委会")
    PROPERTY = "property", _("物业公司")
    UTILITY = "utility", _("水电气暖等公用企业")
    HOSPITAL = "hospital", _("医院")
    SCHOOL = "school", _("学校")
    POLICE = "police", _("派出所")
    FIRM = "firm", _("企业")
    SOCIAL = "social", _("社会组织")
    BRANCH = "branch", _("党支部")


class UnitQuerySet(models.QuerySet):
    """Units, cut by who looks."""

    def visible_to(self, actor: Actor) -> "UnitQuerySet":
        """Staff see the units standing within, or above, the places where they hold a post; others their own."""
        paths = actor.paths(STAFF_ROLES)
        above = {higher for path in paths for higher in ancestors_of(path)}
        wanted = Q(place__path__within_any=paths) | Q(place__path__in=above)
        if actor.id is not None:
            wanted |= Q(pk__in=Seat.objects.filter(person_id=actor.id).values("unit_id"))
        return self.filter(wanted)

    def open(self) -> "UnitQuerySet":
        """Units that take work."""
        return self.filter(closed_at__isnull=True)


class Unit(models.Model):
    """A registered body and where it stands: what it serves is that place and everything below it."""

    name = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("类型"), max_length=16, choices=UnitKind.choices)
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="units")
    duties = models.TextField(_("职责"), blank=True, max_length=1000)
    # The categories of calls that it answers, as codes; empty means that it is offered for any.
    categories = models.JSONField(default=list, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey("people.Person", models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    made_up = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("单位")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["place", "name"], name="unit_named_once_at_a_place"),
            models.CheckConstraint(
                condition=Q(verified_at__isnull=True, verified_by__isnull=True)
                | Q(verified_at__isnull=False, verified_by__isnull=False),
                name="unit_verified_by_somebody",
            ),
        ]

    def __str__(self):
        return self.name


class Seat(models.Model):
    """A person speaks and acts for a unit for a term; `valid_to` is the first day without it."""

    person = models.ForeignKey("people.Person", models.PROTECT, related_name="seats")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="seats")
    valid_from = models.DateField(default=timezone.localdate)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("席位")
        constraints = [
            ExclusionConstraint(
                name="one_seat_at_a_unit_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("unit", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="seat_ends_after_it_begins"
            ),
        ]

    def __str__(self):
        return f"{self.person_id}@{self.unit_id}"


class MemberQuerySet(models.QuerySet):
    """Registered members, cut by day and by who looks."""

    def current(self, on=None) -> "MemberQuerySet":
        """Registered on that day (today)."""
        day = on or timezone.localdate()
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)

    def visible_to(self, actor: Actor) -> "MemberQuerySet":
        """Staff see those registered below their posts, a unit's people those of the unit, everybody themselves."""
        wanted = Q(place__path__within_any=actor.paths(STAFF_ROLES))
        if actor.id is not None:
            day = timezone.localdate()
            seats = Seat.objects.filter(
                Q(valid_to__isnull=True) | Q(valid_to__gt=day), person_id=actor.id, valid_from__lte=day
            )
            wanted |= Q(person_id=actor.id) | Q(unit__in=seats.values("unit_id"))
        return self.filter(wanted)


class Member(models.Model):
    """A person who reported in with the community where they live, willingly (domain.md, 'Double report-in').

    Three things only: the community, skills and kinds of service (codes, see catalogue.py). `unit` is where their
    organisational membership stays. `valid_to` is the first day without it.
    """

    person = models.ForeignKey("people.Person", models.PROTECT, related_name="memberships")
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="members")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="members")
    skills = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    services = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    valid_from = models.DateField(default=timezone.localdate)
    valid_to = models.DateField(null=True, blank=True)
    made_up = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("报到党员")
        constraints = [
            ExclusionConstraint(
                name="one_community_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="member_ends_after_it_begins",
            ),
        ]

    def __str__(self):
        return f"{self.person_id}@{self.place_id}"

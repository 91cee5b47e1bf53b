"""The division tree and what stands in it. A place is never deleted once referred to: it ends."""

from __future__ import annotations

import datetime

from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.kernel.ltree import LTreeField, ancestors_of
from huying.places import names, rules, terms


class Kind(models.TextChoices):
    PROVINCE = "province", _("省级")
    CITY = "city", _("市")
    DISTRICT = "district", _("区县")
    STREET = "street", _("街道")
    COMMUNITY = "community", _("社区")
    GRID = "grid", _("网格")
    COMPOUND = "compound", _("小区")
    BUILDING = "building", _("楼栋")
    ENTRANCE = "entrance", _("单元")
    HOUSEHOLD = "household", _("户")


class PlaceQuerySet(models.QuerySet):
    def within(self, place: Place | str) -> PlaceQuerySet:
        """The place (or path) itself and all that stands in it, ended ones included."""
        return self.filter(path__within=getattr(place, "path", place))

    def current(self, on: datetime.date | None = None) -> PlaceQuerySet:
        """Those that exist on a day (today by default): valid_from <= day < valid_to."""
        day = on or timezone.localdate()
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)

    def public(self) -> PlaceQuerySet:
        """Those that anybody may list: everything but households."""
        return self.exclude(kind=Kind.HOUSEHOLD)

    def visible_to(self, actor) -> PlaceQuerySet:
        """What an actor may list: all but households, and the households where the actor holds a post."""
        if actor.kind == "system":
            return self
        seen = ~Q(kind=Kind.HOUSEHOLD)
        paths = actor.paths()
        return self.filter(seen | Q(path__within_any=paths)) if paths else self.filter(seen)


class Place(models.Model):
    """A node of the tree; `path` is for reading, `parent` for integrity, and they say the same."""

    kind = models.CharField(_("级别"), max_length=10, choices=Kind)
    code = models.CharField(_("区划代码"), max_length=12, null=True, blank=True)
    name = models.CharField(_("名称"), max_length=60)
    short_name = models.CharField(_("简称"), max_length=60, blank=True)
    pinyin = models.CharField(_("拼音"), max_length=400, blank=True)
    initials = models.CharField(_("拼音首字母"), max_length=60, blank=True)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("上级"),
    )
    path = LTreeField(_("路径"), editable=False)
    valid_from = models.DateField(_("启用日期"), default=timezone.localdate)
    valid_to = models.DateField(_("停用日期"), null=True, blank=True)
    tag = models.CharField(_("二维码编号"), max_length=8, null=True, blank=True)
    residents = models.PositiveIntegerField(_("居民人数"), null=True, blank=True)
    outline = models.JSONField(_("边界"), null=True, blank=True)
    lng = models.FloatField(_("经度"), null=True, blank=True)
    lat = models.FloatField(_("纬度"), null=True, blank=True)
    made_up = models.BooleanField(_("演示数据"), default=False)
    imported = models.ForeignKey(
        "PlaceImport",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="places",
        verbose_name=_("导入批次"),
    )

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("地点")
        verbose_name_plural = _("地点")
        indexes = [
            GistIndex(fields=["path"], name="place_path_gist"),
            models.Index(fields=["path"], name="place_path_btree"),
            models.Index(fields=["imported"], condition=Q(imported__isnull=False), name="place_of_import"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(valid_to=None), name="place_code_current"),
            models.UniqueConstraint(fields=["tag"], condition=Q(tag__isnull=False), name="place_tag_unique"),
            # Two lists taken in at once must not both bring the same building.
            models.UniqueConstraint(
                fields=["parent", "kind", "name"], condition=Q(code=None, valid_to=None), name="place_name_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=rules.KINDS), name="place_kind_known"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="place_ends_after_it_began"
            ),
            # A division has a code of its level and stands at its depth; whatever stands below has neither.
            models.CheckConstraint(
                condition=Q(kind=Kind.PROVINCE, code__regex="^[0-9]{2}$", path__depth=1)
                | Q(kind=Kind.CITY, code__regex="^[0-9]{4}$", path__depth=2)
                | Q(kind=Kind.DISTRICT, code__regex="^[0-9]{6}$", path__depth=3)
                | Q(kind=Kind.STREET, code__regex="^[0-9]{9}$", path__depth=4)
                | Q(kind=Kind.COMMUNITY, code__regex="^[0-9]{12}$", path__depth=5)
                | (~Q(kind__in=rules.DIVISIONS) & Q(code=None, path__depth__gte=6)),
                name="place_code_fits_kind",
            ),
            # With codes unique among the current and ids among all, so are current paths.
            models.CheckConstraint(
                condition=Q(path__label=Coalesce("code", Concat(Value("p"), Cast("id", models.TextField())))),
                name="place_path_ends_in_itself",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.PROVINCE, parent=None) | (~Q(kind=Kind.PROVINCE) & Q(parent__isnull=False)),
                name="place_parent_unless_province",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="place_has_a_name"),
            models.CheckConstraint(
                condition=Q(lng=None, lat=None)
                | Q(
                    lng__gte=-180,
                    lng__lte=180,
                    lat__gte=-90,
                    lat__lte=90,
                    lng__isnull=False,
                    lat__isnull=False,
                ),
                name="place_point_on_earth",
            ),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name

    def save(self, *args, **kwargs):
        """Fill in what follows from the rest: id and path, short name, pinyin, tag, and the terms it is found by.

        The id is drawn first, because below the divisions the path holds it.
        """
        adding, fields = self._state.adding, kwargs.get("update_fields")
        renamed = adding or fields is None or "name" in fields
        if adding:
            self.stand()
        if renamed:
            self.spell()
        if fields is not None and renamed:
            kwargs["update_fields"] = {*fields, "short_name", "pinyin", "initials"}
        with transaction.atomic():
            super().save(*args, **kwargs)
            if renamed or "valid_to" in fields:
                write_terms([self])

    def stand(self) -> None:
        """Take the place in the tree: id, path and tag; ValidationError when the kind may not stand there."""
        if not rules.may_stand_in(self.kind, self.parent.kind if self.parent else None):
            raise ValidationError(_("这一级的地点不能放在这个上级之下。"), code="wrong_parent")
        if self.pk is None and self.kind not in rules.DIVISIONS:
            self.pk = next_ids(1)[0]
        if not self.path:
            label = rules.label_of(self.kind, self.code, self.pk)
            self.path = f"{self.parent.path}.{label}" if self.parent else label
        if not self.tag and self.kind in rules.TAGGED_AT_ONCE:
            self.tag = rules.new_tag()

    def spell(self) -> None:
        """Derive the short name, pinyin and initials from the name."""
        street = self.parent.name if self.kind == Kind.COMMUNITY and self.parent else ""
        self.short_name = names.short_name(self.name, street) if self.kind == Kind.COMMUNITY else self.name
        self.pinyin, self.initials = names.romanised(self.short_name)

    def ancestors(self) -> PlaceQuerySet:
        """The current or ended places above this one, the province first, itself left out."""
        return Place.objects.filter(path__in=ancestors_of(self.path)).order_by("path")

    def descendants(self) -> PlaceQuerySet:
        """All that stands in this place, itself left out."""
        return Place.objects.within(self.path).exclude(pk=self.pk)

    @property
    def slug(self) -> str:
        """How its public page is addressed: by its tag, or by its division code."""
        return self.tag or self.code or ""

    def is_current(self, on: datetime.date | None = None) -> bool:
        """Whether the place exists on a day (today by default)."""
        day = on or timezone.localdate()
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class PlaceSuccessor(models.Model):
    """Who takes over what an ended place had: one or several new places for an old one."""

    old = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="successor_links", verbose_name=_("原地点"))
    new = models.ForeignKey(
        Place, on_delete=models.PROTECT, related_name="predecessor_links", verbose_name=_("承接地点")
    )

    class Meta:
        verbose_name = _("地点承接")
        verbose_name_plural = _("地点承接")
        constraints = [
            models.UniqueConstraint(fields=["old", "new"], name="successor_once"),
            models.CheckConstraint(condition=~Q(old=F("new")), name="successor_is_another"),
        ]


class PlaceName(models.Model):
    """A name that a place bore before it was renamed, and until when."""

    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="former_names", verbose_name=_("地点"))
    name = models.CharField(_("曾用名"), max_length=60)
    valid_to = models.DateField(_("用到"))

    class Meta:
        verbose_name = _("曾用名")
        verbose_name_plural = _("曾用名")

    def __str__(self) -> str:
        return self.name


class PlaceTerms(models.Model):
    """What a current place is found by (see terms.py); apart from Place, so that nobody reads it along.

    It follows from the places and whoever searches joins them, so the database need not check its key.
    """

    place = models.OneToOneField(
        Place,
        on_delete=models.CASCADE,
        primary_key=True,
        db_constraint=False,
        related_name="terms",
        verbose_name=_("地点"),
    )
    terms = SearchVectorField(_("检索词"))

    class Meta:
        verbose_name = _("地点检索词")
        verbose_name_plural = _("地点检索词")
        # Without a pending list each write costs a little more and no search ever pays for it.
        indexes = [GinIndex(fields=["terms"], name="place_terms_gin", fastupdate=False)]


class PlaceImport(models.Model):
    """One file of places taken in: who, when, and what came of it; undone as long as nothing refers to its places."""

    class Source(models.TextChoices):
        DIVISIONS = "divisions", _("区划")
        HOUSEHOLDS = "households", _("楼栋和门牌")

    source = models.CharField(_("内容"), max_length=10, choices=Source)
    place = models.ForeignKey(
        Place, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("导入到")
    )
    at = models.DateTimeField(_("上传时间"), default=timezone.now)
    by_id = models.BigIntegerField(_("导入人"), null=True, blank=True)
    file = models.CharField(_("文件"), max_length=100, blank=True)
    # What is to be brought in, between the preview and the word to go on; erased soon after.
    plan = models.JSONField(_("待导入"), null=True, blank=True)
    done_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    progress_id = models.BigIntegerField(_("进度"), null=True, blank=True)
    added = models.PositiveIntegerField(_("新增"), default=0)
    renamed = models.PositiveIntegerField(_("改名"), default=0)
    ended = models.PositiveIntegerField(_("停用"), default=0)
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    undone_by = models.BigIntegerField(_("撤销人"), null=True, blank=True)

    class Meta:
        verbose_name = _("地点导入")
        verbose_name_plural = _("地点导入")


def next_ids(count: int) -> list[int]:
    """Fresh ids for places whose path must hold their own id before they are inserted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('places_place', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [row[0] for row in cursor.fetchall()]


def plant(places: list[Place]) -> list[Place]:
    """Insert many new places at once, parents before children; what follows from the rest is filled in.

    A parent may be one that is planted with them. Raises what `Place.stand` raises.
    """
    without = [place for place in places if place.pk is None]
    for place, pk in zip(without, next_ids(len(without)), strict=True):
        place.pk = pk
    for place in places:
        place.stand()
        place.spell()
    with transaction.atomic():
        Place.objects.bulk_create(places, batch_size=2_000)
        write_terms(places)
    return places


def write_terms(places: list[Place]) -> None:
    """Bring the search index up to date with these places; ended ones leave it."""
    named = [place for place in places if place.kind in terms.FOUND_BY_NAME]
    today = timezone.localdate()
    found = [place for place in named if place.valid_to is None or place.valid_to > today]
    gone = [place.pk for place in named if place.valid_to is not None and place.valid_to <= today]
    with connection.cursor() as cursor:
        if gone:
            cursor.execute("DELETE FROM places_placeterms WHERE place_id = ANY(%s)", [gone])
        cursor.executemany(
            "INSERT INTO places_placeterms (place_id, terms) VALUES (%s, array_to_tsvector(%s::text[]))"
            " ON CONFLICT (place_id) DO UPDATE SET terms = excluded.terms",
            [(place.pk, _terms_of(place)) for place in found],
        )


def _terms_of(place: Place) -> list[str]:
    inside = place.parent.name if place.kind == Kind.BUILDING and place.parent.kind == Kind.COMPOUND else ""
    return terms.terms(place.kind, place.name, place.short_name, place.path, building_of=inside)

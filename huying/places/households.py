"""Bringing in buildings and households: what a list would add to the tree, adding it, and taking it back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel import progress
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.jobs import enqueue, job
from huying.kernel.log import record
from huying.kernel.models import Progress
from huying.kernel.scopes import Actor, Post
from huying.places import events, household_files, names, rules, terms
from huying.places.models import Kind, Place, PlaceImport, next_ids, plant

Tell = Callable[[int, int | None, str], None]
Row = tuple[int, str, str, str, str]

_INTO = (Kind.COMMUNITY, Kind.COMPOUND)
_BATCH = 1_000


@dataclass
class Plan:
    """What a list would add, parents before children, and how much of it is there already."""

    new: list[Place] = field(default_factory=list)
    known: int = 0
    repeated: list[int] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many new places of a kind."""
        return sum(place.kind == kind for place in self.new)


def may_import(actor: Actor, place: Place) -> bool:
    """Whether the actor may bring buildings and households into a place."""
    return place.kind in _INTO and (actor.kind == "system" or actor.holds(rules.IMPORTERS, place.path))


def propose_import(place: Place, name: str, content: bytes, *, by: Actor) -> PlaceImport:
    """Read a list and keep it for a look before anything is done; BadInput when it is no such list."""
    _check(place, by)
    sheet = household_files.read(content, needs_compound=place.kind == Kind.COMMUNITY)
    return PlaceImport.objects.create(
        source=PlaceImport.Source.HOUSEHOLDS,
        place=place,
        by_id=by.id,
        file="".join(char for char in name if char.isprintable())[-100:],
        plan=sheet.as_json(),
    )


def _check(place: Place, by: Actor) -> None:
    if not may_import(by, place):
        raise Forbidden(_("只有这里的社区工作者和小区书记可以导入楼栋和门牌。"))
    if not place.is_current():
        raise StepRefused(_("这个地点已经停用，不能再往里加。"), code="place_ended")


def plan_of(place: Place, rows: list[Row]) -> Plan:
    """Compare a list with what stands in the place today; nothing is written."""
    plan, tree = Plan(), _Tree(place)
    seen: set[int] = set()
    fresh: set[int] = set()
    for line, compound, building, entrance, household in rows:
        at = place
        for kind, text in _steps(place, compound, building, entrance, household):
            if text:
                at, is_new = tree.child(at, kind, text)
                if is_new:
                    plan.new.append(at)
                    fresh.add(at.pk)
        if at.pk in seen:
            plan.repeated.append(line)
        elif at.pk not in fresh:
            plan.known += 1
        seen.add(at.pk)
    return plan


def _steps(place: Place, compound: str, building: str, entrance: str, household: str) -> Iterator[tuple[str, str]]:
    if place.kind == Kind.COMMUNITY:
        yield Kind.COMPOUND, compound
    yield Kind.BUILDING, building
    yield Kind.ENTRANCE, entrance
    yield Kind.HOUSEHOLD, household


class _Tree:
    """The current places below a place, found by what they are called, and those that are being added."""

    def __init__(self, place: Place):
        below = (
            Place.objects.within(place)
            .current()
            .exclude(kind__in=rules.DIVISIONS)
            .only("id", "kind", "name", "path", "parent_id")
        )
        self.children: dict[tuple[int, str, str], Place] = {}
        self.fresh = iter(())
        for one in below:
            # A grid may stand between a community and its compounds: a list does not name it.
            parent = place.pk if one.kind == Kind.COMPOUND else one.parent_id
            self.children[parent, one.kind, _key(one.kind, one.name)[1]] = one

    def child(self, parent: Place, kind: str, text: str) -> tuple[Place, bool]:
        """The child called so, and whether it is new."""
        name, key = _key(kind, text)
        known = (parent.pk, kind, key)
        place = self.children.get(known)
        if place:
            return place, False
        place = Place(id=self._id(), kind=kind, name=name, parent=parent)
        self.children[known] = place
        return place, True

    def _id(self) -> int:
        number = next(self.fresh, None)
        if number is None:
            self.fresh = iter(next_ids(_BATCH))
            number = next(self.fresh)
        return number


def _key(kind: str, text: str) -> tuple[str, str]:
    if kind in (Kind.COMPOUND, Kind.GRID):
        return text, names.core_name(terms.flat(text), kind)
    return rules.numbered(kind, text)


def import_households(batch: PlaceImport, *, by: Actor, tell: Tell = lambda done, total, what: None) -> PlaceImport:
    """Add what the list names and the tree lacks, all or nothing; the good rows of a list with bad ones are taken."""
    with transaction.atomic():
        batch = _locked(batch)
        place = _place_alone(batch)
        _check(place, by)
        if batch.done_at or batch.undone_at:
            raise StepRefused(_("这份表已经导入过了。"), code="done")
        if not batch.plan:
            raise StepRefused(_("这份表放得太久，已经清掉了，请重新上传。"), code="expired")
        plan = plan_of(place, [tuple(row) for row in batch.plan["rows"]])
        if not plan.new:
            raise BadInput(_("这份表里的楼栋和门牌都已经在系统里了，没有要新增的。"))
        for start in range(0, len(plan.new), _BATCH):
            tell(start, len(plan.new), "")
            part = plan.new[start : start + _BATCH]
            for one in part:
                one.imported = batch
            plant(part)
        batch.added, batch.done_at, batch.by_id = len(plan.new), timezone.now(), by.id
        batch.plan = batch.plan | {"rows": []}
        batch.save(update_fields=["added", "done_at", "by_id", "plan"])
        record(events.IMPORTED, batch, by=by, place=place.pk, added=batch.added, renamed=0, ended=0)
    tell(batch.added, batch.added, "")
    return batch


def undo_import(batch: PlaceImport, *, by: Actor) -> PlaceImport:
    """Take back what an import added, as long as nothing refers to it: no call, no post, no later place."""
    with transaction.atomic():
        batch = _locked(batch)
        place = _place_alone(batch)
        if not may_import(by, place):
            raise Forbidden(_("只有这里的社区工作者和小区书记可以撤销。"))
        if not batch.done_at or batch.undone_at or batch.source != PlaceImport.Source.HOUSEHOLDS:
            raise StepRefused(_("这次导入已经撤销，或者还没有做。"), code="not_done")
        removed = _remove(batch)
        batch.undone_at, batch.undone_by = timezone.now(), by.id
        batch.save(update_fields=["undone_at", "undone_by"])
        record(events.IMPORT_UNDONE, batch, by=by, place=place.pk, removed=removed)
    return batch


def _remove(batch: PlaceImport) -> int:
    # Every key to a place is held by the database, so it knows best whether something refers to one.
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "DELETE FROM places_placeterms WHERE place_id IN (SELECT id FROM places_place WHERE imported_id = %s)",
                [batch.pk],
            )
            cursor.execute("DELETE FROM places_place WHERE imported_id = %s", [batch.pk])
            return cursor.rowcount
    except IntegrityError as error:
        raise StepRefused(
            _("已经有诉求、岗位或别的记录用到了这次导入的地点，不能整批撤销了。"), code="referred_to"
        ) from error


def _place_alone(batch: PlaceImport) -> Place:
    """The place that a list goes into, with its community locked.

    One import at a time into a community, or two lists would both add the same building; a list for a compound counts too.
    """
    community = ".".join(batch.place.path.split(".")[: len(rules.DIVISIONS)])
    list(Place.objects.filter(path=community, kind=Kind.COMMUNITY).order_by("pk").select_for_update(no_key=True))
    return Place.objects.get(pk=batch.place_id)


def _locked(batch: PlaceImport) -> PlaceImport:
    return PlaceImport.objects.select_for_update(of=("self",)).get(pk=batch.pk)


def hand_over(batch: PlaceImport, *, by: Actor) -> int:
    """Let a worker take in a long list, once; returns the id of its bar."""
    running = Progress.objects.filter(pk=batch.progress_id, state=Progress.State.RUNNING).first()
    if running:
        return running.pk
    _check(batch.place, by)
    with transaction.atomic():
        bar = progress.start("places.bring_in", by=by, title=_("导入楼栋和门牌"))
        batch.progress_id = bar.pk
        batch.save(update_fields=["progress_id"])
        posts = [[post.role, post.path, post.place_id] for post in by.posts if post.role in rules.IMPORTERS]
        enqueue(bring_in, batch=batch.pk, bar=bar.pk, by=by.id, posts=posts)
    return bar.pk


@job(retry=0)
def bring_in(batch: int, bar: int, by: int, posts: list[list]) -> None:
    """Take in a long list for the person who asked; `posts` are those that let them, as (role, path, place)."""
    actor = Actor(id=by, kind="person", posts=tuple(Post(*post) for post in posts))
    with progress.running(bar) as show:
        done = import_households(PlaceImport.objects.get(pk=batch), by=actor, tell=show)
        show.result = {"href": reverse("places:import", args=[batch]), "words": _("新增 %d 处。") % done.added}

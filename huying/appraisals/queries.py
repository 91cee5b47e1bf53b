"""Records and appraisals as they are read: what a unit or a member did in a period, who may be appraised by whom."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import F, Q
from django.utils import timezone

from huying.appraisals import rules
from huying.appraisals.models import APPRAISERS, READERS, Appraisal, Deed, seated
from huying.appraisals.rules import Figure, Period
from huying.directory.models import Member, Unit
from huying.directory.queries import giving_units, unit_ids_of
from huying.kernel.ltree import ancestors_of
from huying.kernel.scopes import Actor
from huying.people.models import Person
from huying.places.models import Place, PlaceSuccessor
from huying.reportin.models import UnitReport


@dataclass
class Record:
    """What somebody did in a period, as the reader may see it: figures, and how many persons had a part in it."""

    period: Period
    figures: list[Figure]
    persons: int = 0
    months: dict[int, dict[str, int]] = field(default_factory=dict)

    @property
    def told(self) -> list[Figure]:
        """The figures that say something."""
        return [figure for figure in self.figures if figure.says_something]

    @property
    def known(self) -> dict[str, int]:
        """The counts alone, as they are kept with an appraisal."""
        return {figure.code: figure.count for figure in self.figures if figure.count}


def _record(period: Period, rows: list[tuple]) -> Record:
    """A record from rows of (family, stage, way, at, person)."""
    months: dict[int, dict[str, int]] = {month: {} for month in period.months}
    for family, stage, outcome, at, _person in rows:
        if stage == rules.DONE and rules.counted(stage, outcome):
            of = months[timezone.localtime(at).month]
            of[family] = of.get(family, 0) + 1
    persons = {person for _f, stage, outcome, _at, person in rows if person and rules.counted(stage, outcome)}
    return Record(period, rules.figures((row[0], row[1], row[2]) for row in rows), len(persons), months)


_COLUMNS = ("family", "stage", "way", "at", "person_id")


def deeds_of_unit(unit: Unit, period: Period, actor: Actor):
    """The deeds of a unit in a period that the actor may see, oldest first."""
    return Deed.objects.visible_to(actor).within(period).filter(unit=unit).order_by("at", "id")


def record_of_unit(unit: Unit, period: Period, actor: Actor) -> Record:
    """What a unit's people did in a period, as far as the actor may see it; counted for the unit of the moment."""
    return _record(period, list(deeds_of_unit(unit, period, actor).values_list(*_COLUMNS)))


def record_of_person(person: Person, period: Period, actor: Actor) -> Record:
    """What a person did in a period, as far as the actor may see it."""
    return _record(period, list(deeds_of_person(person, period, actor).values_list(*_COLUMNS)))


def record_in_project(project: int, subject: Unit | Person, period: Period, actor: Actor) -> Record:
    """What a unit or a person did in one project, whenever that was; without a picture of months."""
    rows = list(deeds_in_project(project, subject, actor).values_list(*_COLUMNS))
    return Record(period, rules.figures(row[:3] for row in rows), len({row[4] for row in rows if row[4]}))


def records(period: Period, actor: Actor, *, units: Iterable[int] = (), persons: Iterable[int] = ()) -> dict:
    """Records of many at once, by ('unit', id) and ('person', id): one query."""
    units, persons = set(units), set(persons)
    heap: dict[tuple[str, int], list] = {("unit", pk): [] for pk in units} | {("person", pk): [] for pk in persons}
    deeds = Deed.objects.visible_to(actor).within(period).filter(Q(unit_id__in=units) | Q(person_id__in=persons))
    for unit, *row in deeds.values_list("unit_id", *_COLUMNS):
        if unit in units:
            heap["unit", unit].append(tuple(row))
        if row[-1] in persons and row[0] != rules.REPORT:
            heap["person", row[-1]].append(tuple(row))
    return {key: _record(period, rows) for key, rows in heap.items()}


def behind(deeds, figure: str):
    """The deeds that a figure counts; with '-' and a way behind it, those that it leaves out or names beside."""
    family, stage, *way = figure.split("-")
    found = deeds.filter(family=family, stage=stage)
    return found.filter(way=way[0]) if way else found.exclude(way__in=rules.LEAVES_OUT[stage])


def units_read_by(actor: Actor):
    """The units whose summary the actor reads: their own, and those that stand or reported in where they work."""
    paths = actor.paths(READERS)
    above = {higher for path in paths for higher in ancestors_of(path)}
    reported = UnitReport.objects.filter(place__path__within_any=paths, received_at__isnull=False)
    wanted = Q(place__path__within_any=paths) | Q(place__path__in=above) | Q(pk__in=reported.values("unit_id"))
    if actor.id is not None:
        wanted |= Q(pk__in=seated(actor))
    return Unit.objects.filter(wanted).order_by("name", "id")


def deeds_of_person(person: Person, period: Period, actor: Actor):
    """The deeds of a person in a period that the actor may see, oldest first; having reported in is none."""
    deeds = Deed.objects.visible_to(actor).within(period).filter(person=person)
    return deeds.exclude(family=rules.REPORT).order_by("at", "id")


def deeds_in_project(project: int, subject: Unit | Person, actor: Actor):
    """What a unit or a person did in one project, oldest first."""
    threads = Deed.objects.filter(subject_type="project", subject_id=project).values("thread")
    whose = {"unit": subject} if isinstance(subject, Unit) else {"person": subject}
    return Deed.objects.visible_to(actor).filter(thread__in=threads, **whose).annotate(way=F("outcome")).order_by("at")


# --- who is registered where ---------------------------------------------------------------------------------


def places_of(place: Place) -> list[int]:
    """The place and those whose successor it is, however far back."""
    found, new = [place.pk], [place.pk]
    while new:
        new = list(PlaceSuccessor.objects.filter(new__in=new).exclude(old__in=found).values_list("old_id", flat=True))
        found += new
    return found


def successors(place: Place) -> list[Place]:
    """Who took over from a place that ended, by name."""
    return list(Place.objects.filter(predecessor_links__old=place).order_by("short_name", "id"))


def units_at(place: Place, period: Period):
    """The units that a community may appraise: they stand there or reported in there, and were open in the period."""
    places = places_of(place)
    reported = UnitReport.objects.filter(place__in=places, received_at__isnull=False)
    reported = reported.filter(received_at__date__lt=period.after)
    reported = reported.filter(Q(ended_at__isnull=True) | Q(ended_at__date__gte=period.first))
    return (
        Unit.objects.filter(Q(place__in=places) | Q(pk__in=reported.values("unit_id")), verified_at__isnull=False)
        .filter(Q(closed_at__isnull=True) | Q(closed_at__date__gte=period.first), created_at__date__lt=period.after)
        .order_by("name", "id")
    )


def _members_in(period: Period):
    return Member.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=period.first), valid_from__lt=period.after, person__is_active=True
    )


def members_at(place: Place, period: Period):
    """The persons who were registered with a community in a period, by name."""
    held = _members_in(period).filter(place__in=places_of(place))
    return Person.objects.filter(pk__in=held.values("person_id")).order_by("name", "id")


def members_of(unit: Unit, period: Period):
    """The persons who were registered as members of a unit in a period, by name."""
    held = _members_in(period).filter(unit=unit)
    return Person.objects.filter(pk__in=held.values("person_id")).order_by("name", "id")


# --- appraisals ----------------------------------------------------------------------------------------------


def may_give(actor: Actor, giver: Place | Unit) -> bool:
    """Whether the actor appraises for a community (its workers and secretary) or for a unit (those who speak for it)."""
    if isinstance(giver, Unit):
        return giver.pk in unit_ids_of(actor) and giver.verified_at is not None
    return giver.kind == "community" and actor.holds(APPRAISERS, giver.path)


def givers(actor: Actor) -> list[Place | Unit]:
    """For whom the actor may appraise: communities by name, then units by name."""
    ids = [post.place_id for post in actor.posts if post.role in APPRAISERS]
    return [*Place.objects.filter(pk__in=ids, kind="community").order_by("short_name", "id"), *giving_units(actor)]


def line_of(root: int) -> list[Appraisal]:
    """All entries of a line, the first one first, with who wrote them and the replies to each."""
    return list(
        Appraisal.objects.filter(Q(pk=root) | Q(root_id=root))
        .select_related("by", "place", "from_unit", "unit", "person")
        .prefetch_related("replies__by")
        .order_by("id")
    )


def given_by(giver: Place | Unit, year: int) -> dict[tuple[str, int], Appraisal]:
    """The entries that stand for a year, by ('unit', id) and ('person', id); those after a project are left out."""
    mine = Q(from_unit=giver) if isinstance(giver, Unit) else Q(place__in=places_of(giver))
    found = {}
    for entry in Appraisal.objects.standing().filter(mine, year=year, project_id__isnull=True):
        found["unit" if entry.unit_id else "person", entry.unit_id or entry.person_id] = entry
    return found


def about(actor: Actor):
    """What is said of the actor, and of the units that they speak for, newest first."""
    return (
        Appraisal.objects.told()
        .filter(Q(person_id=actor.id) | Q(unit_id__in=seated(actor)))
        .select_related("place", "from_unit", "unit", "person")
        .order_by("-id")
    )


def is_appraised(actor: Actor, entry: Appraisal) -> bool:
    """Whether the entry speaks of the actor, or of a unit that they speak for."""
    if entry.person_id is not None:
        return actor.id == entry.person_id
    return seated(actor).filter(unit_id=entry.unit_id).exists()


# Projects are offered for an appraisal so long after they were crossed off.
PROJECT_DAYS = 180


@dataclass
class Finished:
    """A project that was crossed off, and who had a part in it: for the list of what may be appraised."""

    project: int
    at: dt.datetime
    year: int
    subjects: list[Unit | Person]


def projects_to_appraise(giver: Place | Unit, actor: Actor) -> list[Finished]:
    """The projects of a community that were crossed off lately, newest first, with those who are not appraised yet."""
    if isinstance(giver, Unit):
        return []
    since = timezone.now() - dt.timedelta(days=PROJECT_DAYS)
    found: dict[int, Finished] = {}
    deeds = Deed.objects.filter(
        family=rules.NEED, stage=rules.CONFIRMED, subject_type="project", at__gte=since, path__within=giver.path
    )
    said = set(
        Appraisal.objects.filter(place__in=places_of(giver), project_id__isnull=False).values_list(
            "project_id", "unit_id", "person_id"
        )
    )
    here: dict[int, tuple[set[int], set[int]]] = {}
    for deed in deeds.select_related("unit", "person").order_by("-at", "id")[:200]:
        of = found.setdefault(deed.subject_id, Finished(deed.subject_id, deed.at, timezone.localtime(deed.at).year, []))
        if of.year not in here:
            here[of.year] = _registered_ids(giver, Period(of.year))
        units, members = here[of.year]
        if deed.unit_id in units and not deed.as_member:
            one, key = deed.unit, (deed.subject_id, deed.unit_id, None)
        elif deed.person_id in members:
            one, key = deed.person, (deed.subject_id, None, deed.person_id)
        else:
            continue
        if key not in said and one not in of.subjects and one.pk != (actor.id if one is deed.person else None):
            of.subjects.append(one)
    return [of for of in found.values() if of.subjects]


def _registered_ids(place: Place, period: Period) -> tuple[set[int], set[int]]:
    ids = lambda found: set(found.values_list("pk", flat=True))  # noqa: E731
    return ids(units_at(place, period)), ids(members_at(place, period))

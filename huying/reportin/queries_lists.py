"""Reads of the three lists that span tables: what fits what, who is asked, what waits for somebody, a place's board."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.utils import timezone

from huying.directory.models import Member, Unit
from huying.directory.queries import giving_units, membership_of, unit_ids_of, units_for
from huying.kernel.ltree import ancestors_of
from huying.kernel.scopes import Actor
from huying.places.models import Place
from huying.reportin.models import Need, Offer, Project, Resource
from huying.reportin.rules_match import DIVISIONS, Fit, Reason, Side, for_have, for_want, slots_of

COMMUNITY_DEPTH = len(DIVISIONS)
DISTRICT_DEPTH = DIVISIONS.index("district") + 1
# Whose own community's needs wait to be shown to somebody; those above look at the boards.
COMMUNITY_ROLES = ("community_worker", "community_secretary")
# Nobody reads further than this; of many candidates the nearest are compared.
MOST_FITS, MOST_CANDIDATES = 20, 500


def _kinds(paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each path the kinds of the places on the way to it: one query when one lies below a community."""
    paths = set(paths)
    deep = {at for path in paths for at in (*ancestors_of(path), path) if at.count(".") >= COMMUNITY_DEPTH}
    known = dict(Place.objects.filter(path__in=deep).values_list("path", "kind")) if deep else {}
    told = {}
    for path in paths:
        below = (known.get(at, "") for at in (*ancestors_of(path), path) if at.count(".") >= COMMUNITY_DEPTH)
        told[path] = (*DIVISIONS[: path.count(".") + 1], *below)
    return told


def _wants(needs: Sequence[Need], kinds: dict, today: dt.date) -> list[Side]:
    return [
        Side(
            need.pk,
            need.path,
            kinds[need.path],
            frozenset(need.skills),
            frozenset(need.services),
            slots_of(need.day_from, need.day_to, need.parts, today),
        )
        for need in needs
    ]


def _haves(resources: Sequence[Resource], kinds: dict) -> list[Side]:
    return [
        Side(
            one.pk,
            one.path,
            kinds[one.path],
            frozenset(one.skills),
            frozenset(one.services),
            frozenset(one.slots) if one.slots else None,
        )
        for one in resources
    ]


def district_of(path: str) -> str:
    """The path of the district that a path lies in; a shorter path stands for itself."""
    return ".".join(path.split(".")[:DISTRICT_DEPTH])


def community_of(path: str) -> str:
    """The path of the community that a path lies in."""
    return ".".join(path.split(".")[:COMMUNITY_DEPTH])


def _near(path: str) -> Case:
    """How near a row lies: in the same community, in the same street, elsewhere. Of many candidates the near are compared."""
    street = ".".join(path.split(".")[: COMMUNITY_DEPTH - 1])
    within = [When(path__within=own, then=Value(at)) for at, own in enumerate((community_of(path), street))]
    return Case(*within, default=Value(len(within)))


def fitting_resources(need: Need, today: dt.date | None = None) -> list[tuple[Resource, Fit]]:
    """Open resources that fit a need, the best first, each with its reasons: two queries and one for kinds of places."""
    today = today or timezone.localdate()
    found = (
        Resource.objects.open()
        .serving(district_of(need.path))
        .filter(Q(skills__overlap=need.skills) | Q(services__overlap=need.services))
        .filter(Q(unit=None) | Q(unit__verified_at__isnull=False, unit__closed_at=None))
        .exclude(unit=None, person_id=need.posted_by_id)
        .select_related("unit", "place", "person")
        .order_by(_near(need.path), "-id")[:MOST_CANDIDATES]
    )
    resources = {one.pk: one for one in found}
    kinds = _kinds([need.path, *(one.path for one in resources.values())])
    (want,) = _wants([need], kinds, today)
    fits = for_want(want, _haves(list(resources.values()), kinds))
    return [(resources[one.pk], one) for one in fits[:MOST_FITS]]


def fitting_needs(resource: Resource) -> list[tuple[Need, Fit]]:
    """Waiting needs that a resource fits, the best first, each with its reasons."""
    found = (
        Need.objects.waiting()
        .within(district_of(resource.path))
        .filter(Q(skills__overlap=resource.skills) | Q(services__overlap=resource.services))
        .select_related("place")
        .order_by(_near(resource.path), "-id")
    )
    if resource.unit_id is None:
        found = found.exclude(posted_by_id=resource.person_id)
    needs = {one.pk: one for one in found[:MOST_CANDIDATES]}
    kinds = _kinds([resource.path, *(one.path for one in needs.values())])
    (have,) = _haves([resource], kinds)
    fits = for_have(have, _wants(list(needs.values()), kinds, timezone.localdate()))
    return [(needs[one.pk], one) for one in fits[:MOST_FITS]]


def needs_for(actor: Actor) -> list[tuple[Need, tuple[Reason, ...]]]:
    """Waiting needs that fit what the actor or their units offer, or what they said when they reported in."""
    best: dict[int, tuple[Need, Fit]] = {}
    own = Resource.objects.open().filter(Q(person_id=actor.id, unit=None) | Q(unit__in=giving_units(actor)))
    for resource in own[:MOST_FITS]:
        for need, found in fitting_needs(resource):
            _keep_best(best, need, found)
    member = membership_of(actor)
    if member is not None and (member.skills or member.services):
        person = Resource(
            pk=0,
            person_id=actor.id,
            path=community_of(member.place.path),
            skills=member.skills,
            services=member.services,
        )
        for need, found in fitting_needs(person):
            _keep_best(best, need, found)
    ordered = sorted(best.values(), key=lambda pair: (pair[1].order, pair[0].pk))
    return [(need, found.reasons) for need, found in ordered if need.posted_by_id != actor.id]


def _keep_best(best: dict, need: Need, found: Fit) -> None:
    known = best.get(need.pk)
    if known is None or found.order < known[1].order:
        best[need.pk] = (need, found)


def fitting_members(need: Need) -> QuerySet[Member]:
    """Those who reported in with the need's community and named a wanted skill or service: they agreed to be asked."""
    return (
        Member.objects.current()
        .filter(place__path=community_of(need.path), person__is_active=True)
        .filter(Q(skills__overlap=need.skills) | Q(services__overlap=need.services))
        .exclude(person_id=need.posted_by_id)
    )


def members_by_code(need: Need) -> tuple[int, list[tuple[str, int]]]:
    """How many members fit, and how many of them for each wanted code; never who."""
    members = fitting_members(need)
    wanted = [("skills", code) for code in need.skills] + [("services", code) for code in need.services]
    counts = members.aggregate(
        all=Count("pk"),
        **{f"c{at}": Count("pk", filter=Q(**{f"{f}__contains": [code]})) for at, (f, code) in enumerate(wanted)},
    )
    told = [(code, counts[f"c{at}"]) for at, (_field, code) in enumerate(wanted) if counts[f"c{at}"]]
    return counts["all"], told


def units_near(need: Need) -> list[Unit]:
    """The verified units that stand in the need's community or serve it from above, the nearest first."""
    above = [unit for unit in units_for(need.place) if unit.verified_at is not None]
    community = community_of(need.path)
    inside = Unit.objects.open().filter(place__path__within=community, verified_at__isnull=False)
    known = {unit.pk for unit in above}
    return [*(unit for unit in inside.order_by("name")[:50] if unit.pk not in known), *above]


def audience(
    need: Need, *, units: Sequence[int], resources: Sequence[int], members: bool, today: dt.date | None = None
) -> tuple[list[int], list[int]]:
    """(unit ids, person ids) to whom a need is shown; what does not fit, is not verified or is unknown is left out."""
    offering = [one for one, _fit in fitting_resources(need, today) if one.pk in set(resources)]
    to_units = {unit.pk for unit in units_near(need) if unit.pk in set(units)}
    to_units |= {one.unit_id for one in offering if one.unit_id is not None}
    to_persons = {one.person_id for one in offering if one.unit_id is None}
    if members:
        to_persons |= set(fitting_members(need).values_list("person_id", flat=True))
    return sorted(to_units), sorted(to_persons - {need.posted_by_id})


def offers_to(actor: Actor) -> QuerySet[Offer]:
    """What was shown to the actor, or to a unit that they speak for."""
    if actor.id is None:
        return Offer.objects.none()
    return Offer.objects.filter(Q(person_id=actor.id) | Q(unit_id__in=unit_ids_of(actor)))


@dataclass
class Mine:
    """What waits for somebody on the three lists."""

    offered: list[Need]
    dispatch: list[Need]
    fitting: list[tuple[Need, tuple[Reason, ...]]]
    projects: list[Project]
    confirm: list[Project]
    helping: list[Project]
    resources: list[Resource]
    posted: list[Need]


def waiting_for(actor: Actor) -> Mine:
    """Everything on the three lists that is the actor's own, or asks for them."""
    mine = offers_to(actor)
    put_aside = set(mine.filter(put_aside_at__isnull=False).values_list("need_id", flat=True))
    offered = [
        one
        for one in Need.objects.waiting().filter(pk__in=mine.values("need_id")).select_related("place").order_by("id")
        if one.pk not in put_aside and one.posted_by_id != actor.id
    ]
    asked = {one.pk for one in offered} | put_aside
    projects = Project.objects.select_related("need__place", "unit", "person").order_by("due_on", "id")
    own = Q(person_id=actor.id) | Q(unit_id__in=unit_ids_of(actor))
    return Mine(
        offered=offered,
        dispatch=list(
            Need.objects.filter(state="posted", path__within_any=actor.paths(COMMUNITY_ROLES))
            .select_related("place")
            .order_by("dispatch_by", "id")[:50]
        ),
        fitting=[pair for pair in needs_for(actor) if pair[0].pk not in asked],
        projects=list(projects.filter(own, state__in=("planned", "underway", "done"))),
        confirm=list(projects.filter(need__posted_by_id=actor.id, state="done").exclude(own)),
        helping=list(
            projects.filter(
                helpers__person_id=actor.id, helpers__left_at=None, state__in=("planned", "underway", "done")
            )
        ),
        resources=list(
            Resource.objects.open()
            .filter(Q(person_id=actor.id) | Q(unit_id__in=unit_ids_of(actor)))
            .select_related("place", "unit")
        ),
        posted=list(
            Need.objects.filter(posted_by_id=actor.id, ended_at=None).select_related("place").order_by("-id")[:50]
        ),
    )


def others_like(need: Need, actor: Actor, limit: int = 3) -> list[Need]:
    """Other waiting needs for whoever came too late: first those that want the same, then those nearest in time."""
    near = Need.objects.waiting().within(community_of(need.path)).exclude(pk=need.pk).exclude(posted_by_id=actor.id)
    alike = near.filter(Q(skills__overlap=need.skills) | Q(services__overlap=need.services))
    found = {one.pk: one for one in [*alike.select_related("place")[:limit], *near.select_related("place")[:limit]]}
    return list(found.values())[:limit]

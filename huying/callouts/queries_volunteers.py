"""Reads of volunteers: where one can register, what is known of somebody already, who is where, what was done."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from huying.callouts import rules
from huying.callouts import rules_volunteers as weeks
from huying.callouts.models import Attendance, Companion, Proof, Signup, Volunteer
from huying.directory import catalogue
from huying.directory.models import Member, Seat
from huying.kernel.ltree import ancestors_of
from huying.kernel.policy import load
from huying.kernel.scopes import Actor
from huying.people.models import Person, Post
from huying.people.queries import vouching
from huying.people.rules import Role
from huying.places.models import Kind, Place
from huying.places.queries import address

# Where volunteers are registered.
HOMES = (Kind.COMPOUND, Kind.COMMUNITY)


def home_of(slug: str) -> Place | None:
    """The compound or community of a tag or code, also of a building or entrance in it; None when there is none."""
    if not slug.isascii() or not slug.isalnum():
        return None
    public = Place.objects.public()
    places = public.filter(code=slug) if slug.isdigit() else public.filter(tag=slug.lower())
    place = places.order_by("-valid_from").first()
    if place is None or place.kind in HOMES:
        return place
    above = Place.objects.filter(path__in=ancestors_of(place.path), kind__in=HOMES)
    return max(above, key=lambda one: len(one.path), default=None)


def heirs_of(place: Place) -> list[Place]:
    """The compounds and communities that stand where an ended one stood."""
    found, ahead = [], [place.pk]
    for _step in range(5):
        nexts = list(Place.objects.filter(predecessor_links__old__in=ahead).distinct())
        found += [one for one in nexts if one.is_current() and one.kind in HOMES]
        ahead = [one.pk for one in nexts if not one.is_current()]
        if not ahead:
            break
    return found


def community_of(place: Place) -> Place:
    """The community of a compound, or the place itself."""
    if place.kind == Kind.COMMUNITY:
        return place
    return Place.objects.filter(path__in=ancestors_of(place.path), kind=Kind.COMMUNITY).first() or place


def known_of(actor: Actor) -> dict:
    """What the system knows already of whoever comes logged in: skills of their report-in; asked by nobody again."""
    if actor.id is None:
        return {}
    member = Member.objects.current().filter(person_id=actor.id).first()
    known = catalogue.skills()
    return {"skills": [code for code in (member.skills if member else ()) if code in known]}


def is_grown(actor: Actor) -> bool:
    """Whether somebody is known to be of age: they hold a post or are a registered member."""
    if actor.id is None:
        return False
    return bool(actor.posts) or Member.objects.current().filter(person_id=actor.id).exists()


def needs_proof() -> tuple[str, ...]:
    """The skills that count only with a proof."""
    return tuple(load("callouts")["limits"]["proven"])


def proofs_of(volunteer: Volunteer, on: dt.date | None = None) -> dict[str, Proof]:
    """The proofs that stand on a day (today), by skill."""
    day = on or timezone.localdate()
    rows = volunteer.proofs.filter(withdrawn_at__isnull=True).select_related("given_by").order_by("skill")
    return {one.skill: one for one in rows if one.until is None or one.until >= day}


@dataclass(frozen=True)
class Skill:
    """A skill as it is shown: with its proof, waiting for one, or without the need of one."""

    code: str
    name: str
    proof: Proof | None
    wanted: bool

    @property
    def counts(self) -> bool:
        """Whether it opens posts that ask for it."""
        return self.proof is not None or not self.wanted


def skills_of(volunteer: Volunteer) -> list[Skill]:
    """What somebody can do, in the order of the policy, proven ones that they did not tick included."""
    proofs, wanted = proofs_of(volunteer), needs_proof()
    names = catalogue.skills()
    codes = [code for code in names if code in volunteer.skills or code in proofs]
    codes += [code for code in (*volunteer.skills, *proofs) if code not in names]
    return [Skill(code, names.get(code, code), proofs.get(code), code in wanted) for code in dict.fromkeys(codes)]


def age_of(volunteer: Volunteer, on: dt.date | None = None) -> int | None:
    """Whole years by the month of birth, or None when it was not said."""
    return rules.age_on(volunteer.born, on or timezone.localdate()) if volunteer.born else None


def is_minor(volunteer: Volunteer) -> bool:
    """Whether a guardian must have agreed."""
    age = age_of(volunteer)
    return age is not None and age < load("callouts")["limits"]["adult"]


def companions_of(volunteer: Volunteer) -> list[tuple[Volunteer, bool]]:
    """Whom somebody would like to serve with, and whether they said so too; nobody sees who named them alone."""
    mine = list(Companion.objects.filter(volunteer=volunteer).select_related("other__person").order_by("made_at", "id"))
    back = set(
        Companion.objects.filter(other=volunteer, volunteer__in=[one.other_id for one in mine]).values_list(
            "volunteer_id", flat=True
        )
    )
    return [(one.other, one.other_id in back) for one in mine]


@dataclass(frozen=True)
class Service:
    """One line of somebody's record: a post that they were at. Minutes measured and granted are never added up."""

    day: dt.date
    what: str
    post: str
    where: str
    measured: int
    granted: int | None
    done: str
    counted: bool
    shown_until: dt.datetime | None
    signup_id: int


def record_of(person_id: int, *, counted_only: bool = False, first=None, last=None) -> list[Service]:
    """What somebody did, the newest first, by the day on which the post began (local)."""
    rows = Attendance.objects.filter(signup__person_id=person_id).select_related("signup__shift__callout__place")
    rows = rows.filter(signup__shift__callout__drill=False).order_by("-signup__shift__starts_at", "-id")
    if counted_only:
        rows = rows.filter(counted_at__isnull=False)
    found = []
    for row in rows:
        shift = row.signup.shift
        day = timezone.localtime(shift.starts_at).date()
        if (first and day < first) or (last and day > last):
            continue
        found.append(
            Service(
                day=day,
                what=shift.callout.title,
                post=shift.name,
                where=str(shift.callout.place),
                measured=row.measured,
                granted=row.granted_minutes,
                done=row.done,
                counted=row.counted_at is not None,
                shown_until=row.shown_until,
                signup_id=row.signup_id,
            )
        )
    return found


def coming(person_id: int) -> list[Signup]:
    """What somebody said yes to, or waits for, that is not over: the next first."""
    rows = Signup.objects.standing().filter(person_id=person_id, shift__ends_at__gt=timezone.now())
    return list(rows.select_related("shift__callout__place").order_by("shift__starts_at", "id"))


def addresses(volunteers: list[Volunteer]) -> dict[int, str]:
    """Where each is registered, in words, by place."""
    return {one.place_id: address(one.place) for one in {row.place_id: row for row in volunteers}.values()}


def presets() -> dict[str, list[int]]:
    """The weeks of the policy's presets, by code."""
    policy = load("callouts")
    parts = {code: weeks.hours_between(*span) for code, span in policy["day"].items()}
    found = {}
    for code, row in policy["presets"].items():
        bits = 0
        for part in row["parts"]:
            bits |= parts[part]
        found[code] = [bits if day in row["days"] else 0 for day in range(weeks.DAYS)]
    return found


def people_in_charge(community: Place) -> list[str]:
    """Who answers for a community's papers: its secretaries, else its workers, by the names they are called."""
    for role in (Role.COMMUNITY_SECRETARY, Role.COMMUNITY_WORKER):
        posts = Post.objects.current().filter(place=community, role=role, person__is_active=True)
        names = list(posts.order_by("valid_from", "id").values_list("person__name", flat=True)[:3])
        if names:
            return names
    return []


@vouching
def keeps_the_register_of(actor: Actor, person: Person) -> bool:
    """Whether the actor may help a volunteer without a post into their login: one who is nothing else besides."""
    if Member.objects.current().filter(person=person).exists() or Seat.objects.filter(person=person).exists():
        return False
    row = Volunteer.objects.current().filter(person=person).first()
    return row is not None and actor.holds(rules.KEEPERS, row.path)

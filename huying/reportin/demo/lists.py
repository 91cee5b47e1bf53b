"""The three lists of the demo community: made up, replayed through the real actions, dated over the last weeks."""

import datetime as dt
import tomllib
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from huying.directory import actions as directory
from huying.directory.models import Seat, Unit
from huying.kernel.scopes import SYSTEM, Actor, link_holder
from huying.people import actions as people
from huying.people.models import Person
from huying.people.queries import actor_for
from huying.places.models import Place
from huying.reportin.actions import needs, projects, resources
from huying.reportin.models import Need, Project, Resource

COMMUNITY = "骊山新家园社区"
STORY = Path(__file__).with_name("lists.toml")


def _heart() -> Place | None:
    """The community of the story, once its cast is there."""
    if not Person.objects.filter(username="wuye", made_up=True).exists():
        return None
    return Place.objects.current().filter(kind="community", short_name=COMMUNITY, made_up=False).first()


def load_units() -> None:
    """The units of the story, before anybody reports in."""
    place = _heart()
    if place is not None:
        for unit in tomllib.loads(STORY.read_text(encoding="utf-8"))["units"]:
            _unit(unit, place)


def load(now: dt.datetime | None = None) -> int:
    """Write the lists where the demo community and its cast stand; returns how many needs are new. Idempotent."""
    now, place = now or timezone.now(), _heart()
    if place is None:
        return 0
    story = tomllib.loads(STORY.read_text(encoding="utf-8"))
    with transaction.atomic():
        offered = {row["key"]: _resource(row, place, now) for row in story["resources"]}
    return sum(_need(row, place, offered, now) for row in story["needs"])


def _unit(row: dict, place: Place) -> None:
    if Unit.objects.filter(place=place, name=row["name"]).exists():
        return
    unit = directory.register_unit(row["name"], row["kind"], place, by=SYSTEM, duties=row["duties"], made_up=True)
    operator = Person.objects.get(username="operator")
    Unit.objects.filter(pk=unit.pk).update(verified_at=timezone.now(), verified_by=operator)
    person = Person.objects.filter(username=row["seat"]).first()
    if person is None:
        person = people.add_person(row["seat"], row["title"], by=SYSTEM, made_up=True)
        # The cast has one password, which the rest of the demo has set already.
        known = Person.objects.get(username="wuye").password
        Person.objects.filter(pk=person.pk).update(password=known)
    if not Seat.objects.filter(person=person, unit=unit).exists():
        directory.seat(person, unit, by=SYSTEM)


def _actor(username: str) -> Actor:
    return actor_for(Person.objects.get(username=username))


def _unit_of(username: str) -> Unit | None:
    seat = Seat.objects.filter(person__username=username, valid_to=None).select_related("unit").order_by("id").first()
    return seat.unit if seat else None


def _resource(row: dict, place: Place, now: dt.datetime) -> Resource:
    unit = _unit_of(row["by"])
    given = {name: row.get(name, ()) for name in ("skills", "services", "slots")}
    at = now - dt.timedelta(days=20)
    where = unit.place if unit is not None else place
    key = f"demo-resource-{row['key']}"
    return resources.post_resource(
        where, row["text"], by=_actor(row["by"]), key=key, unit=unit, made_up=True, at=at, **given
    )


def _day(today: dt.date, days: int | None) -> dt.date | None:
    return None if days is None else today + dt.timedelta(days=days)


@transaction.atomic
def _need(row: dict, place: Place, offered: dict[str, Resource], now: dt.datetime) -> bool:
    """One need and what became of it; False when it is there already."""
    key = f"demo-need-{row['key']}"
    if Need.objects.filter(key=key).exists():
        return False
    today, by = timezone.localdate(now), _actor(row["by"])
    begin = now - dt.timedelta(days=row["ago"], hours=1)
    since, until = _day(today, row.get("from")), _day(today, row.get("to"))
    if row.get("saturday"):
        since = until = today + dt.timedelta(days=(5 - today.weekday()) % 7 or 7)
    where = next((post.place_id for post in by.posts), place.pk)
    need = needs.post_need(
        Place.objects.get(pk=where), row["text"], by=by, key=key,
        services=row.get("services", ()), skills=row.get("skills", ()), people=row.get("people", 1),
        day_from=since, day_to=until, parts=row.get("parts", ()), made_up=True, at=begin,
    )  # fmt: skip
    if "asked" in row:
        asked = row["asked"]
        units = [unit.pk for name in asked.get("units", ()) if (unit := _unit_of(name))]
        needs.dispatch(
            need, by=_actor("gao"), units=units, resources=[offered[name].pk for name in asked["resources"]],
            members=asked.get("members", False), at=_at(begin, asked),
        )  # fmt: skip
    if "claimed" in row:
        who = row["claimed"]["by"]
        project = needs.claim(need, by=_actor(who), unit=_unit_of(who), at=_at(begin, row["claimed"]))
        _project(project, row, begin, today, _actor(who))
    return True


def _project(project: Project, row: dict, begin: dt.datetime, today: dt.date, by: Actor) -> None:
    if "plan" not in row:
        return
    plan = [(words, _day(today, day)) for words, day in row["plan"]["steps"]]
    projects.start(project, _day(today, row["plan"]["to"]), plan, by=by, at=_at(begin, row["plan"]))
    for helper in row.get("helpers", ()):
        projects.join(project, by=_actor(helper["by"]), at=_at(begin, helper))
    steps = list(project.steps.all())
    for days, step in zip(row.get("ticks", ()), steps, strict=False):
        projects.tick(project, step.pk, by=by, at=begin + dt.timedelta(days=days))
    if "done" in row:
        projects.finish(project, row["done"]["outcome"], by=by, at=_at(begin, row["done"]))
    if "word" in row:
        word = row["word"]
        holder = link_holder("need", project.need_id)
        key = f"demo-word-{row['key']}"
        projects.answer(project, word["came"], word["words"], by=holder, key=key, at=_at(begin, word))


def _at(begin: dt.datetime, what: dict) -> dt.datetime:
    return begin + dt.timedelta(days=what["after"])

"""The wishes of the demo: made up, replayed step by step through the real actions, dated over the last weeks."""

import datetime as dt
import tomllib
from collections.abc import Callable
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from huying.directory.models import Seat
from huying.directory.queries import giving_units
from huying.kernel.scopes import ANONYMOUS, Actor, link_holder
from huying.people.models import Person, Post
from huying.people.queries import actor_for
from huying.places.models import Place
from huying.wishes import actions, rules
from huying.wishes.actions import Intake
from huying.wishes.actions.base import clock_of
from huying.wishes.catalogue import numbers
from huying.wishes.jobs import ring
from huying.wishes.models import Wish
from huying.wishes.workflow import WISH

HERE = Path(__file__).resolve().parent
COMMUNITY, COMPOUND = "骊山新家园社区", "骊山新家园"


def stories() -> list[dict]:
    """All wishes of the demo, as they are written down."""
    return tomllib.loads((HERE / "lishan.toml").read_text(encoding="utf-8"))["wishes"]


def load(progress: Callable[[int, int], None] = lambda done, total: None, now: dt.datetime | None = None) -> int:
    """Collect and replay the demo's wishes where their places exist; returns how many are new. Idempotent."""
    now = now or timezone.now()
    told = sorted(stories(), key=lambda story: -story["day"])
    compound = (
        Place.objects.current()
        .filter(kind="compound", name=COMPOUND, parent__short_name=COMMUNITY)
        .order_by("path")
        .first()
    )
    if compound is None:
        return 0
    new = 0
    for done, story in enumerate(told, 1):
        with transaction.atomic():
            new += _tell(story, compound, now)
        progress(done, len(told))
    return new


def _tell(story: dict, compound: Place, now: dt.datetime) -> int:
    place = Place.objects.current().filter(path__within=compound.path, kind="building", name=story["place"]).first()
    place = place or compound
    begun = now - dt.timedelta(days=story["day"], hours=3)
    by = _head(place) or ANONYMOUS
    minor = story.get("minor", False)
    intake = Intake(
        place=place,
        text=story["text"],
        key=f"demo-wish-{story['key']}",
        channel="head" if by.is_person else "page",
        kind=story["kind"],
        name=story["alias"],
        phone=story.get("phone", ""),
        hardship=story.get("hardship", ""),
        agreed=True,
        agreed_hardship=bool(story.get("hardship")),
        through_writer=story.get("through", False),
        minor=minor,
        guardian=minor,
        made_up=True,
        at=begun,
    )
    wish, is_new = actions.collect(intake, by=by)
    if is_new:
        _replay(wish, story, begun, now)
    return int(is_new)


def _replay(wish: Wish, story: dict, begun: dt.datetime, now: dt.datetime) -> None:
    """Take the steps that lie before now; the timers that would have rung in between, ring."""
    claimant: Actor | None = None
    for number, (step, days, *words) in enumerate(story["go"]):
        moment = begun + dt.timedelta(days=days, minutes=7 * number)
        if moment > now:
            break
        _ring_until(wish, moment)
        if wish.state not in WISH.sources(step):
            break
        if step in ("claim", "join"):
            giver = _person(words[0])
            if giver is None:
                break
            units = giving_units(giver) if Seat.objects.filter(person_id=giver.id).exists() else []
            take = actions.claim if step == "claim" else actions.join
            take(wish, by=giver, unit=units[0] if units else None, at=moment)
            claimant = giver if step == "claim" else claimant
        else:
            _take(wish, story, step, words[0] if words else "", claimant, moment)
        wish.refresh_from_db()
    _ring_until(wish, now)


def _take(wish: Wish, story: dict, step: str, words: str, claimant: Actor | None, at: dt.datetime) -> None:
    keeper, wisher = _person("gao"), link_holder("wish", wish.pk)
    if step == "verify":
        shown = {"value": story.get("value"), "givers": story.get("givers", 1)}
        actions.verify(wish, story["text"], story["alias"], story["kind"], by=keeper, at=at, **shown)
    elif step == "publish":
        actions.publish(wish, by=keeper, at=at)
    elif step == "decline":
        actions.decline(wish, words, by=keeper, at=at)
    elif step == "take_down":
        actions.take_down(wish, by=wisher, at=at)
    elif step == "confirm":
        actions.confirm(wish, "satisfied", by=wisher, text=words, at=at)
    elif step == "contact":
        actions.reveal(wish, by=claimant, at=at)
        actions.contact(wish, words, by=claimant, at=at)
    elif step == "fulfil":
        actions.fulfil(wish, words, by=claimant, at=at)
    elif step == "release":
        actions.release(wish, words, by=claimant, at=at)


def _ring_until(wish: Wish, moment: dt.datetime) -> None:
    for _ in range(20):
        alarm = rules.next_alarm(clock_of(wish, wish.state), numbers())
        if alarm is None or alarm[0] > moment:
            return
        ring(wish, alarm[1], at=alarm[0])
        wish.refresh_from_db()


def _person(username: str) -> Actor | None:
    person = Person.objects.filter(username=username, made_up=True, is_active=True).first()
    return actor_for(person) if person else None


def _head(place: Place) -> Actor | None:
    """The building head of a place, who wrote its wishes down."""
    post = Post.objects.current().filter(place=place, role="building_head").select_related("person").first()
    return actor_for(post.person) if post else None

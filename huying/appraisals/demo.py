"""The demo's past: what the property firm did last year, what was said of it, its answer, and a word after a project."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from huying.appraisals import actions, record, rules
from huying.appraisals.models import Appraisal, Deed
from huying.calls.demo.players import Players, find_place
from huying.calls.demo.replay import replay
from huying.calls.intake import Intake, raise_call
from huying.directory.models import Member, Seat, Unit
from huying.kernel.models import Event
from huying.kernel.scopes import ANONYMOUS, Actor
from huying.people.models import Person
from huying.people.queries import actor_for
from huying.places.models import Place

# (key, month, day, place below the community, category, text, steps after it was raised)
PAST = (
    (
        "past-lamp", 3, 11, ["骊山新家园", "17"], "lighting", "17栋大厅的灯一晚上都在闪。",
        [
            {"do": "accept", "after": "1h", "by": "worker"},
            {"do": "assign", "after": "2h", "by": "worker", "unit": "property"},
            {"do": "resolve", "after": "1d", "by": "unit", "outcome": "换了镇流器，灯稳住了。"},
            {"do": "confirm", "after": "1d5h", "rating": "satisfied"},
        ],
    ),
    (
        "past-drain", 6, 20, ["骊山新家园"], "property", "小区西门的下水道一下雨就往上冒水。",
        [
            {"do": "accept", "after": "40m", "by": "worker"},
            {"do": "assign", "after": "1h", "by": "worker", "unit": "property"},
            {"do": "resolve", "after": "3d", "by": "unit", "outcome": "掏了两口井，换了一节管子。"},
            {"do": "confirm", "after": "4d", "rating": "satisfied"},
        ],
    ),
    (
        "past-trees", 10, 9, ["骊山新家园"], "green", "银杏树的枝子伸到三楼窗户里了。",
        [
            {"do": "accept", "after": "3h", "by": "worker"},
            {"do": "assign", "after": "5h", "by": "worker", "unit": "property"},
            {"do": "resolve", "after": "2d", "by": "unit", "outcome": "约了园林的人，修了五棵。"},
        ],
    ),
)  # fmt: skip


def load(heart: Place) -> None:
    """What lies in the past of the heart of the story; nothing when it is there already."""
    firm = Unit.objects.filter(place=heart, kind="property", made_up=True).order_by("pk").first()
    if firm is None or Appraisal.objects.filter(made_up=True).exists():
        return
    year = timezone.localdate().year - 1
    with transaction.atomic():
        _long_ago(firm, year)
        for story in PAST:
            _call(heart, year, *story)
        record.make(record.threads_of(Event.objects.filter(kind__in=record.KINDS)))
        _said(heart, firm, year)
        _after_a_project(heart)


def _long_ago(firm: Unit, year: int) -> None:
    """The firm and one of its people have been there since the year before: made up, like all of it."""
    began = timezone.make_aware(dt.datetime(year, 1, 5, 9))
    Unit.objects.filter(pk=firm.pk, created_at__gt=began).update(created_at=began)
    Member.objects.filter(unit=firm, made_up=True, person__username="m-shi").update(valid_from=dt.date(year, 2, 1))


def _call(heart: Place, year: int, key, month, day, below, category, text, steps) -> None:
    place = find_place([heart.short_name, *below])
    if place is None:
        return
    at = timezone.make_aware(dt.datetime(year, month, day, 10, 20))
    intake = Intake(
        place=place, text=text, key=f"demo-{key}", channel="counter", category=category, made_up=True, raised_at=at
    )
    call, new = raise_call(intake, by=Players(place).actor("worker") or ANONYMOUS)
    if new:
        story = {"text": text, "category": category, "steps": steps}
        replay(call, story, Players(place), {}, timezone.now())


def _actor(username: str) -> Actor | None:
    person = Person.objects.filter(username=username).first()
    return actor_for(person) if person is not None else None


def _speaker(unit: Unit) -> Actor | None:
    seat = Seat.objects.filter(unit=unit, valid_to=None).select_related("person").order_by("pk").first()
    return actor_for(seat.person) if seat is not None else None


def _said(heart: Place, firm: Unit, year: int) -> None:
    """The community on the firm: said, answered, corrected. The firm on one of its people: words only."""
    gao, speaker = _actor("gao"), _speaker(firm)
    if gao is None or speaker is None:
        return
    words = "灯和树办得快；西门下水道拖了三天，雨天大家绕着走。"
    entry = actions.give(heart, firm, year, "usual", words, by=gao, made_up=True)
    actions.reply(entry, "管子要从厂里调，前两天先用泵抽着水，记录里没有写上。", by=speaker)
    actions.correct(entry, "fairly", "核对了值班本：抽水的两天确实有人守着，当时没有记。", by=gao)
    shi = Person.objects.filter(username="m-shi", memberships__unit=firm).first()
    if shi is not None:
        actions.give(firm, shi, year, "words", "夜里的报修多半是他去的，说话和气。", by=speaker, made_up=True)


def _after_a_project(heart: Place) -> None:
    """A word on a unit after a project that those it served have crossed off."""
    done = Deed.objects.filter(family=rules.NEED, stage=rules.CONFIRMED, subject_type="project", as_member=False)
    deed = done.filter(unit__place=heart, path__within=heart.path).select_related("unit").order_by("at", "pk").first()
    chief = _actor("shuji")
    if deed is None or chief is None:
        return
    year = timezone.localtime(deed.at).year
    words = "说好哪天就哪天，老人们都夸。"
    entry = actions.give(heart, deed.unit, year, "good", words, by=chief, project=deed.subject_id, made_up=True)
    speaker = _speaker(deed.unit)
    if speaker is not None:
        actions.reply(entry, "谢谢社区帮忙通知，下次我们多带一个人。", by=speaker)

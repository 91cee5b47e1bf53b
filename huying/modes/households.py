"""Households that need help first: written down with consent, opened in an emergency, told of every look, gone when taken back."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput, Forbidden, TooMany
from huying.kernel.log import record
from huying.kernel.policy import load
from huying.kernel.scopes import SYSTEM, Actor, covers
from huying.kernel.words import clean
from huying.modes import events
from huying.modes.models import HouseholdLook, PriorityHousehold
from huying.modes.queries import mode_of, modes_over
from huying.people.models import Consent, Person, Post
from huying.people.rules import phone_number, reason_of
from huying.places.models import Place

KINDS = ("building", "entrance", "household")


def rule():
    """The numbers and roles of the policy."""
    return load("modes")["households"]


def needs() -> dict[str, str]:
    """Code → what a household may need, in the reader's language, in the order of the policy."""
    language = "en" if (get_language() or "zh").startswith("en") else "zh"
    return {code: row[language] for code, row in load("modes")["needs"].items()}


def may_write(actor: Actor, path: str) -> bool:
    """Whether the actor writes households down at a place."""
    return actor.is_person and actor.holds(rule()["writers"], path)


def may_keep(actor: Actor, path: str) -> bool:
    """Whether the actor keeps the list at a place."""
    return actor.is_person and actor.holds(rule()["keepers"], path)


@dataclass
class Given:
    """What a household agreed to have written down."""

    place: Place | None
    needs: Sequence[str] = ()
    name: str = ""
    phone: str = ""
    words: str = ""
    how: str = ""
    drills: bool = False
    until: dt.date | None = None
    only_now: bool = False
    key: str = ""
    made_up: bool = False
    wrong: dict[str, str] = field(default_factory=dict)


def add(given: Given, *, by: Actor) -> PriorityHousehold:
    """Write a household down as it agreed; the same key twice is one. BadInput names what is missing or too much."""
    known = PriorityHousehold.objects.filter(key=given.key).first()
    if known is not None:
        return known
    place, wrong = given.place, given.wrong
    if place is None or place.kind not in KINDS or not place.is_current():
        wrong["place"] = _("请选是哪一栋、哪个单元。")
    elif not (may_write(by, place.path) or by.kind == "system"):
        raise Forbidden(_("这里不由您登记。"))
    name, words, phone = clean(given.name), clean(given.words), given.phone.strip()
    if not given.needs or not set(given.needs) <= set(needs()):
        wrong["needs"] = _("请选需要什么，至少一项。")
    if not words:
        wrong["words"] = _("请写门牌，和来的人要知道的事。")
    for code, text, most in (("name", name, 40), ("words", words, 200)):
        if len(text) > most:
            wrong[code] = _("最多 %(most)d 字，现在有 %(now)d 字。") % {"most": most, "now": len(text)}
    if phone:
        try:
            phone = phone_number(phone)
        except ValueError:
            wrong["phone"] = _("电话号码好像不对，请再看看；不想留也可以不填。")
    if given.how not in Consent.How.values:
        wrong["how"] = _("没有本人同意不能登记：请选是怎么同意的。")
    today = timezone.localdate()
    most = today + dt.timedelta(days=31 * rule()["most_months"])
    if given.until is None or not today < given.until <= most:
        wrong["until"] = _("请定到哪一天，最长 %(n)d 个月。") % {"n": rule()["most_months"]}
    mode = mode_of(place.path) if place and given.only_now else None
    if given.only_now and place and mode is None:
        wrong["only_now"] = _("这里现在没有应急，请按平时登记。")
    if wrong or place is None or given.until is None:
        raise BadInput(next(iter(wrong.values())), fields=wrong)
    community = place.ancestors().get(kind="community")
    with transaction.atomic():
        household = PriorityHousehold.objects.create(
            place=place,
            path=place.path,
            community=community,
            key=given.key,
            needs=[code for code in needs() if code in given.needs],
            name_sealed=name or None,
            phone_sealed=phone or None,
            words_sealed=words,
            how=given.how,
            drills=given.drills,
            until=given.until,
            recorded_by_id=by.id,
            mode=mode,
            erase_on=min(given.until, mode.erase_on) if mode else given.until,
            made_up=given.made_up,
        )
        record(events.HOUSEHOLD_ADDED, household, by=by, place=community.pk, how=given.how, mode=mode.pk if mode else 0)
    return household


@dataclass(frozen=True)
class Opened:
    """One household as it is read: opened for this page only."""

    household: PriorityHousehold
    needs: list[str]
    name: str
    phone: str
    words: str
    keeps: bool


def open_list(place: Place, *, by: Actor, reason: str = "") -> list[Opened]:
    """Open the list of a place as far as the actor may read it now; each look is kept and told to the household.

    In peacetime it takes a reason of five characters or more; in an emergency the emergency is the reason.
    """
    with transaction.atomic():
        if by.id is None:
            raise Forbidden(_("您没有这一步的权限。"))
        # One person's lists go one after another, so that two at once cannot pass the limit together.
        Person.objects.select_for_update(no_key=True).get(pk=by.id)
        seen = PriorityHousehold.objects.current().within(place.path).visible_to(by)
        rows = sorted(seen.select_related("place__parent"), key=lambda one: (one.path, one.pk))
        modes = modes_over(one.path for one in rows)
        if any(mode is None for mode in modes.values()):
            try:
                reason = reason_of(reason)[:200]
            except ValueError:
                wrong = _("现在是平时，请写明为什么要看，至少 5 个字；这几户会看到这个原因。")
                raise BadInput(wrong, fields={"reason": wrong}) from None
        now = timezone.now()
        since = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        opened_today = HouseholdLook.objects.filter(by_id=by.id, at__gte=since).values("at").distinct().count()
        if opened_today >= rule()["lists_a_day"]:
            raise TooMany(_("今天打开得太多了，明天再来；急事请找社区书记。"), retry_after=3600)
        looks = [
            HouseholdLook(
                household=one,
                by_id=by.id,
                role=_role(by, one.path),
                at=now,
                mode=modes[one.path],
                reason="" if modes[one.path] else reason,
            )
            for one in rows
        ]
        HouseholdLook.objects.bulk_create(looks)
        if rows:
            mode = next((mode for mode in modes.values() if mode), None)
            record(
                events.HOUSEHOLDS_OPENED,
                place,
                by=by,
                place=place.pk,
                count=len(rows),
                role=looks[0].role,
                mode=mode.pk if mode else 0,
            )
        named = needs()
        return [_open(one, named, may_keep(by, one.path)) for one in rows]


def _role(by: Actor, path: str) -> str:
    wanted = (*rule()["keepers"], *rule()["helpers"])
    return next(post.role for post in by.posts if post.role in wanted and covers(post.path, path))


def _open(one: PriorityHousehold, named: dict[str, str], keeps: bool) -> Opened:
    name, phone, words = (
        sealed.open() if sealed else "" for sealed in (one.name_sealed, one.phone_sealed, one.words_sealed)
    )
    return Opened(one, [named.get(code, code) for code in one.needs], name, phone, words, keeps)


def own_page(household: PriorityHousehold) -> Opened:
    """What a household sees of itself on its page; only for whoever holds the secret link."""
    return _open(household, needs(), False)


def withdraw(household: PriorityHousehold, *, by: Actor) -> None:
    """Take the consent back: everything held of the household is deleted at once. Twice is once."""
    if not (by.opens("household", household.pk) or may_keep(by, household.path)):
        raise Forbidden(_("您没有这一步的权限。"))
    with transaction.atomic():
        _delete([household.pk], by, "withdrawn")


def _delete(ids: Iterable[int], by: Actor, why: str) -> int:
    rows = list(PriorityHousehold.objects.select_for_update(of=("self",)).filter(pk__in=list(ids)).order_by("pk"))
    for row in rows:
        record(events.HOUSEHOLD_REMOVED, row, by=by, place=row.community_id, why=why)
    PriorityHousehold.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def erase_what_is_due(on: dt.date | None = None) -> int:
    """Delete the households whose consent or whose emergency is over long enough, a few hundred at a time; returns how many."""
    day, gone = on or timezone.localdate(), 0
    due = PriorityHousehold.objects.filter(erase_on__lte=day).order_by("pk")
    while ids := list(due.values_list("pk", flat=True)[:500]):
        with transaction.atomic():
            gone += _delete(ids, SYSTEM, "lapsed")
    return gone


def counts(paths: Iterable[str]) -> dict[str, int]:
    """How many households are written down below each path: a number only."""
    return {path: PriorityHousehold.objects.current().within(path).count() for path in paths}


def foresee(place: Place, kind: str, level: int) -> Iterable[str]:
    """Who would see what, in a sentence."""
    if level > rule()["helpers_from_level"]:
        yield _("这一级不打开重点户名单。")
        return
    households = PriorityHousehold.objects.current().within(place.path)
    if kind == "drill":
        households = households.filter(drills=True)
    paths = list(households.values_list("path", flat=True))
    posts = Post.objects.current().filter(role__in=rule()["helpers"], place__path__within=place.path)
    people = {
        person
        for person, path in posts.values_list("person_id", "place__path")
        if any(covers(path, one) for one in paths)
    }
    said = {"people": len(people), "households": len(paths)}
    if kind == "drill":
        yield (
            _(
                "%(people)d 位小区书记和楼栋长会看到自己那里同意参加演练的 %(households)d 户重点户；每看一次都记下，告诉这一户；结束就看不到。"
            )
            % said
        )
    else:
        yield (
            _(
                "%(people)d 位小区书记和楼栋长会看到自己那里的重点户，一共 %(households)d 户；每看一次都记下，告诉这一户；结束就看不到。"
            )
            % said
        )

"""Somebody becomes a volunteer, says what changed, moves on: by themselves, or by staff to whom they said it."""

import datetime as dt
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import events, rules
from huying.callouts import rules_volunteers as numbers
from huying.callouts.models import Volunteer
from huying.callouts.queries_volunteers import HOMES, age_of, is_grown, is_minor, known_of
from huying.directory import catalogue
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.policy import load
from huying.kernel.scopes import Actor
from huying.people import actions as people
from huying.people.models import Person, Post
from huying.people.newcomers import Newcomer, acting
from huying.people.rules import Role

# How somebody said yes to whoever writes it down.
SAID = ("spoken", "phone", "paper")
_TRIES = 5


@dataclass(frozen=True)
class Said:
    """What somebody says of themselves when they register."""

    born: dt.date | None = None
    skills: Iterable[str] = ()
    avoids: Iterable[str] = ()
    asks_a_week: int | None = None
    night_calls: bool = False
    guardian: str = ""
    guardian_how: str = ""


def checked(said: Said, *, grown: bool = False) -> dict:
    """The columns of what was said; BadInput names what cannot be taken, StepRefused who is too young."""
    policy, fields = load("callouts"), {}
    columns: dict = {"night_calls": bool(said.night_calls), "born": said.born}
    for name, codes, known in (("skills", said.skills, catalogue.skills()), ("avoids", said.avoids, rules.BODY)):
        wanted = set(codes)
        if wanted - set(known):
            fields[name] = _("有一项现在选不了，请再选一次。")
        columns[name] = [code for code in known if code in wanted]
    asks = policy["volunteers"]["usual_asks"] if said.asks_a_week is None else said.asks_a_week
    if asks not in policy["volunteers"]["asks"]:
        fields["asks_a_week"] = _("请从名单里选一个。")
    columns["asks_a_week"] = asks
    if said.born is None and not grown:
        fields["born"] = _("请写出生的年和月：有的岗位有年龄限制，不满 18 岁要监护人同意。")
    elif said.born is not None:
        fields |= _age(said, columns, policy["limits"])
    if fields:
        raise BadInput(_("有几处需要改一下。"), fields=fields)
    return columns


def _age(said: Said, columns: dict, limits) -> dict[str, str]:
    """What is wrong with the month of birth, or is missing of a minor; the guardian's word goes into the columns."""
    today, born = timezone.localdate(), said.born.replace(day=1)
    columns["born"] = born
    age = rules.age_on(born, today)
    if born > today or age > 110:
        return {"born": _("这个年月不对，请再看一下。")}
    if age < limits["youngest"]:
        raise StepRefused(
            _("谢谢您愿意帮忙！志愿者要满 %(age)d 岁，请长大一点再来。现在可以和家里大人一起参加社区的活动。")
            % {"age": limits["youngest"]},
            code="too_young",
        )
    if age >= limits["adult"]:
        return {}
    fields = {}
    guardian = " ".join(said.guardian.split())
    if not 1 <= len(guardian) <= 20:
        fields["guardian"] = _("不满 18 岁，请写哪位监护人同意了，比如“妈妈”。")
    if said.guardian_how not in SAID:
        fields["guardian_how"] = _("请选监护人是怎么同意的。")
    columns["guardian_sealed"] = json.dumps({"who": guardian, "how": said.guardian_how}, ensure_ascii=False)
    return fields


def register(place, said: Said, *, by: Actor, newcomer: Newcomer | None = None, made_up: bool = False) -> Volunteer:
    """Whoever acts becomes a volunteer at a compound or community; a newcomer gets a login with it, or neither.

    What the system knows of them already is not asked again. They wait for the community's word; until then posts
    without a risk are open to them (policy `unconfirmed_safe`).
    """
    columns = checked(said, grown=is_grown(by))
    with transaction.atomic():
        actor = acting(by, newcomer)
        if actor.id is None:
            raise Forbidden(_("请先登录，或者在这一页起一个用户名。"))
        return _begin(actor.id, place, columns, by=actor, made_up=made_up)


def register_at_once(place, *, by: Actor) -> Volunteer:
    """One tap of somebody whom the system knows to be of age: skills come from their report-in."""
    if not is_grown(by):
        raise StepRefused(_("请再填几项。"), code="more_needed")
    return register(place, Said(skills=known_of(by)["skills"]), by=by)


def register_for(place, called: str, said: Said, how: str, *, by: Actor, made_up: bool = False) -> Volunteer:
    """Staff write down somebody who said so at the counter, on the phone or on paper; they are confirmed with it.

    They get a login without a password, which a link opens when they want to see for themselves.
    """
    _keeper(by, place)
    if how not in SAID:
        raise BadInput(_("有几处需要改一下。"), fields={"how": _("请选本人是怎么说的。")})
    columns = checked(said)
    with transaction.atomic():
        person = people.add_person(f"zyz-{secrets.token_hex(5)}", called, by=by, made_up=made_up)
        volunteer = _begin(person.pk, place, columns, by=by, how=how, made_up=made_up)
        if is_minor(volunteer):
            agree_guardian(volunteer, said.guardian, said.guardian_how, by=by)
        return confirm(volunteer, by=by)


def standing(place) -> None:
    """StepRefused when nobody can be registered there (any more)."""
    if place.kind not in HOMES:
        raise StepRefused(_("志愿者在小区或者社区登记。"), code="no_home")
    if not place.is_current():
        raise StepRefused(_("这个地方已经并到别处，请到接替它的社区登记。"), code="place_ended")


def _begin(person_id: int, place, columns: dict, *, by: Actor, made_up: bool, how: str = "") -> Volunteer:
    """Write the registration, or begin the old one anew: the number stays the person's for good."""
    standing(place)
    # The person's row is locked, so that of two phones one registers and the other is told.
    Person.objects.select_for_update(no_key=True).get(pk=person_id)
    known = Volunteer.objects.filter(person_id=person_id).select_related("place").first()
    today = timezone.localdate()
    if known is not None and (known.valid_to is None or known.valid_to > today):
        raise StepRefused(
            _("您已经是%(place)s的志愿者了。搬家了，请在“我的服务”里办转移。") % {"place": known.place}, code="twice"
        )
    fresh = columns | {
        "place": place,
        "path": place.path,
        "valid_from": today,
        "valid_to": None,
        "confirmed_at": None,
        "confirmed_by": None,
        "declined_reason": "",
        "guardian_agreed_at": None,
        "guardian_sealed": columns.get("guardian_sealed"),
        "paused_until": None,
        "erased_at": None,
    }
    if known is None:
        volunteer = _numbered(Volunteer(person_id=person_id, made_up=made_up, **fresh))
    else:
        volunteer = known
        for name, value in fresh.items():
            setattr(volunteer, name, value)
        if not numbers.is_whole(volunteer.number, numbers.OF_VOLUNTEER):
            volunteer.number = _new_number()
        volunteer.calendar_key = new_calendar_key()
        volunteer.save(update_fields=[*fresh, "number", "calendar_key"])
    facts = {"how": how} if how else {}
    record(events.REGISTERED, volunteer, by=by, place=place.pk, person=person_id, **facts)
    return volunteer


def _new_number() -> str:
    return numbers.number_of(secrets.randbits(5 * numbers.OF_VOLUNTEER), numbers.OF_VOLUNTEER)


def new_calendar_key() -> str:
    """A key that nobody guesses: 128 bits."""
    return secrets.token_hex(16)


def _numbered(volunteer: Volunteer) -> Volunteer:
    """Save under a number that nobody has; two of the same in 10¹² are tried again."""
    for last in range(_TRIES, 0, -1):
        volunteer.number, volunteer.calendar_key = _new_number(), new_calendar_key()
        try:
            with transaction.atomic():
                volunteer.save(force_insert=True)
        except IntegrityError:
            if last == 1:
                raise
        else:
            break
    return volunteer


def _keeper(by: Actor, place) -> None:
    if by.kind != "system" and not by.holds(rules.KEEPERS, place.path):
        raise Forbidden(_("志愿者名册由社区管。"))


def locked(volunteer: Volunteer) -> Volunteer:
    """The row as it stands, locked behind its person's; StepRefused once it has ended."""
    Person.objects.select_for_update(no_key=True).get(pk=volunteer.person_id)
    row = Volunteer.objects.select_for_update(of=("self",)).select_related("place", "person").get(pk=volunteer.pk)
    if row.valid_to is not None and row.valid_to <= timezone.localdate():
        raise StepRefused(_("这位志愿者的登记已经结束了。"), code="ended")
    return row


def own(by: Actor) -> Volunteer:
    """The actor's own registration of today, locked; StepRefused when there is none."""
    if by.id is None:
        raise Forbidden(_("请先登录。"))
    found = Volunteer.objects.current().filter(person_id=by.id).first()
    if found is None:
        raise StepRefused(_("您现在不是志愿者。"), code="not_registered")
    return locked(found)


def facts_of(volunteer: Volunteer) -> dict:
    """Of whom an event of a volunteer speaks."""
    return {"place": volunteer.place_id, "person": volunteer.person_id}


def confirm(volunteer: Volunteer, *, by: Actor) -> Volunteer:
    """The community says that it knows them; with it they may take on wishes. A minor's guardian must have said yes."""
    with transaction.atomic():
        row = locked(volunteer)
        _keeper(by, row.place)
        if row.confirmed_at is not None:
            raise StepRefused(_("已经接收过了。"), code="twice")
        if is_minor(row) and row.guardian_agreed_at is None:
            raise StepRefused(_("不满 18 岁：请先和监护人核对，记下同意，再接收。"), code="guardian_missing")
        row.confirmed_at, row.confirmed_by_id = timezone.now(), by.id
        row.save(update_fields=["confirmed_at", "confirmed_by"])
        held = Post.objects.current().filter(person_id=row.person_id, role=Role.VOLUNTEER, place=row.place)
        # Whoever holds the post has it; children do not go into strangers' homes for a wish.
        if not held.exists() and not is_minor(row):
            people.appoint(row.person, Role.VOLUNTEER, row.place, by=by)
        record(events.CONFIRMED, row, by=by, **facts_of(row))
    return row


def decline(volunteer: Volunteer, reason: str, *, by: Actor) -> Volunteer:
    """The community does not take somebody on, with words that they read; nothing else remains of it."""
    reason = " ".join(reason.split())
    if not 2 <= len(reason) <= 200:
        raise BadInput(_("有几处需要改一下。"), fields={"reason": _("请写明为什么，本人会看到；最多 200 个字。")})
    with transaction.atomic():
        row = locked(volunteer)
        _keeper(by, row.place)
        if row.confirmed_at is not None:
            raise StepRefused(_("已经接收过了，不能再说不接收。"), code="confirmed")
        row.declined_reason = reason
        end(row)
        row.save(update_fields=["declined_reason"])
        record(events.DECLINED_VOLUNTEER, row, by=by, **facts_of(row))
    return row


def end(row: Volunteer) -> None:
    """Today is the first day without it; what was sealed for it goes at once."""
    row.valid_to = max(timezone.localdate(), row.valid_from)
    row.guardian_sealed = row.guardian_agreed_at = None
    row.save(update_fields=["valid_to", "guardian_sealed", "guardian_agreed_at"])


def agree_guardian(volunteer: Volunteer, who: str, how: str, *, by: Actor) -> Volunteer:
    """Staff have heard it from the guardian: who agreed, how and when; the name is sealed."""
    who, fields = " ".join(who.split()), {}
    if not 1 <= len(who) <= 20:
        fields["guardian"] = _("请写是哪位监护人，比如“妈妈”。")
    if how not in SAID:
        fields["guardian_how"] = _("请选监护人是怎么同意的。")
    if fields:
        raise BadInput(_("有几处需要改一下。"), fields=fields)
    with transaction.atomic():
        row = locked(volunteer)
        _keeper(by, row.place)
        if not is_minor(row):
            raise StepRefused(_("已经成年，不用监护人同意。"), code="of_age")
        row.guardian_sealed = json.dumps({"who": who, "how": how}, ensure_ascii=False)
        row.guardian_agreed_at = timezone.now()
        row.save(update_fields=["guardian_sealed", "guardian_agreed_at"])
        record(events.GUARDIAN_AGREED, row, by=by, how=how, **facts_of(row))
    return row


def guardian_of(volunteer: Volunteer) -> dict[str, str]:
    """Who agreed and how, opened for the register's page; empty when nobody did."""
    return json.loads(volunteer.guardian_sealed.open()) if volunteer.guardian_sealed else {}


def change(said: Said, *, by: Actor) -> Volunteer:
    """What one can do, would rather not do, and how often one may be asked. The month of birth is said once."""
    with transaction.atomic():
        row = own(by)
        columns = checked(Said(None, said.skills, said.avoids, said.asks_a_week, said.night_calls), grown=True)
        columns.pop("born")
        if row.born is None and said.born is not None:
            columns |= {key: value for key, value in checked(said, grown=True).items() if key.startswith("born")}
        for name, value in columns.items():
            setattr(row, name, value)
        row.save(update_fields=list(columns))
        record(events.CHANGED_VOLUNTEER, row, by=by, what="self", **facts_of(row))
    return row


def set_week(week: list[int], *, by: Actor) -> Volunteer:
    """When one usually has time, an hour a bit, Monday first."""
    if len(week) != numbers.DAYS or any(not 0 <= bits <= numbers.WHOLE_DAY for bits in week):
        raise BadInput(_("这张表没有读懂，请再点一次。"))
    with transaction.atomic():
        row = own(by)
        row.week = list(week)
        row.save(update_fields=["week"])
        record(events.CHANGED_VOLUNTEER, row, by=by, what="week", **facts_of(row))
    return row


def pause(until: dt.date | None, *, by: Actor) -> Volunteer:
    """Not to be asked before a day, or to be asked again."""
    today = timezone.localdate()
    most = load("callouts")["volunteers"]["pause_most_days"]
    if until is not None and not today < until <= today + dt.timedelta(days=most):
        wrong = _("请填今天以后、%(days)d 天以内的日子；到时候可以再填。") % {"days": most}
        raise BadInput(wrong, fields={"until": wrong})
    with transaction.atomic():
        row = own(by)
        row.paused_until = until
        row.save(update_fields=["paused_until"])
        record(events.CHANGED_VOLUNTEER, row, by=by, what="pause", **facts_of(row))
    return row


def renew_calendar(*, by: Actor) -> Volunteer:
    """A new address for one's calendar; whoever knew the old one sees nothing more."""
    with transaction.atomic():
        row = own(by)
        row.calendar_key = new_calendar_key()
        row.save(update_fields=["calendar_key"])
        record(events.CHANGED_VOLUNTEER, row, by=by, what="calendar", **facts_of(row))
    return row


def insure(volunteer: Volunteer, until: dt.date | None, *, by: Actor) -> Volunteer:
    """Until when the community has accident insurance for somebody."""
    with transaction.atomic():
        row = locked(volunteer)
        _keeper(by, row.place)
        row.insured_until = until
        row.save(update_fields=["insured_until"])
        record(events.CHANGED_VOLUNTEER, row, by=by, what="insured", **facts_of(row))
    return row


__all__ = [
    "SAID",
    "Said",
    "age_of",
    "agree_guardian",
    "change",
    "confirm",
    "decline",
    "guardian_of",
    "insure",
    "pause",
    "register",
    "register_at_once",
    "register_for",
    "renew_calendar",
    "set_week",
]

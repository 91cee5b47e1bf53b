"""A member reports in, says what changed, moves and leaves: each by themselves, and nobody for another.

No function here takes a person: whoever acts is the one it is about (docs/never.md).
"""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.directory import catalogue
from huying.directory.models import Member, Unit
from huying.directory.queries import unit_ids_of
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.scopes import SYSTEM, Actor
from huying.people import actions as people
from huying.people.models import Person
from huying.people.newcomers import Newcomer, acting
from huying.reportin import events
from huying.reportin.actions import exemptions
from huying.reportin.actions.units import standing
from huying.reportin.models import Exemption, MemberInvitation
from huying.reportin.queries_reports import may_name


def register(
    place,
    *,
    by: Actor,
    skills: Iterable[str] = (),
    services: Iterable[str] = (),
    unit: Unit | None = None,
    newcomer: Newcomer | None = None,
    made_up: bool = False,
) -> Member:
    """Whoever acts reports in with the community where they live; a newcomer gets a login with it."""
    with transaction.atomic():
        return _begin(acting(by, newcomer), place, _given(skills, services), unit, made_up=made_up)


def _given(skills: Iterable[str], services: Iterable[str]) -> dict[str, list[str]]:
    """The codes in the order of the policy, each once; BadInput for one that is not there."""
    given = {}
    for field, codes, known in (("skills", skills, catalogue.skills()), ("services", services, catalogue.services())):
        wanted = set(codes)
        if wanted - set(known):
            wrong = _("有一项现在选不了，请再选一次。")
            raise BadInput(wrong, fields={field: wrong})
        given[field] = [code for code in known if code in wanted]
    return given


def _begin(
    actor: Actor, place, given: dict, unit: Unit | None, *, vouched: bool = False, made_up: bool = False
) -> Member:
    """Write the registration; `vouched` when the unit itself, or an earlier registration, names the unit."""
    if actor.id is None:
        raise Forbidden(_("请先登录，或者在这一页起一个用户名。"))
    standing(place)
    if unit is not None and not vouched and not may_name(unit, place):
        wrong = _("这个单位还没有报到，选不了；可以先选“不在名单里”。")
        raise BadInput(wrong, fields={"unit": wrong})
    with transaction.atomic():
        # The person's row is locked, so that of two phones one reports in and the other is told.
        Person.objects.select_for_update(no_key=True).get(pk=actor.id)
        current = Member.objects.current().filter(person_id=actor.id).select_related("place").first()
        if current is not None:
            raise StepRefused(
                _("您已经在%(place)s报到了。搬家了，请在“我的报到”里办转移。") % {"place": current.place},
                code="twice",
            )
        try:
            with transaction.atomic():
                member = Member.objects.create(person_id=actor.id, place=place, unit=unit, made_up=made_up, **given)
        except IntegrityError as error:
            if error.__cause__.diag.constraint_name != "one_community_at_a_time":
                raise
            raise StepRefused(_("您已经报到了。"), code="twice") from None
        record(events.MEMBER_REGISTERED, member, by=actor, place=place.pk, **_facts(member))
    return member


def _facts(member: Member) -> dict:
    """Who, and of which unit when one."""
    return {"person": member.person_id} | ({"unit": member.unit_id} if member.unit_id else {})


def _own(by: Actor) -> Member:
    """The actor's own registration of today, locked with their row; StepRefused when there is none."""
    if by.id is None:
        raise Forbidden(_("请先登录。"))
    Person.objects.select_for_update(no_key=True).get(pk=by.id)
    found = Member.objects.select_for_update(of=("self",)).current().filter(person_id=by.id)
    member = found.select_related("place", "unit").first()
    if member is None:
        raise StepRefused(_("您现在没有在哪个社区报到。"), code="not_registered")
    return member


def change(*, by: Actor, skills: Iterable[str] = (), services: Iterable[str] = (), unit: Unit | None = None) -> Member:
    """What one can do and likes to help with, and where one's membership stays."""
    given = _given(skills, services)
    with transaction.atomic():
        member = _own(by)
        if unit is not None and unit.pk != member.unit_id and not may_name(unit, member.place):
            wrong = _("这个单位还没有报到，选不了；可以先选“不在名单里”。")
            raise BadInput(wrong, fields={"unit": wrong})
        member.skills, member.services, member.unit = given["skills"], given["services"], unit
        member.save(update_fields=["skills", "services", "unit"])
        record(events.MEMBER_CHANGED, member, by=by, place=member.place_id, **_facts(member))
    return member


def move(place, *, by: Actor) -> Member:
    """Whoever has moved home: the one registration ends and the other begins, with what was given; one transaction."""
    standing(place)
    with transaction.atomic():
        old = _own(by)
        if old.place_id == place.pk:
            raise StepRefused(_("您本来就在这个社区报到。"), code="same_place")
        _end(old)
        record(events.MEMBER_MOVED, old, by=by, place=old.place_id, to=place.pk, **_facts(old))
        unit = old.unit if old.unit is not None and old.unit.closed_at is None else None
        known = {"skills": catalogue.skills(), "services": catalogue.services()}
        given = {name: [code for code in getattr(old, name) if code in known[name]] for name in known}
        return _begin(by, place, given, unit, vouched=True, made_up=old.made_up)


def leave(*, by: Actor) -> Member:
    """Nobody is held against their will. What was done stays on record."""
    with transaction.atomic():
        member = _own(by)
        _end(member)
        record(events.MEMBER_LEFT, member, by=by, place=member.place_id, **_facts(member))
    return member


def erase_login(*, by: Actor) -> None:
    """Whoever wants to be forgotten goes altogether: registration, exemptions and login; the log keeps ids that lead nowhere.

    StepRefused as long as they hold a post or speak for a unit, which somebody else must take over first.
    """
    if by.id is None:
        raise Forbidden(_("请先登录。"))
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(pk=by.id)
        if unit_ids_of(by):
            raise StepRefused(_("您还代表一个单位。先请社区换一个人，再删账号。"), code="has_seat")
        if Member.objects.current().filter(person=person).exists():
            leave(by=by)
        for given in Exemption.objects.current().filter(person=person):
            exemptions.end(given, by=by)
        people.erase(person, by=by)


def end_of_the_gone() -> int:
    """End the registrations of those whose login is closed, so that nobody counts on them; returns how many."""
    ended = 0
    with transaction.atomic():
        gone = Member.objects.select_for_update(of=("self",)).current().filter(person__is_active=False)
        for member in gone.order_by("pk")[:2000]:
            _end(member)
            record(events.MEMBER_LEFT, member, by=SYSTEM, place=member.place_id, **_facts(member))
            ended += 1
    return ended


def _end(member: Member) -> None:
    member.valid_to = max(timezone.localdate(), member.valid_from)
    member.save(update_fields=["valid_to"])


def unlink(member: Member, *, by: Actor) -> None:
    """The unit says that somebody's membership is not with it; they stay registered, and are told."""
    with transaction.atomic():
        locked = Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
        if locked.unit_id is None or locked.unit_id not in unit_ids_of(by):
            raise Forbidden(_("您不代表这个单位。"))
        facts = _facts(locked)
        locked.unit = None
        locked.save(update_fields=["unit"])
        record(events.MEMBER_UNLINKED, locked, by=by, place=locked.place_id, **facts)


def accept(
    invitation: MemberInvitation,
    place,
    *,
    by: Actor,
    skills: Iterable[str] = (),
    services: Iterable[str] = (),
    newcomer: Newcomer | None = None,
) -> Member:
    """Whoever holds a slip of their unit reports in by it; the slip then says nothing of them any more.

    Somebody who is registered already stays where they are, and their unit is put down.
    """
    given = _given(skills, services)
    with transaction.atomic():
        locked = _open_slip(invitation)
        actor = acting(by, newcomer)
        current = Member.objects.current().filter(person_id=actor.id).first() if actor.is_person else None
        if current is None:
            member = _begin(actor, place, given, locked.unit, vouched=True)
        else:
            member = _own(actor)
            member.unit = locked.unit
            member.save(update_fields=["unit"])
            record(events.MEMBER_CHANGED, member, by=actor, place=member.place_id, **_facts(member))
        locked.member, locked.accepted_at, locked.name_sealed = member, timezone.now(), None
        locked.save(update_fields=["member", "accepted_at", "name_sealed"])
    return member


def decline(invitation: MemberInvitation, *, by: Actor) -> None:
    """Whoever holds the slip says no, without a word of why; the unit learns only that it is settled."""
    with transaction.atomic():
        locked = _open_slip(invitation)
        locked.declined_at, locked.name_sealed = timezone.now(), None
        locked.save(update_fields=["declined_at", "name_sealed"])
        record(events.INVITATION_DECLINED, locked, by=by, unit=locked.unit_id)


def _open_slip(invitation: MemberInvitation) -> MemberInvitation:
    locked = MemberInvitation.objects.select_for_update(of=("self",)).select_related("unit").get(pk=invitation.pk)
    if not locked.is_open():
        raise StepRefused(_("这张邀请已经用过、过期或者收回了。没有邀请也能报到。"), code="not_open")
    return locked

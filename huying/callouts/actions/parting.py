"""A volunteer moves, leaves, is forgotten: their coming shifts are given back, and what is no longer needed goes."""

import datetime as dt
import secrets

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import events, rules
from huying.callouts import rules_volunteers as weeks
from huying.callouts.actions import answer
from huying.callouts.actions.volunteers import _keeper, end, facts_of, locked, new_calendar_key, own, standing
from huying.callouts.models import Asked, Attendance, Certificate, Companion, Signup, Volunteer
from huying.callouts.queries_volunteers import coming
from huying.directory.models import Member
from huying.directory.queries import unit_ids_of
from huying.kernel.errors import Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.policy import load
from huying.kernel.scopes import SYSTEM, Actor
from huying.people import actions as people
from huying.people.models import Person, Post
from huying.people.rules import Role

# What stands where a reason must stand and its words are gone.
GONE = "—"
BATCH = 500


def move(place, *, by: Actor) -> Volunteer:
    """Moved home: from today at another community, which is told and gives its own word; all that one has goes along."""
    standing(place)
    with transaction.atomic():
        row = own(by)
        if row.place_id == place.pk:
            raise StepRefused(_("您本来就在这里登记。"), code="same_place")
        record(events.TRANSFERRED, row, by=by, to=place.pk, **facts_of(row))
        _end_post(row, by)
        origin = row.place_id
        row.place, row.path = place, place.path
        row.confirmed_at = row.confirmed_by = None
        row.save(update_fields=["place", "path", "confirmed_at", "confirmed_by"])
        record(events.REGISTERED, row, by=by, origin=origin, **facts_of(row))
    return row


def leave(*, by: Actor) -> Volunteer:
    """Nobody is held against their will, and nobody is asked why. What was done stays on record."""
    with transaction.atomic():
        row = own(by)
        _leave(row, by)
    return row


def withdraw_guardian(volunteer: Volunteer, *, by: Actor) -> Volunteer:
    """A guardian no longer agrees, as easily as they did: said to the community or by the young person; it ends at once."""
    with transaction.atomic():
        row = locked(volunteer)
        if by.id != row.person_id:
            _keeper(by, row.place)
        record(events.GUARDIAN_WITHDREW, row, by=by, **facts_of(row))
        _leave(row, by)
    return row


def _leave(row: Volunteer, by: Actor) -> None:
    give_back(row.person_id, by=by)
    _end_post(row, by)
    end(row)
    record(events.LEFT, row, by=by, **facts_of(row))


def give_back(person_id: int, *, by: Actor) -> int:
    """Withdraw what somebody said yes to and has not begun; the next in line move up. Returns of how many."""
    count = 0
    for signup in coming(person_id):
        if Attendance.objects.filter(signup=signup).exists():
            continue
        if by.id != person_id:
            answer.cancel(signup, by=SYSTEM)
        elif signup.state == rules.OFFERED:
            answer.decline(signup, by=by)
        else:
            answer.withdraw(signup, by=by, words=_("不再是志愿者，这一班来不了了。"))
        count += 1
    return count


def _end_post(row: Volunteer, by: Actor) -> None:
    """End the post of a volunteer at the place: by whoever may, else by the system in their name."""
    for post in Post.objects.current().filter(person_id=row.person_id, role=Role.VOLUNTEER, place=row.place):
        people.end_post(post, by=by)


def erase(*, by: Actor, login: bool = False) -> None:
    """Whoever wants to be forgotten is: at once, for good, after leaving; with `login`, the login too.

    StepRefused while they stand at a post, and, for the login, while it is still needed for something else.
    """
    if by.id is None:
        raise Forbidden(_("请先登录。"))
    with transaction.atomic():
        person = Person.objects.select_for_update(no_key=True).get(pk=by.id)
        row = Volunteer.objects.filter(person=person, erased_at__isnull=True).first()
        if row is None and not login:
            raise StepRefused(_("这里没有您的登记。"), code="not_registered")
        if Attendance.objects.filter(signup__person=person, in_at__isnull=False, out_at__isnull=True).exists():
            raise StepRefused(_("您现在还在岗位上，签退以后再来。"), code="on_duty")
        if row is not None:
            if row.valid_to is None or row.valid_to > timezone.localdate():
                _leave(locked(row), by)
            forget(row, by=by, keep_login=not login)
        if login:
            _erase_login(person, by)


def _erase_login(person: Person, by: Actor) -> None:
    if Member.objects.current().filter(person=person).exists() or unit_ids_of(by):
        raise StepRefused(_("您还在双报到里登记着。请先在“我的报到”里退出，再删账号。"), code="registered")
    if Post.objects.current().filter(person=person).exists():
        raise StepRefused(_("您还有别的岗位，账号还用得着。可以只删志愿者的资料。"), code="has_posts")
    people.erase(person, by=by)


def forget(volunteer: Volunteer, *, by: Actor, keep_login: bool = True) -> None:
    """Erase all that a volunteer said, and take their name off what they did.

    Hours stay, since the community accounts for them: without times, words or a person. Where the login lives on, they
    are put on nobody's name; where it goes, its row is nobody's already.
    """
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=volunteer.person_id)
        row = Volunteer.objects.select_for_update(of=("self",)).get(pk=volunteer.pk)
        if row.erased_at is not None:
            return
        place, person_id = row.place_id, row.person_id
        row.proofs.all().delete()
        Companion.objects.filter(Q(volunteer=row) | Q(other=row)).delete()
        Asked.objects.filter(person_id=person_id).delete()
        Certificate.objects.filter(volunteer=row, erased_at__isnull=True).update(
            name_sealed=None, facts={}, erased_at=timezone.now()
        )
        _nameless_hours(person_id, keep_login)
        blank = {
            "number": f"~{row.pk}",
            "calendar_key": new_calendar_key(),
            "born": None,
            "guardian_sealed": None,
            "guardian_agreed_at": None,
            "skills": [],
            "avoids": [],
            "week": [0] * weeks.DAYS,
            "asks_a_week": 0,
            "night_calls": False,
            "last_asked_at": None,
            "paused_until": None,
            "insured_until": None,
            "declined_reason": "",
            "erased_at": timezone.now(),
            "valid_to": row.valid_to or max(timezone.localdate(), row.valid_from),
        }
        for name, value in blank.items():
            setattr(row, name, value)
        row.save(update_fields=list(blank))
        record(events.ERASED, row, by=by, place=place)


def _nameless_hours(person_id: int, keep_login: bool) -> None:
    """Of what somebody did only minutes remain, and they lead to nobody."""
    mine = Attendance.objects.filter(signup__person_id=person_id).select_related("signup__shift")
    for one in mine.select_for_update(of=("self",)).order_by("signup_id"):
        if one.in_at is not None:
            one.minutes = one.measured
        one.in_at = one.out_at = one.in_sent_at = one.out_sent_at = one.in_by = one.out_by = None
        one.how_in = one.how_out = one.done = ""
        one.granted_reason = GONE if one.granted_minutes is not None else ""
        one.save(
            update_fields=[
                *("minutes", "in_at", "out_at", "in_sent_at", "out_sent_at", "in_by", "out_by"),
                *("how_in", "how_out", "done", "granted_reason"),
            ]
        )
        one.questions.all().delete()
        one.corrections.all().delete()
    if keep_login and Signup.objects.filter(person_id=person_id).exists():
        nobody = Person(username=f"nobody-{secrets.token_hex(8)}", name=GONE, is_active=False, left_at=timezone.now())
        nobody.set_unusable_password()
        nobody.save(force_insert=True)
        Signup.objects.filter(person_id=person_id).update(person=nobody)


def forget_person(person_id: int) -> None:
    """A login was erased elsewhere: so is the volunteer behind it. Doing it twice is doing it once."""
    row = Volunteer.objects.filter(person_id=person_id, erased_at__isnull=True).first()
    if row is None:
        return
    with transaction.atomic():
        if row.valid_to is None or row.valid_to > timezone.localdate():
            give_back(person_id, by=SYSTEM)
        forget(row, by=SYSTEM, keep_login=False)


def end_of_the_gone(limit: int = BATCH) -> int:
    """End the registrations of those whose login is closed, so that nobody counts on them; returns how many."""
    ended = 0
    for row in Volunteer.objects.current().filter(person__is_active=False).order_by("pk")[:limit]:
        with transaction.atomic():
            _leave(locked(row), SYSTEM)
        ended += 1
    return ended


def forget_the_left(on: dt.date | None = None, limit: int = BATCH) -> int:
    """Erase those who left long ago; returns how many."""
    day = (on or timezone.localdate()) - dt.timedelta(days=load("callouts")["volunteers"]["left_keep_days"])
    due = Volunteer.objects.filter(valid_to__lte=day, erased_at__isnull=True).order_by("pk")[:limit]
    for row in due:
        forget(row, by=SYSTEM)
    return len(due)

"""Appointing people to posts, and letting them go."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.scopes import Actor
from huying.people import events, rules
from huying.people.actions.logins import add_person
from huying.people.models import ROLE_NAMES, Person, Post
from huying.people.queries import is_operator, may_appoint
from huying.people.rules import Role


def appoint(
    person: Person,
    role: str,
    place,
    *,
    by: Actor,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
) -> Post:
    """Give a person a post at a place from a day (today) until a day or without end; the last day is not included."""
    begins = valid_from or timezone.localdate()
    if not rules.may_stand_at(role, place.kind):
        raise BadInput(_("这个岗位不设在这一级。"), fields={"role": _("请换一个岗位，或者换一个地点。")})
    if not may_appoint(by, role, place):
        raise Forbidden(_("这个岗位不由您任命。"))
    if valid_to is not None and valid_to <= begins:
        raise BadInput(_("任期结束要晚于开始。"), fields={"valid_to": _("请填晚于开始日期的日子。")})
    with transaction.atomic():
        # The person's row is locked so that nobody who is leaving at this moment is appointed.
        person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        if not person.is_active:
            raise StepRefused(_("这个人已经停用，不能任命。"), code="not_active")
        if not place.is_current(max(begins, timezone.localdate())):
            raise StepRefused(_("这个地点已经停用，请到接替它的地点任命。"), code="place_ended")
        try:
            with transaction.atomic():
                post = Post.objects.create(person=person, role=role, place=place, valid_from=begins, valid_to=valid_to)
        except IntegrityError as error:
            if error.__cause__.diag.constraint_name != "one_post_of_a_kind_at_a_time":
                raise
            raise StepRefused(
                _("%(name)s在这段时间里已经是这里的%(role)s。") % {"name": person.name, "role": ROLE_NAMES[Role(role)]},
                code="twice",
            ) from None
        record(events.APPOINTED, post, by=by, place=place.pk, person=person.pk, role=str(role))
    return post


def appoint_newcomer(new: dict[str, str], role: str, place, *, by: Actor, valid_to: dt.date | None = None) -> Post:
    """Make a login for somebody new (`username`, `name`, `phone`) and give them their post, or neither."""
    with transaction.atomic():
        person = add_person(new["username"], new["name"], by=by, phone=new.get("phone", ""))
        return appoint(person, role, place, by=by, valid_to=valid_to)


def end_post(post: Post, *, by: Actor, on: dt.date | None = None) -> Post:
    """End a post on a day (today), which is the first day without it. Appointing again the same day undoes it.

    Whoever may appoint may end; and nobody is held against their will, so a person may end their own.
    """
    day = on or timezone.localdate()
    if not may_appoint(by, post.role, post.place) and by.id != post.person_id:
        raise Forbidden(_("这个岗位不由您免去。"))
    with transaction.atomic():
        locked = Post.objects.select_for_update(of=("self",)).get(pk=post.pk)
        if locked.valid_to is not None and locked.valid_to <= day:
            raise StepRefused(_("这个岗位已经结束了。"), code="ended")
        locked.valid_to = max(day, locked.valid_from)
        locked.save(update_fields=["valid_to"])
        record(events.POST_ENDED, locked, by=by, place=locked.place_id, person=locked.person_id, role=locked.role)
    post.valid_to = locked.valid_to
    return post


def leave(person: Person, *, by: Actor) -> None:
    """Somebody leaves: every post ends today, every session ends at once, and they can no longer log in."""
    today = timezone.localdate()
    with transaction.atomic():
        locked = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        posts = list(
            Post.objects.filter(person=locked).exclude(valid_to__lte=today).select_related("place").order_by("pk")
        )
        if not is_operator(by) and not (posts and all(may_appoint(by, post.role, post.place) for post in posts)):
            raise Forbidden(_("这个人还有不由您免去的岗位。"))
        if not locked.is_active:
            raise StepRefused(_("这个人已经停用。"), code="not_active")
        for post in posts:
            end_post(post, by=by, on=today)
        locked.is_active, locked.left_at = False, timezone.now()
        locked.session_round += 1
        locked.save(update_fields=["is_active", "left_at", "session_round"])
        record(events.LEFT, locked, by=by)

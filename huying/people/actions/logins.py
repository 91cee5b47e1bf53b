"""Logins: made for somebody, opened by themselves, ended everywhere."""

import re

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.scopes import Actor
from huying.kernel.sealed import blind_index
from huying.people import events, rules
from huying.people.models import Person
from huying.people.queries import may_manage

USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")


def _phone(text: str, fields: dict[str, str]) -> dict:
    """The two columns of a staff phone; what is wrong with it goes to `fields`."""
    if not text.strip():
        return {"phone_sealed": None, "phone_index": None}
    try:
        number = rules.phone_number(text)
    except ValueError:
        fields["phone"] = _("请填手机号，或者带区号的座机号。")
        return {}
    return {"phone_sealed": number, "phone_index": blind_index(number)}


def add_person(username: str, name: str, *, by: Actor, phone: str = "", made_up: bool = False) -> Person:
    """A login for somebody who will be appointed; they choose their own password at the link of `welcome_token`."""
    if by.kind != "system" and not any(post.role in rules.APPOINTS for post in by.posts):
        raise Forbidden(_("您不能新增人员。"))
    fields: dict[str, str] = {}
    username, name = username.strip().lower(), " ".join(name.split())
    if not USERNAME.fullmatch(username):
        fields["username"] = _("用户名用 2–40 个小写字母、数字或 . - _，以字母开头。")
    if not 1 <= len(name) <= 20 or not any(c.isalpha() for c in name):
        fields["name"] = _("称呼填姓加岗位，比如“芦楼长”，最多 20 个字。")
    columns = _phone(phone, fields)
    if fields:
        raise BadInput(_("有几处需要改一下。"), fields=fields)
    person = Person(username=username, name=name, made_up=made_up, **columns)
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save(force_insert=True)
            record(events.PERSON_ADDED, person, by=by)
    except IntegrityError:
        raise BadInput(_("有几处需要改一下。"), fields={"username": _("这个用户名已经有人用了。")}) from None
    return person


def sign_up(username: str, name: str, password: str, *, by: Actor) -> Person:
    """A login that somebody makes for themselves, with no post and no right but over what is their own.

    BadInput names the fields that cannot be taken. Whoever is logged in already needs none.
    """
    if by.is_person:
        raise Forbidden(_("您已经登录了，不用再注册。"))
    fields: dict[str, str] = {}
    username, name = username.strip().lower(), " ".join(name.split())
    if not USERNAME.fullmatch(username):
        fields["username"] = _("用户名用 2–40 个小写字母、数字或 . - _，以字母开头。")
    if not 1 <= len(name) <= 20 or not any(c.isalpha() for c in name):
        fields["name"] = _("写一个称呼就行，比如“王老师”，最多 20 个字。")
    person = Person(username=username, name=name)
    try:
        validate_password(password, person)
    except ValidationError as error:
        fields["password"] = " ".join(error.messages)
    if "username" not in fields and Person.objects.filter(username=username).exists():
        fields["username"] = _("这个用户名已经有人用了，请换一个；如果是您自己的，请先登录。")
    if fields:
        raise BadInput(_("有几处需要改一下。"), fields=fields)
    person.set_password(password)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
            record(events.PERSON_ADDED, person, by=by)
    except IntegrityError:
        taken = _("这个用户名已经有人用了，请换一个；如果是您自己的，请先登录。")
        raise BadInput(_("有几处需要改一下。"), fields={"username": taken}) from None
    return person


def welcome(person: Person, token: str, password: str) -> None:
    """Open a new or reset login: the person behind the link chooses a password; the link then opens nothing more."""
    with transaction.atomic():
        locked = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        if not locked.is_active or not default_token_generator.check_token(locked, token):
            raise StepRefused(_("这个链接用过了，或者过期了。请向给您开通的人再要一个。"), code="link_spent")
        try:
            validate_password(password, locked)
        except ValidationError as error:
            raise BadInput(_("有几处需要改一下。"), fields={"password": " ".join(error.messages)}) from None
        locked.set_password(password)
        locked.save(update_fields=["password"])
    person.password = locked.password


def reset_login(person: Person, *, by: Actor) -> None:
    """Somebody lost their password or second factor: both go, every session ends, and a new link opens the login."""
    if not may_manage(by, person):
        raise Forbidden(_("这个人的登录不由您重设。"))
    with transaction.atomic():
        locked = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        locked.set_unusable_password()
        locked.session_round += 1
        locked.save(update_fields=["password", "session_round"])
        Authenticator.objects.filter(user_id=locked.pk).delete()
        record(events.LOGIN_RESET, locked, by=by)


def log_out_everywhere(person: Person, *, by: Actor) -> None:
    """End every session of the person at once, on every machine, this one included."""
    if by.id != person.pk and not may_manage(by, person):
        raise Forbidden(_("只能退出自己的登录。"))
    with transaction.atomic():
        locked = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        locked.session_round += 1
        locked.save(update_fields=["session_round"])


def change_own(person: Person, *, by: Actor, phone: str | None = None, language: str = "", elder: bool | None = None):
    """Change what a person says of themselves: phone ('' removes it, None keeps it), language, elder view."""
    if by.id != person.pk:
        raise Forbidden(_("只能改自己的资料。"))
    fields: dict[str, str] = {}
    columns = {} if phone is None else _phone(phone, fields)
    if fields:
        raise BadInput(_("有几处需要改一下。"), fields=fields)
    columns |= {"language": language, "elder": elder}
    for column, value in columns.items():
        setattr(person, column, value)
    person.save(update_fields=list(columns))

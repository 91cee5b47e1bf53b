"""Every write of modes: switching on, extending, changing the level, ending. Each is one transaction with all who follow."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel import jobs
from huying.kernel.errors import BadInput, StalePage, StepRefused
from huying.kernel.policy import load
from huying.kernel.scopes import SYSTEM, Actor
from huying.kernel.words import clean
from huying.modes import banner, following, rules
from huying.modes.models import Mode
from huying.modes.models.modes import Kind, Level
from huying.modes.rules import Standing
from huying.modes.workflow import MODE
from huying.places.models import Place

# Switches are rare and each looks at the modes around it, so they go one after another.
_LOCK = 0x68794D6F6465


def one_after_another() -> None:
    """Wait for the switch before; until the end of the transaction no other begins."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


@contextmanager
def switching(
    name: str, mode: Mode, *, by: Actor, version: int | None = None, at: dt.datetime | None = None, **facts
) -> Iterator[Mode]:
    """`MODE.step`, one switch after another, with all who follow in the same transaction."""
    with transaction.atomic():
        one_after_another()
        with MODE.step(name, mode, by=by, version=version, at=at, **facts) as row:
            before = row.standing if row.state == rules.ON else None
            row.at = at or timezone.now()
            yield row
        after = mode.standing if mode.state == rules.ON else None
        if before != after:
            following.follow(mode, before, after)
    banner.forget()


def words(text: str, field: str, missing: str, most: int) -> str:
    """Cleaned words, or BadInput on `field` when there are none or too many."""
    cleaned = clean(text or "")
    wrong = "" if cleaned else missing
    if len(cleaned) > most:
        wrong = _("最多 %(most)d 字，现在有 %(now)d 字。") % {"most": most, "now": len(cleaned)}
    if wrong:
        raise BadInput(wrong, fields={field: wrong})
    return cleaned


def longest(kind: str) -> int:
    """For how many hours from now such a mode may run."""
    return load("modes")["longest"][f"{kind}_hours"]


def checked_end(kind: str, until: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    """When it ends by itself, or BadInput: after now, and no later than the policy lets it."""
    hours = longest(kind)
    wrong = ""
    if until is None:
        wrong = _("请定到什么时候自动结束。")
    elif until <= now:
        wrong = _("结束的时间已经过了，请定一个以后的时间。")
    elif until > now + dt.timedelta(hours=hours):
        wrong = _("最长 %(n)d 天，到期前可以延长。") % {"n": hours // 24}
    if wrong or until is None:
        raise BadInput(wrong, fields={"until": wrong})
    return until


def checked_level(level: int | None) -> int:
    """One of the four levels, or BadInput."""
    if level not in rules.LEVELS:
        wrong = _("请选级别。")
        raise BadInput(wrong, fields={"level": wrong})
    return level


def checked(
    place: Place,
    kind: str,
    level: int | None,
    *,
    authority: str,
    reason: str,
    until: dt.datetime | None,
    key: str,
    by: Actor,
    at: dt.datetime | None = None,
) -> Mode:
    """The mode that would be switched on, not saved; a refusal says what is missing. The page asks it before it tells what follows."""
    now = at or timezone.now()
    mode = Mode(place=place, path=place.path, key=key, kind=kind, starts_at=now, level_since=now)
    if kind not in Kind.values:
        wrong = _("请选是应急还是演练。")
        raise BadInput(wrong, fields={"kind": wrong})
    MODE.check("switch_on", mode, by)
    mode.level = checked_level(level)
    mode.authority = words(authority, "authority", _("请写明谁决定的，有文号的写文号。"), 120)
    mode.reason = words(reason, "reason", _("请写明为什么。"), 300)
    mode.expires_at = checked_end(kind, until, now)
    mode.switched_by_id = by.id
    if not place.is_current() or place.kind not in load("modes")["where"]["kinds"]:
        wrong = _("这里不能单独开启，请选小区、社区或者更大的范围。")
        raise BadInput(wrong, fields={"place": wrong})
    standing = Mode.objects.on(at).filter(place=place).first()
    if standing is not None:
        raise already_on(standing)
    return mode


def switch_on(
    place: Place,
    kind: str,
    level: int | None,
    *,
    authority: str,
    reason: str,
    until: dt.datetime | None,
    key: str,
    by: Actor,
    at: dt.datetime | None = None,
    made_up: bool = False,
) -> Mode:
    """Switch a place and all below it, at once. The same key twice is one switch; a second one at the place is refused.

    `at` dates it (the demo only).
    """
    known = Mode.objects.filter(key=key).first()
    if known is not None:
        return known
    mode = checked(place, kind, level, authority=authority, reason=reason, until=until, key=key, by=by, at=at)
    mode.made_up = made_up
    with transaction.atomic():
        one_after_another()
        expire_due()
        standing = Mode.objects.on(at).filter(place=place).first()
        if standing is not None and standing.key == key:
            return standing
        if standing is not None:
            raise already_on(standing)
        try:
            with transaction.atomic():
                mode.save(force_insert=True)
        except IntegrityError as error:
            # A double tap that came while the first was under way, or an old record that this one would overlap.
            twin = Mode.objects.filter(key=key).first()
            if twin is not None:
                return twin
            if error.__cause__.diag.constraint_name != "one_mode_at_a_place_at_a_time":
                raise
            raise StepRefused(_("这段时间这里已经有一次应急或者演练。"), code="already_on") from None
        facts = {"mode_kind": str(kind), "level": mode.level, "until": mode.expires_at.isoformat()}
        with switching("switch_on", mode, by=by, at=at, **facts):
            pass
        jobs.enqueue(jobs.JOBS["modes.end_what_is_over"], at=mode.expires_at)
    return mode


def already_on(standing: Mode) -> StepRefused:
    """What the second of two switches is told: what is on already, and what can be done with it."""
    said = {"what": standing.get_kind_display(), "level": Level(standing.level).label, "place": str(standing.place)}
    return StepRefused(
        _("%(place)s刚才已经开启了%(what)s，%(level)s。不用再开一次；要改级别或者时间，请打开那一次来改。") % said,
        code="already_on",
    )


def _refuse_when_over(mode: Mode) -> None:
    """An expired mode is over: no page can hold it open, and the words say what to do instead."""
    if mode.state == rules.ON and mode.expires_at <= timezone.now():
        until = timezone.localtime(mode.expires_at).strftime("%m-%d %H:%M")
        raise StepRefused(
            _("这一次在 %(until)s 已经到期，自动结束了，不能再改。还需要的话，请重新开启一次，写明理由。")
            % {"until": until},
            code="expired",
        )


def extend(mode: Mode, until: dt.datetime | None, *, by: Actor, version: int | None = None) -> Mode:
    """Let it run longer, from now at most as long as a new one might; never one that has expired."""
    _refuse_when_over(mode)
    with switching("extend", mode, by=by, version=version) as row:
        until = checked_end(row.kind, until, row.at)
        if until <= row.expires_at:
            wrong = _("新的时间要比原来的晚；要早点结束，请用“结束”。")
            raise BadInput(wrong, fields={"until": wrong})
        row.expires_at = until
        row.facts["until"] = until.isoformat()
    keep_gathered(mode)
    jobs.enqueue(jobs.JOBS["modes.end_what_is_over"], at=mode.expires_at)
    return mode


def change_level(mode: Mode, level: int, *, by: Actor, version: int | None = None) -> Mode:
    """Go on at another level; all who follow follow at once."""
    _refuse_when_over(mode)
    with switching("change_level", mode, by=by, version=version) as row:
        checked_level(level)
        if level == row.level:
            same = _("现在就是这一级。")
            raise BadInput(same, fields={"level": same})
        row.facts |= {"level": level, "was": row.level}
        row.level, row.level_since = level, row.at
    return mode


def end(mode: Mode, why: str, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Mode:
    """End it now; all comes back in the same transaction, and the report is made."""
    why = words(why, "why", _("请写明为什么现在结束。"), 300)
    _refuse_when_over(mode)
    with switching("end", mode, by=by, version=version, at=at) as row:
        row.facts["level"] = row.level
        row.ended_at, row.ended_by_id, row.ended_why = row.at, by.id, why
    keep_gathered(mode)
    jobs.enqueue(jobs.JOBS["modes.make_report"], mode=mode.pk)
    return mode


def expire(mode: Mode) -> Mode:
    """Note that its time is over, as of the very moment at which it was, and let all follow."""
    with switching("expire", mode, by=SYSTEM) as row:
        row.facts["level"] = row.level
        row.ended_at = row.expires_at
    keep_gathered(mode)
    jobs.enqueue(jobs.JOBS["modes.make_report"], mode=mode.pk)
    return mode


def expire_due() -> int:
    """Note all whose time is over, in the order in which it was; returns how many. Asking costs one small query."""
    noted = 0
    for mode in Mode.objects.filter(state=rules.ON, expires_at__lte=timezone.now()).order_by("expires_at", "pk"):
        try:
            expire(mode)
            noted += 1
        except (StepRefused, StalePage):
            # Another process noted it in this very moment.
            continue
    return noted


def keep_gathered(mode: Mode) -> None:
    """What was gathered only for a mode is erased some days after its end, wherever that has moved; never kept longer than agreed."""
    for household in mode.households.all():
        household.erase_on = min(household.until, mode.erase_on)
        household.save(update_fields=["erase_on"])


__all__ = ["Standing", "change_level", "end", "expire", "expire_due", "extend", "keep_gathered", "switch_on"]

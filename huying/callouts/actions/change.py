"""What happens to a call-out after it was posted: changed, insured, closed, opened again, called off, finished."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import events, rules
from huying.callouts.actions.base import look_for_people, moving, taken_words
from huying.callouts.actions.post import GRACE, Line, check_line
from huying.callouts.actions.signup import fill, release_places
from huying.callouts.catalogue import numbers
from huying.callouts.models import Callout, Shift, Signup
from huying.callouts.workflow import CALLOUT
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.scopes import SYSTEM, Actor


@dataclass(frozen=True)
class Change:
    """A call-out as it is to be from now on. Each line names the post that it stands for, or is a new one; what is left out falls away."""

    title: str
    closes_at: dt.datetime | None
    lines: list[Line]
    words: str = ""
    meeting: str = ""
    risk: str = ""
    private: str = ""
    lng: float | None = None
    lat: float | None = None
    tell_all: bool = False
    emergency: bool = False


def change(callout: Callout, to: Change, *, by: Actor, version: int | None = None) -> Callout:
    """Change a live call-out; those who stand in it are told. BadInput where people stand already: their time stays theirs.

    Nobody loses a place by a change: a post has at least as many as hold one, and one with people is not moved in time.
    """
    with moving("change", callout, by=by, version=version) as row:
        shifts = {one.pk: one for one in row.shifts.select_for_update().order_by("pk")}
        used = set(Signup.objects.filter(shift__in=shifts).values_list("shift_id", flat=True))
        standing = set(Signup.objects.standing().filter(shift__in=shifts).values_list("shift_id", flat=True))
        wrong: dict[str, str] = {}
        given = _words(to, wrong)
        _lines(to, shifts, used, standing, row, wrong)
        if wrong:
            raise BadInput(next(iter(wrong.values())), fields=wrong)
        what = [name for name, value in given.items() if getattr(row, name) != value]
        for name, value in given.items():
            setattr(row, name, value)
        grown = _write_lines(to, shifts, row, by)
        times = [(one.starts_at, one.ends_at) for one in row.shifts.all()]
        row.starts_at, row.ends_at = min(start for start, _end in times), max(end for _start, end in times)
        if to.private != _private(row):
            row.private_sealed = to.private or None
            what.append("private")
        row.facts["count"] = Signup.objects.standing().filter(shift__callout=row).count()
        row.facts["what"] = sorted({*what, *(["posts"] if grown is not None else [])})
    if grown:
        fill(*grown)
    look_for_people(callout)
    return callout


def _private(row: Callout) -> str:
    return row.private_sealed.open() if row.private_sealed is not None else ""


def _words(to: Change, wrong: dict) -> dict:
    given = {
        "title": taken_words(to.title, 40, wrong, "title", _("请写一句，是什么事。")),
        "words": taken_words(to.words, 1000, wrong, "words"),
        "meeting": taken_words(to.meeting, 80, wrong, "meeting"),
        "risk": taken_words(to.risk, 300, wrong, "risk"),
        **{name: getattr(to, name) for name in ("closes_at", "lng", "lat", "tell_all", "emergency")},
    }
    taken_words(to.private, 1000, wrong, "private")
    if to.closes_at is None:
        wrong["closes_at"] = _("请选报名几时截止。")
    if not given["risk"] and any(line.risky for line in to.lines):
        wrong.setdefault("risk", _("有的岗位有风险，请如实写明是什么风险、怎么防。"))
    return given


def _lines(to: Change, shifts: dict, used: set[int], standing: set[int], row: Callout, wrong: dict) -> None:
    """Say in `wrong` what of the posts cannot be."""
    told, now = numbers()["posting"], timezone.now()
    if not to.lines:
        wrong["lines"] = _("请至少写一个岗位。")
    for number, line in enumerate(to.lines):
        at = f"line-{number}-"
        check_line(line, at, wrong)
        old = shifts.get(line.pk) if line.pk is not None else None
        if line.pk is not None and old is None:
            wrong["lines"] = _("有的岗位不在了，请刷新再改。")
            continue
        if line.starts_at is None or line.ends_at is None:
            wrong[f"{at}starts_at"] = _("请选几时开始、几时结束。")
        elif line.ends_at <= line.starts_at:
            wrong[f"{at}ends_at"] = _("结束要在开始之后。跨夜的，结束请选第二天。")
        elif line.ends_at - line.starts_at > rules.LONGEST_SHIFT:
            wrong[f"{at}ends_at"] = _("一班最长 24 小时，请分班。")
        elif old is None and line.starts_at < now - GRACE:
            wrong[f"{at}starts_at"] = _("开始的时间已经过去了，请选以后的时间。")
        if old is not None and (line.places or 0) < old.taken and f"{at}places" not in wrong:
            wrong[f"{at}places"] = _("已经有 %(n)d 个人，不能少于 %(n)d。谁的位子都不收回。") % {"n": old.taken}
        moved = old is not None and (line.starts_at, line.ends_at) != (old.starts_at, old.ends_at)
        if moved and line.pk in standing:
            wrong[f"{at}starts_at"] = _("已经有人报名，时间不能改。请另加一个岗位，请他们改报。")
    kept = {line.pk for line in to.lines}
    if any(pk in used for pk in shifts if pk not in kept):
        wrong["lines"] = _("有人报过名的岗位不能去掉。不要人了，就把人数改成现在的人数。")
    ends = [line.ends_at for line in to.lines if line.ends_at is not None]
    if to.closes_at is not None and ends and to.closes_at > max(ends):
        wrong["closes_at"] = _("报名截止不能晚于结束。")
    if sum(line.places or 0 for line in to.lines) > told["most_places"]:
        wrong.setdefault("lines", _("一次召集最多 %(most)d 人次。") % {"most": told["most_places"]})
    if len(to.lines) > told["most_shifts"]:
        wrong.setdefault("lines", _("一次召集最多 %(most)d 个班次。") % {"most": told["most_shifts"]})


def _write_lines(to: Change, shifts: dict[int, Shift], row: Callout, by: Actor) -> list[int] | None:
    """Write the posts; returns those that have more places than before, or None when no post changed at all."""
    grown, changed = [], False
    for pk in set(shifts) - {line.pk for line in to.lines}:
        shifts[pk].delete()
        changed = True
    for line in to.lines:
        shift = shifts[line.pk] if line.pk is not None else Shift(callout=row)
        before = {field.attname: getattr(shift, field.attname) for field in Shift._meta.concrete_fields}
        more = line.pk is not None and (line.places or 0) > shift.capacity
        shift.name, shift.duties, shift.capacity = line.name.strip(), line.duties.strip(), line.places
        shift.skills, shift.body = list(line.skills), list(line.body)
        shift.min_age, shift.max_age = line.min_age, line.max_age
        shift.risky, shift.rest = line.risky, line.rest if line.pk is None else shift.rest
        shift.starts_at, shift.ends_at = line.starts_at, line.ends_at
        if line.risky and line.insured and shift.insured_at is None:
            shift.insured_at, shift.insured_by_id = row.at, by.id
        if shift.pk is None or before != {name: getattr(shift, name) for name in before}:
            changed = True
            # `taken` belongs to the sign-ups: what was read is not written back.
            if shift.pk is None:
                shift.save(force_insert=True)
            else:
                names = [f.name for f in Shift._meta.concrete_fields if f.name not in ("id", "taken", "callout")]
                shift.save(update_fields=names)
        if more:
            grown.append(shift.pk)
    return grown if changed else None


def insure(shift: Shift, *, by: Actor) -> None:
    """Confirm that whoever takes a risky post is insured against accidents; only then it opens. Twice is once."""
    if not CALLOUT["change"].may(by, shift.callout):
        raise Forbidden(_("您没有这一步的权限。"))
    if not shift.callout.is_live:
        raise StepRefused(_("这次召集已经结束了。"), code="wrong_state")
    with transaction.atomic():
        done = Shift.objects.filter(pk=shift.pk, risky=True, insured_at__isnull=True).update(
            insured_at=timezone.now(), insured_by_id=by.id
        )
        if done:
            record(events.INSURED, shift.callout, by=by, place=shift.callout.place_id, shift=shift.pk)
            look_for_people(shift.callout)


def close(
    callout: Callout, *, by: Actor = SYSTEM, version: int | None = None, at: dt.datetime | None = None
) -> Callout:
    """Take no more sign-ups; the waiting list still moves up."""
    with moving("close", callout, by=by, version=version, at=at):
        pass
    return callout


def reopen(callout: Callout, closes_at: dt.datetime | None, *, by: Actor, version: int | None = None) -> Callout:
    """Take sign-ups again until a new closing time."""
    now = timezone.now()
    wrong = ""
    if closes_at is None or closes_at <= now:
        wrong = _("请选一个以后的报名截止时间。")
    elif closes_at > callout.ends_at:
        wrong = _("报名截止不能晚于结束。")
    if wrong:
        raise BadInput(wrong, fields={"closes_at": wrong})
    with moving("reopen", callout, by=by, version=version) as row:
        row.closes_at = closes_at
    look_for_people(callout)
    return callout


def call_off(callout: Callout, reason: str, *, by: Actor, version: int | None = None) -> Callout:
    """Call everything off, with a reason that everybody who stood in it reads. Who signs up meanwhile is told, too."""
    wrong: dict[str, str] = {}
    words = taken_words(reason, 300, wrong, "reason", _("请写明为什么取消，报了名的人会看到。"))
    if wrong:
        raise BadInput(wrong["reason"], fields=wrong)
    with moving("call_off", callout, by=by, version=version) as row:
        row.called_off_reason = words
        row.facts["count"] = _end_all(row, rules.STANDING, by)
    return callout


def finish(
    callout: Callout, *, by: Actor = SYSTEM, version: int | None = None, at: dt.datetime | None = None
) -> Callout:
    """The end: who still waited is let go, who was confirmed stays in the record."""
    now = at or timezone.now()
    if callout.starts_at > now:
        raise StepRefused(_("还没有开始。不办了，请用“取消召集”。"), code="not_begun")
    with moving("finish", callout, by=by, version=version, at=at) as row:
        row.facts["count"] = _end_all(row, (rules.WAITING, rules.OFFERED), by)
    return callout


_END = """
WITH old AS MATERIALIZED (
    SELECT s.id, s.state FROM callouts_signup s JOIN callouts_shift h ON h.id = s.shift_id
    WHERE h.callout_id = %(callout)s AND s.state = ANY(%(states)s) ORDER BY s.id FOR UPDATE OF s
), gone AS (
    UPDATE callouts_signup s SET state = 'cancelled', version = s.version + 1, ended_at = %(at)s, expires_at = NULL
    FROM old WHERE s.id = old.id
    RETURNING s.id, s.shift_id, s.person_id, s.version, old.state
), told AS (
    INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, actor_id, place_id, facts)
    SELECT %(at)s, %(kind)s, 'signup', id, %(by_kind)s, %(by)s, %(place)s,
        jsonb_build_object('callout', %(callout)s, 'shift', shift_id, 'person', person_id, 'version', version, 'whole', 1)
    FROM gone
)
SELECT count(*), coalesce(array_agg(shift_id) FILTER (WHERE state = ANY(%(holding)s)), '{}') FROM gone
"""


def _end_all(row: Callout, states: tuple[str, ...], by: Actor) -> int:
    """End the sign-ups in some states of a locked call-out, each with its event; returns how many."""
    list(row.shifts.select_for_update().order_by("pk").values_list("pk"))
    given = {
        "at": row.at,
        "callout": row.pk,
        "states": list(states),
        "holding": list(rules.HOLDING),
        "kind": events.CANCELLED,
        "by_kind": by.kind,
        "by": by.id,
        "place": row.place_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_END, given)
        count, held = cursor.fetchone()
    # Of what falls away nobody is offered anything.
    release_places(held, move_up=False)
    return count

"""Appraising, correcting and replying. Nothing is ever changed: what was said before stays, struck through."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.appraisals import events, queries, rules
from huying.appraisals.catalogue import levels
from huying.appraisals.models import Appraisal, AppraisalReply
from huying.appraisals.rules import Period
from huying.directory.models import Unit
from huying.directory.queries import unit_ids_of
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.idempotency import once
from huying.kernel.log import record
from huying.kernel.models import Event
from huying.kernel.policy import load
from huying.kernel.scopes import Actor
from huying.people.models import Person
from huying.places.models import Place
from huying.reportin import events as reportin

MOST = 500


def words_of(text: str, missing: str, field: str = "words") -> str:
    """Cleaned words, or BadInput when there are none or too many."""
    cleaned = rules.clean(text or "")
    if not cleaned:
        raise BadInput(missing, fields={field: missing})
    if len(cleaned) > MOST:
        too_long = _("最多 %(most)d 字，现在有 %(now)d 字。") % {"most": MOST, "now": len(cleaned)}
        raise BadInput(too_long, fields={field: too_long})
    return cleaned


def _level_of(level: str, *, empty: bool = False) -> str:
    if (level == "" and empty) or level in levels():
        return level
    wrong = _("请选一种，或者不评。")
    raise BadInput(wrong, fields={"level": wrong})


def _check(giver: Place | Unit, subject: Unit | Person, period: Period, by: Actor) -> None:
    """Everything that stands against an appraisal, in words; permission first."""
    heirs = queries.successors(giver) if isinstance(giver, Place) else []
    if not any(queries.may_give(by, one) for one in (giver, *heirs)):
        raise Forbidden(_("这里的评议不由您来写。"))
    own = subject.pk in unit_ids_of(by) if isinstance(subject, Unit) else subject.pk == by.id
    if own:
        raise StepRefused(_("不能评议自己，或者自己代表的单位；请社区里别的人来写。"), code="oneself")
    if isinstance(giver, Place) and not giver.is_current():
        words = _("“%(place)s”已经停用，不能再评议。") % {"place": giver}
        if heirs:
            named = {"place": giver, "heir": "、".join(map(str, heirs))}
            words = _("“%(place)s”已经停用，由接替它的“%(heir)s”来评议；您写的还在下面。") % named
        raise StepRefused(words, code="place_ended")
    if isinstance(giver, Unit) and giver.closed_at is not None:
        raise StepRefused(_("“%(unit)s”已经停用，不能再评议。") % {"unit": giver.name}, code="closed")
    if isinstance(giver, Unit) and isinstance(subject, Unit):
        raise StepRefused(_("单位只评议自己的党员。"), code="not_registered")
    if not _registered(giver, subject, period):
        raise StepRefused(
            _("“%(name)s”在这段时间里没有在这里报到，不能在这里评议。") % {"name": subject.name}, code="not_registered"
        )


def _registered(giver: Place | Unit, subject: Unit | Person, period: Period) -> bool:
    if isinstance(giver, Unit):
        return queries.members_of(giver, period).filter(pk=subject.pk).exists()
    found = queries.units_at if isinstance(subject, Unit) else queries.members_at
    return found(giver, period).filter(pk=subject.pk).exists()


def _over(period: Period, project: int | None, giver: Place | Unit) -> None:
    """Refuse a year that goes on, and a project that those it served have not crossed off."""
    if project is None:
        if not period.is_over(timezone.localdate()):
            raise StepRefused(_("%(year)d 年还没有结束，明年一月起再评议。") % {"year": period.year}, code="not_over")
        return
    done = Event.objects.filter(subject_type="project", subject_id=project, kind=reportin.PROJECT_CROSSED_OFF)
    if isinstance(giver, Place):
        done = done.filter(place_id__in=Place.objects.within(giver).values("pk"))
    if not done.exists():
        raise StepRefused(_("这个项目还没有销号，销号以后再评议。"), code="not_over")


def erase_on(year: int) -> dt.date:
    """When what is said of a year is deleted."""
    return dt.date(year + 1 + load("appraisals")["keep_years"], 1, 1)


def give(
    giver: Place | Unit,
    subject: Unit | Person,
    year: int,
    level: str,
    words: str,
    *,
    by: Actor,
    project: int | None = None,
    key: str = "",
    made_up: bool = False,
) -> Appraisal:
    """Say of a unit or a member what the year (or a project) was like. A second one is refused: that is a correction.

    `key` makes a double tap one appraisal. Refusals: StepRefused with codes oneself, not_registered, not_over,
    place_ended, closed, already; BadInput for a level that is not on the list and for empty words.
    """
    period = Period(year)
    _check(giver, subject, period, by)
    level = _level_of(level)
    words = words_of(words, _("请写一句话：做了什么，好在哪里，还可以怎样。"))
    _over(period, project, giver)
    from_place = giver if isinstance(giver, Place) else None
    to = {"unit": subject} if isinstance(subject, Unit) else {"person": subject}
    if project is None:
        seen = queries.record_of_unit if isinstance(subject, Unit) else queries.record_of_person
        known = seen(subject, period, by).known
    else:
        known = queries.record_in_project(project, subject, period, by).known
        if not known:
            raise StepRefused(_("“%(name)s”没有参加这个项目。") % {"name": subject.name}, code="not_part")
    entry = Appraisal(
        **to,
        place=from_place,
        from_unit=None if from_place else giver,
        by_id=by.id,
        year=year,
        project_id=project,
        level=level,
        words=words,
        known=known,
        erase_on=erase_on(year),
        made_up=made_up,
    )

    def work() -> int:
        entry.save(force_insert=True)
        _record(events.GIVEN, entry, by)
        return entry.pk

    try:
        with transaction.atomic():
            if key:
                said = {"to": f"{entry.unit_id}/{entry.person_id}", "level": level, "words": words, "project": project}
                pk, _new = once(f"appraisal:{by.id}", key, said, work)
                return Appraisal.objects.get(pk=pk)
            work()
    except IntegrityError as error:
        if error.__cause__.diag.constraint_name != "appraised_once":
            raise
        raise StepRefused(
            _("“%(name)s”这一次已经评议过了；要改，请在那一条上更正。") % {"name": subject.name}, code="already"
        ) from None
    return entry


def _record(kind: str, entry: Appraisal, by: Actor) -> None:
    facts = {"root": entry.line_id, "year": entry.year}
    facts |= {"unit": entry.unit_id} if entry.unit_id else {"person": entry.person_id}
    if entry.project_id:
        facts["project"] = entry.project_id
    record(kind, entry, by=by, place=entry.place_id or entry.from_unit.place_id, **facts)


def may_correct(actor: Actor, entry: Appraisal) -> bool:
    """Whoever may appraise for the same community (or the one that took over) or unit."""
    if entry.from_unit_id:
        return queries.may_give(actor, entry.from_unit)
    return any(queries.may_give(actor, place) for place in (entry.place, *queries.successors(entry.place)))


def correct(entry: Appraisal, level: str, words: str, *, by: Actor) -> Appraisal:
    """Say it anew; what was said before stays readable, struck through. An empty level takes the appraisal back."""
    if not may_correct(by, entry):
        raise Forbidden(_("这一条不由您来改。"))
    if entry.unit_id in unit_ids_of(by) or entry.person_id == by.id:
        raise StepRefused(_("不能评议自己，或者自己代表的单位；请社区里别的人来写。"), code="oneself")
    level = _level_of(level, empty=True)
    words = words_of(words, _("请写一句话：为什么改，或者为什么收回。"))
    later = Appraisal(
        unit_id=entry.unit_id,
        person_id=entry.person_id,
        place_id=entry.place_id,
        from_unit_id=entry.from_unit_id,
        by_id=by.id,
        year=entry.year,
        project_id=entry.project_id,
        level=level,
        words=words,
        known=entry.known,
        corrects=entry,
        root_id=entry.line_id,
        erase_on=entry.erase_on,
        made_up=entry.made_up,
    )
    try:
        with transaction.atomic():
            later.save(force_insert=True)
            _record(events.CORRECTED, later, by)
    except IntegrityError as error:
        if "corrects" not in error.__cause__.diag.constraint_name:
            raise
        twin = Appraisal.objects.get(corrects=entry)
        if (twin.by_id, twin.level, twin.words) == (by.id, level, words):
            return twin  # the same tap, sent twice
        raise StepRefused(_("这一条刚刚有人更正过，请看过最新的再写；您写的还在下面。"), code="corrected") from None
    return later


def reply(entry: Appraisal, text: str, *, by: Actor, key: str = "") -> AppraisalReply:
    """The appraised answers; it stands beside the entry as long as that does."""
    if not queries.is_appraised(by, entry):
        raise Forbidden(_("只有被评议的人或者单位可以答复。"))
    text = words_of(text, _("还没有写内容。"), "text")

    def work() -> int:
        kept = AppraisalReply.objects.create(appraisal=entry, by_id=by.id, text=text, erase_on=entry.erase_on)
        place = entry.place_id or entry.from_unit.place_id
        record(events.REPLIED, entry, by=by, place=place, to=entry.by_id, root=entry.line_id)
        return kept.pk

    if not key:
        with transaction.atomic():
            return AppraisalReply.objects.get(pk=work())
    pk, _new = once(f"appraisal-reply:{by.id}", key, {"entry": entry.pk, "text": text}, work)
    return AppraisalReply.objects.get(pk=pk)

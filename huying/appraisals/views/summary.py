"""What a unit's people did in a quarter or a year: the page, the list behind each figure, the workbook."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huying.appraisals import drawing, matters, queries, rules, sheets, wording
from huying.appraisals.catalogue import FAMILIES, FIGURES, OUTCOMES, level_words, way_words
from huying.appraisals.models import Appraisal
from huying.appraisals.rules import FIGURES as ALL
from huying.appraisals.rules import Period
from huying.appraisals.views.base import private, unit_or_404
from huying.directory.models import Unit
from huying.kernel.gate import allow, logged_in
from huying.kernel.sheets import XLSX

# A page shows so many rows; the workbook has them all.
SHOWN = 200
CODES = {f"{family}-{stage}" for family, stage in ALL}
# The system's first year; nothing was recorded before.
FIRST_YEAR = 2020


def _checked(period: Period) -> Period:
    """A period that has begun, or 404."""
    if period.year < FIRST_YEAR or period.first > timezone.localdate():
        raise Http404
    return period


def rows_of(record: queries.Record, link) -> list[dict]:
    """The figures for a table: count, how it stands, what is left out, each with the list behind it."""
    rows = []
    for figure in record.told:
        pairs = lambda ways, of=figure: [  # noqa: E731
            (way_words(of.stage, way), n, link(f"{of.code}-{way}")) for way, n in ways.items()
        ]
        rows.append(
            {
                "label": FIGURES[figure.code],
                "family": FAMILIES[figure.family],
                "count": figure.count,
                "href": link(figure.code) if figure.count else "",
                "beside": pairs(figure.beside),
                "excluded": pairs(figure.excluded),
                "how": wording.HOW[figure.stage],
            }
        )
    return rows


def _people(unit: Unit, period: Period, actor) -> list[dict]:
    """Whoever had a part, or was a member, by name: what they did in words, and what the unit said of it."""
    deeds = list(queries.deeds_of_unit(unit, period, actor).select_related("person"))
    persons = {deed.person_id: deed.person for deed in deeds if deed.person_id}
    persons |= {person.pk: person for person in queries.members_of(unit, period)}
    of: dict[int, list] = {pk: [] for pk in persons}
    for deed in deeds:
        if deed.person_id and deed.family != rules.REPORT:
            of[deed.person_id].append((deed.family, deed.stage, deed.way))
    said = {
        entry.person_id: entry
        for entry in Appraisal.objects.told()
        .visible_to(actor)
        .filter(from_unit=unit, year=period.year, project_id__isnull=True, person__in=persons)
        .prefetch_related("replies")
    }
    rows = []
    for pk, person in sorted(persons.items(), key=lambda item: (item[1].name, item[0])):
        entry = said.get(pk)
        record = queries.Record(period, rules.figures(of[pk]))
        rows.append(
            {
                "name": person.name,
                "did": wording.in_words(record),
                "level": level_words(entry.level) if entry else "",
                "words": entry.words if entry else "",
                "reply": "；".join(reply.text for reply in entry.replies.all()) if entry else "",
                "entry": entry,
            }
        )
    return rows


def _said(unit: Unit, year: int, actor) -> list[Appraisal]:
    """What was said of the unit for the year, oldest first, as far as the actor may see it."""
    entries = Appraisal.objects.visible_to(actor).filter(unit=unit, year=year)
    return list(entries.select_related("place", "from_unit", "corrected_by").prefetch_related("replies").order_by("id"))


@require_safe
@allow(logged_in)
def latest(request, pk: int):
    """On to the last quarter that is over."""
    unit = unit_or_404(request.actor, pk)
    return redirect("appraisals:summary", unit.pk, rules.quarter_of(timezone.localdate()).before())


@require_safe
@allow(logged_in)
@private
def page(request, pk: int, period: Period):
    """The summary of a quarter; of a year with people by name and what was said of the unit."""
    unit, period = unit_or_404(request.actor, pk), _checked(period)
    record = queries.record_of_unit(unit, period, request.actor)
    link = lambda figure: reverse("appraisals:list", args=[pk, period, figure])  # noqa: E731
    deeds = queries.deeds_of_unit(unit, period, request.actor).select_related("person", "unit")
    later = period.next()
    context = {
        "unit": unit,
        "period": period,
        "words": wording.period_words(period),
        "told": wording.told(unit.name, record),
        "record": record,
        "rows": rows_of(record, link),
        "picture": drawing.columns(record),
        "kinds": wording.kinds(),
        "lines": matters.lines(deeds[:SHOWN], request.actor),
        "more": max(0, deeds.count() - SHOWN),
        "running": not period.is_over(timezone.localdate()),
        "own": queries.seated(request.actor).filter(unit_id=unit.pk).exists(),
        "before": period.before() if period.before().year >= FIRST_YEAR else None,
        "after": later if later.first <= timezone.localdate() else None,
        "year": Period(period.year),
        "quarters": [
            Period(period.year, n) for n in (1, 2, 3, 4) if Period(period.year, n).first <= timezone.localdate()
        ],
        "people": [] if period.quarter else _people(unit, period, request.actor),
        "said": [] if period.quarter else [(e, level_words(e.level)) for e in _said(unit, period.year, request.actor)],
    }
    return render(request, "appraisals/summary.html", context)


@require_safe
@allow(logged_in)
@private
def behind(request, pk: int, period: Period, figure: str):
    """The list behind a figure, or behind what it leaves out."""
    unit, period = unit_or_404(request.actor, pk), _checked(period)
    head, _dash, way = figure.partition("-")
    stage, _dash, way = way.partition("-")
    if f"{head}-{stage}" not in CODES or (way and way not in OUTCOMES):
        raise Http404
    found = queries.behind(queries.deeds_of_unit(unit, period, request.actor), figure).select_related("person", "unit")
    context = {
        "unit": unit,
        "period": period,
        "words": wording.period_words(period),
        "title": FIGURES[f"{head}-{stage}"],
        "way": way_words(stage, way) if way else "",
        "lines": matters.lines(found[:SHOWN], request.actor),
        "total": found.count(),
    }
    return render(request, "appraisals/behind.html", context)


@require_safe
@allow(logged_in)
@private
def table(request, pk: int, period: Period):
    """The same as a workbook: figures, what was done by date, and for a year people by name and what was said."""
    unit, period = unit_or_404(request.actor, pk), _checked(period)
    record = queries.record_of_unit(unit, period, request.actor)
    deeds = queries.deeds_of_unit(unit, period, request.actor).select_related("person", "unit")
    parts = [
        (_("小结"), [[wording.period_words(period)], [unit.name], [wording.told(unit.name, record)]]),
        (_("数字"), sheets.figures(record)),
        (_("按日期"), sheets.by_date(matters.lines(deeds, request.actor))),
    ]
    if not period.quarter:
        parts.append((_("人员"), sheets.people(_people(unit, period, request.actor))))
        parts.append((_("评议"), sheets.said(_said(unit, period.year, request.actor))))
    response = HttpResponse(sheets.workbook(parts), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="huying-{unit.pk}-{period.code}.xlsx"'
    return response

"""Writing appraisals: one by one, or all units or members of a community one after the other."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from huying.appraisals import actions, matters, queries, wording
from huying.appraisals.catalogue import level_words
from huying.appraisals.forms import WriteForm
from huying.appraisals.models import Appraisal
from huying.appraisals.rules import Period
from huying.appraisals.views.base import giver_or_404, name_of, private, slug_of, subject_or_404, writing
from huying.appraisals.views.summary import FIRST_YEAR, rows_of
from huying.directory.models import Unit
from huying.kernel.errors import BadInput, Forbidden, Refusal
from huying.kernel.gate import allow, logged_in
from huying.kernel.policy import load
from huying.people.models import Person

UNITS, MEMBERS = "units", "members"


def _year(year: int) -> Period:
    if not FIRST_YEAR <= year <= timezone.localdate().year:
        raise Http404
    return Period(year)


def _subjects(giver, period: Period, of: str):
    if isinstance(giver, Unit):
        return queries.members_of(giver, period)
    return queries.units_at(giver, period) if of == UNITS else queries.members_at(giver, period)


class Row:
    """One subject on a year's page: its record, its form or what stands written."""

    def __init__(self, subject, record, entry: Appraisal | None, data, *, closed: bool, own: bool):
        self.subject, self.record, self.entry = subject, record, entry
        self.slug = slug_of(subject)
        self.name = name_of(subject)
        self.did = wording.in_words(record)
        self.left_out = wording.left_out(record.figures)
        self.level = level_words(entry.level) if entry else ""
        self.own = own
        can = entry is None and not closed and not own
        self.form = WriteForm(data, prefix=self.slug, auto_id=f"{self.slug}_%s") if can else None


def _rows(request, giver, period: Period, subjects, data=None) -> list[Row]:
    kind = "unit" if subjects and isinstance(subjects[0], Unit) else "person"
    ids = [subject.pk for subject in subjects]
    records = queries.records(period, request.actor, **{f"{kind}s": ids})
    given = queries.given_by(giver, period.year)
    closed = not period.is_over(timezone.localdate())
    own = set(queries.seated(request.actor).values_list("unit_id", flat=True)) if kind == "unit" else {request.actor.id}
    return [
        Row(one, records[kind, one.pk], given.get((kind, one.pk)), data, closed=closed, own=one.pk in own)
        for one in subjects
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@allow(logged_in)
@private
def year(request, giver: str, year: int):
    """All units, or all members, of a year with the record beside each; nobody is appraised unless somebody says so."""
    found, period = giver_or_404(request.actor, giver), _year(year)
    of = MEMBERS if isinstance(found, Unit) or request.GET.get("of") == MEMBERS else UNITS
    pages = Paginator(_subjects(found, period, of), load("appraisals")["rows"])
    shown = pages.get_page(request.GET.get("page"))
    data = request.POST if request.method == "POST" else None
    rows = _rows(request, found, period, list(shown), data)
    status = 200
    if request.method == "POST":
        written, wrong = _write(request, found, period, rows)
        if written:
            words = ngettext("写好了 %(n)s 个，对方会收到消息。", "写好了 %(n)s 个，对方会收到消息。", written)
            messages.success(request, words % {"n": written})
        if not wrong:
            if not written:
                messages.info(request, _("没有写新的，都保持“不评议”。"))
            onward = shown.next_page_number() if shown.has_next() and written else shown.number
            return redirect(f"{writing(found, year)}?of={of}&page={onward}")
        # What was taken is no form any more; what was not keeps what was typed.
        forms = {row.slug: row.form for row in wrong}
        rows = _rows(request, found, period, list(shown))
        for row in rows:
            row.form = forms.get(row.slug, row.form)
        status = 422
    context = {
        "giver_slug": giver,
        "name": name_of(found),
        "period": period,
        "of": of,
        "rows": rows,
        "wrong": status == 422,
        "running": not period.is_over(timezone.localdate()),
        "tabs": _tabs(found, year, of),
        "page": shown,
        "earlier": f"?of={of}&page={shown.previous_page_number()}" if shown.has_previous() else "",
        "later": f"?of={of}&page={shown.next_page_number()}" if shown.has_next() else "",
        "give": any(row.form for row in rows),
        "this_year": timezone.localdate().year,
    }
    return render(request, "appraisals/year.html", context, status=status)


def _tabs(giver, year: int, of: str) -> list[dict]:
    if isinstance(giver, Unit):
        return []
    home = writing(giver, year)
    return [
        {"label": words, "href": f"{home}?of={kind}", "current": of == kind}
        for kind, words in ((UNITS, _("报到的单位")), (MEMBERS, _("报到的党员")))
    ]


def _write(request, giver, period: Period, rows: list[Row]) -> tuple[int, list[Row]]:
    """Write what was chosen; returns how many, and the rows that were not taken, each with why on its form."""
    written, wrong = 0, []
    for row in rows:
        if row.form is None:
            continue
        if not row.form.is_valid():
            wrong.append(row)
            continue
        if not row.form.says_something:
            continue
        try:
            _give(request, giver, row.subject, period.year, row.form)
            written += 1
        except Forbidden:
            raise
        except Refusal as refusal:
            row.form.refuse(refusal)
            wrong.append(row)
    return written, wrong


def _give(request, giver, subject, year: int, form: WriteForm, project: int | None = None) -> Appraisal:
    data = form.cleaned_data
    return actions.give(
        giver, subject, year, data["level"], data["words"], by=request.actor, project=project, key=data["key"]
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allow(logged_in)
@private
def write(request, giver: str, year: int, subject: str):
    """One unit or member, with the record beside the form; `project` in the address: about that project alone."""
    found, one, period = giver_or_404(request.actor, giver), subject_or_404(subject), _year(year)
    number = request.GET.get("project", "")
    project = int(number) if number.isdecimal() and len(number) < 16 else None
    # A stranger's record is not shown on the way: who is not registered here is not found.
    registered = one.pk in set(
        _subjects(found, period, UNITS if isinstance(one, Unit) else MEMBERS).values_list("pk", flat=True)
    )
    if isinstance(one, Person) and not registered:
        raise Http404
    form = WriteForm(request.POST if request.method == "POST" else None, initial={"level": ""})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and not form.says_something:
            messages.info(request, _("没有写，保持“不评议”。"))
            return redirect(writing(found, year))
        if form.is_valid():
            try:
                entry = _give(request, found, one, year, form, project)
            except BadInput as refusal:
                form.refuse(refusal)
            except Forbidden:
                raise
            except Refusal as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                messages.success(request, _("写好了，对方会收到消息，也可以答复。"))
                return redirect("appraisals:entry", entry.pk)
    return render(request, "appraisals/write.html", _context(request, found, one, period, project, form), status=status)


def _context(request, giver, one, period: Period, project: int | None, form: WriteForm) -> dict:
    actor = request.actor
    if project:
        record = queries.record_in_project(project, one, period, actor)
        deeds = queries.deeds_in_project(project, one, actor)
    elif isinstance(one, Unit):
        record, deeds = queries.record_of_unit(one, period, actor), queries.deeds_of_unit(one, period, actor)
    else:
        record, deeds = queries.record_of_person(one, period, actor), queries.deeds_of_person(one, period, actor)
    kind = "unit" if isinstance(one, Unit) else "person"
    entry = None if project else queries.given_by(giver, period.year).get((kind, one.pk))
    return {
        "giver": giver,
        "name": name_of(giver),
        "subject": one,
        "whom": name_of(one),
        "words": wording.period_words(period),
        "project": project,
        "form": form if entry is None else None,
        "entry": entry,
        "level": level_words(entry.level) if entry else "",
        "record": record,
        "rows": rows_of(record, lambda _figure: ""),
        "told": wording.in_words(record),
        "lines": matters.lines(deeds.select_related("person", "unit")[:60], actor),
        "back": writing(giver, period.year) + ("" if kind == "unit" else "?of=members"),
        "running": not project and not period.is_over(timezone.localdate()),
    }

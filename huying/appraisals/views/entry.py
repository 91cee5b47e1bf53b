"""One appraisal with all that was said before, the replies, and the ways to answer and to correct."""

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huying.appraisals import actions, queries, wording
from huying.appraisals.actions.entries import may_correct
from huying.appraisals.catalogue import level_words
from huying.appraisals.forms import CorrectForm, EntryForm, ReplyForm
from huying.appraisals.models import Appraisal
from huying.appraisals.rules import FIGURES, Period
from huying.appraisals.views.base import name_of, private
from huying.kernel.errors import Forbidden, Refusal
from huying.kernel.gate import allow, logged_in


def _find(request: HttpRequest, pk: int) -> Appraisal:
    return get_object_or_404(Appraisal.objects.visible_to(request.actor), pk=pk)


def _show(request, entry: Appraisal, *, reply: EntryForm | None = None, correct: EntryForm | None = None, status=200):
    line = queries.line_of(entry.line_id)
    last = line[-1]
    codes = [f"{family}-{stage}" for family, stage in FIGURES]
    answers = queries.is_appraised(request.actor, last)
    may = not answers and may_correct(request.actor, last)
    context = {
        "first": line[0],
        "last": last,
        "line": [(one, level_words(one.level), one is not last) for one in reversed(line)],
        "from_": name_of(last.place or last.from_unit),
        "whom": name_of(last.unit or last.person),
        "about_me": answers,
        "words": wording.period_words(Period(last.year)),
        "known": [wording.figure_words(code, last.known[code]) for code in codes if last.known.get(code)],
        "reply": (reply or ReplyForm(auto_id="reply_%s")) if answers else None,
        "correct": (correct or CorrectForm(auto_id="correct_%s", initial={"level": last.level})) if may else None,
        "open": correct is not None,
    }
    return render(request, "appraisals/entry.html", context, status=status)


@require_safe
@allow(logged_in)
@private
def page(request, pk: int):
    """The appraisal, newest entry first; what was corrected is struck through and stays readable."""
    return _show(request, _find(request, pk))


@require_POST
@allow(logged_in)
@private
def reply(request, pk: int):
    """The appraised answers."""
    entry, form = _find(request, pk), ReplyForm(request.POST, auto_id="reply_%s")
    if not queries.is_appraised(request.actor, entry):
        raise Forbidden(_("只有被评议的人或者单位可以答复。"))
    status = 422
    if form.is_valid():
        try:
            actions.reply(entry, form.cleaned_data["text"], by=request.actor, key=form.cleaned_data["key"])
        except Refusal as refusal:
            form.refuse(refusal)
            status = refusal.status
        else:
            messages.success(request, _("答复好了，评议的人会看到。"))
            return redirect("appraisals:entry", pk)
    return _show(request, entry, reply=form, status=status)


@require_POST
@allow(logged_in)
@private
def correct(request, pk: int):
    """Whoever appraises says it anew, or takes it back."""
    entry, form = _find(request, pk), CorrectForm(request.POST, auto_id="correct_%s")
    if not may_correct(request.actor, entry):
        raise Forbidden(_("这一条不由您来改。"))
    status = 422
    if form.is_valid():
        try:
            data = form.cleaned_data
            actions.correct(entry, data["level"], data["words"], by=request.actor)
        except Refusal as refusal:
            form.refuse(refusal)
            status = refusal.status
        else:
            messages.success(request, _("更正好了；原来的话还看得到，划了线。"))
            return redirect("appraisals:entry", entry.line_id)
    return _show(request, entry, correct=form, status=status)

"""The same step on the calls that were picked in the list."""

from urllib.parse import parse_qs, urlencode

from django.db import transaction
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from huying.calls.actions.bulk import MOST, Outcome, bulk
from huying.calls.forms.lists import BulkForm, FilterForm
from huying.calls.jobs import bulk_steps
from huying.calls.models import Call
from huying.calls.queries_list import listed
from huying.calls.queries_rows import dress, is_wide
from huying.calls.views.rows import private, row, staff
from huying.calls.workflow import CALL
from huying.kernel import progress
from huying.kernel.gate import allow
from huying.kernel.jobs import enqueue
from huying.kernel.models import Progress

# More than these go to a worker, behind a bar.
AT_ONCE = 50


@require_POST
@allow(staff)
@private
def do(request):
    """Take the step on each, and say of each how it went."""
    form = BulkForm(request.POST, actor=request.actor)
    query = _clean(request.POST.get("back", ""))
    ids = picked(request, query)
    back = f"{reverse('call-list')}?{query}"
    if not ids:
        form.is_valid()
        form.add_error(None, _("还没有选。先在列表里勾上要办的，再按一次。"))
    if not form.is_valid():
        return render(request, "calls/staff/bulk.html", {"form": form, "ids": ids, "back": back}, status=422)
    name = form.cleaned_data["do"]
    field = BulkForm.NEEDS[name][0]
    value = form.cleaned_data[field]
    if name == "merge":
        value = int(value) if value.strip().isdecimal() and len(value) < 16 else 0
    given = {"key": form.cleaned_data["key"], field: value}
    if len(ids) > AT_ONCE:
        return redirect("kernel:job", later(request, name, ids, **given).pk)
    outcome = bulk(name, ids, by=request.actor, **given)
    return render(request, "calls/staff/bulk.html", how_it_went(request, outcome, name) | {"back": back})


def later(request, name: str, ids: list[int], *, key: str, **facts) -> Progress:
    """Begin it behind a bar: the page need not wait, and may be left."""
    title = f"{_('一起办')} · {CALL[name].label}"
    with transaction.atomic():
        bar = progress.start("calls.bulk", by=request.actor, total=len(ids), title=title)
        enqueue(
            bulk_steps,
            pk=bar.pk,
            person=request.actor.id,
            language=get_language(),
            do=name,
            ids=ids,
            key=key,
            facts=facts,
        )
    return bar


@require_safe
@allow(staff)
@private
def told(request, pk: int):
    """How a long one went, for whoever started it."""
    bar = get_object_or_404(Progress, pk=pk, by_id=request.actor.id, job="calls.bulk", state="finished")
    outcome = Outcome(bar.result["done"], [tuple(one) for one in bar.result["refused"]])
    context = how_it_went(request, outcome, bar.result["do"]) | {"back": reverse("call-list")}
    return render(request, "calls/staff/bulk.html", context)


def how_it_went(request, outcome: Outcome, name: str) -> dict:
    """How it went, call by call."""
    calls = (
        Call.objects.visible_to(request.actor)
        .select_related("owner", "unit")
        .filter(pk__in=[*outcome.done, *(pk for pk, _why in outcome.refused)])
    )
    by_id = {call.pk: call for call in dress(calls, wide=is_wide(request.actor))}
    refused = [(pk, by_id.get(pk), why) for pk, why in outcome.refused]
    return {
        "label": CALL[name].label,
        "done": [row(by_id[pk], request.actor) for pk in outcome.done if pk in by_id],
        "refused": [(f"{pk:06d}", call and row(call, request.actor), why) for pk, call, why in refused],
        "n_done": len(outcome.done),
        "n_refused": len(refused),
    }


def picked(request, query: str) -> list[int]:
    """The calls that were ticked, or the whole list with what was not on the page, at most MOST."""
    if request.POST.get("all"):
        wanted = FilterForm(QueryDict(query), actor=request.actor).wanted
        return list(listed(request.actor, wanted, most=MOST).order_by("-pk").values_list("pk", flat=True)[:MOST])
    given = request.POST.getlist("pick")
    return [int(pk) for pk in given if pk.isascii() and pk.isdecimal() and len(pk) < 16][:MOST]


def _clean(query: str) -> str:
    """A query string and nothing else."""
    return urlencode(parse_qs(query[:500], keep_blank_values=True), doseq=True)

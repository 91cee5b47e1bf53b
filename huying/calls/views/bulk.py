"""The same step on the calls that were picked in the list."""

from urllib.parse import parse_qs, urlencode

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huying.calls.actions.bulk import MOST, bulk
from huying.calls.forms.lists import BulkForm
from huying.calls.models import Call
from huying.calls.queries_rows import dress
from huying.calls.views.rows import private, row, staff
from huying.calls.workflow import CALL
from huying.kernel.gate import allow


@require_POST
@allow(staff)
@private
def do(request):
    """Take the step on each, and say of each how it went."""
    form = BulkForm(request.POST, actor=request.actor)
    ids = [int(pk) for pk in request.POST.getlist("pick") if pk.isascii() and pk.isdecimal() and len(pk) < 16][:MOST]
    back = f"{reverse('call-list')}?{_clean(request.POST.get('back', ''))}"
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
    outcome = bulk(name, ids, by=request.actor, key=form.cleaned_data["key"], **{field: value})
    return render(request, "calls/staff/bulk.html", told(request, outcome, name) | {"back": back})


def told(request, outcome, name: str) -> dict:
    """How it went, call by call."""
    calls = (
        Call.objects.visible_to(request.actor)
        .select_related("owner", "unit")
        .filter(pk__in=[*outcome.done, *(pk for pk, _why in outcome.refused)])
    )
    by_id = {call.pk: call for call in dress(calls, wide=True)}
    refused = [(pk, by_id.get(pk), why) for pk, why in outcome.refused]
    return {
        "label": CALL[name].label,
        "done": [row(by_id[pk], request.actor) for pk in outcome.done if pk in by_id],
        "refused": [(f"{pk:06d}", call and row(call, request.actor), why) for pk, call, why in refused],
        "n_done": len(outcome.done),
        "n_refused": len(refused),
    }


def _clean(query: str) -> str:
    """A query string and nothing else."""
    return urlencode(parse_qs(query[:500]), doseq=True)

"""The list of calls that somebody may see: filtered, saved under a name, taken along as a table."""

import secrets

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.calls import actions, export, rules
from huying.calls.catalogue import category_name
from huying.calls.forms.lists import BulkForm, FilterForm, SaveFilterForm
from huying.calls.models import ReplyTemplate, SavedFilter
from huying.calls.queries_list import listed, page
from huying.calls.views.rows import private, rows, staff
from huying.kernel.errors import BadInput
from huying.kernel.gate import allow


def context(request) -> dict:
    """Everything that the list shows, without the call that is open beside it."""
    actor = request.actor
    form = FilterForm(request.GET, actor=actor)
    found = page(actor, form.wanted)
    here, query = reverse("call-list"), form.query()
    link = lambda name, pk: f"{here}?{query}&{name}={pk}" if pk else ""  # noqa: E731
    saved = list(SavedFilter.objects.filter(person_id=actor.id).order_by("id"))
    return {
        "filter": form,
        "rows": rows(found.calls, actor, _along(form.query(cursors=True)), picks=True),
        "newer": link("after", found.newer),
        "older": link("before", found.older),
        "saved": saved,
        "open_saved": next((one for one in saved if one.query == query), None),
        "save_form": SaveFilterForm(initial={"query": query}, auto_id="save_%s", label_suffix=""),
        "bulk": BulkForm(actor=actor, initial={"key": secrets.token_urlsafe(9)}),
        "query": query,
        "home": f"{here}?{form.query(cursors=True)}",
        "picks": True,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@allow(staff)
@private
def replies(request):
    """The ready words that the communities of one's posts have kept; whoever wrote one, or decides there, drops it."""
    kept = ReplyTemplate.objects.filter(place__path__within_any=request.actor.paths(rules.HANDLERS))
    if request.method == "POST":
        pk = request.POST.get("pk", "")
        one = get_object_or_404(kept.select_related("place"), pk=int(pk) if pk.isdecimal() and len(pk) < 16 else 0)
        actions.drop_reply(one, by=request.actor)
        messages.success(request, _("删掉了。"))
        return redirect("call-replies")
    rows = [
        (one, category_name(one.category) if one.category else "", actions.may_drop(one, request.actor))
        for one in kept.select_related("place", "by").order_by("category", "id")[:200]
    ]
    return render(request, "calls/staff/replies.html", {"kept": rows})


def _along(query: str) -> str:
    """The list's filters as they are carried along to a call's page, so that the same list stands beside it."""
    return "in=list" + (f"&{query}" if query else "")


@require_safe
@allow(staff)
@private
def index(request):
    """The list."""
    part = request.htmx and not request.htmx.history_restore_request
    return render(request, "calls/staff/list.html#desk" if part else "calls/staff/list.html", context(request))


@require_safe
@allow(staff)
@private
def table(request, kind: str):
    """The filtered list as CSV or XLSX, without anybody's name or phone."""
    calls = listed(request.actor, FilterForm(request.GET, actor=request.actor).wanted, most=export.MOST)
    name = f"huying-{timezone.localdate():%Y%m%d}.{kind}"
    if kind == "csv":
        response = StreamingHttpResponse(export.as_csv(export.lines(calls)), content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(
            export.as_xlsx(export.lines(calls)),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@allow(staff)
def save(request):
    """Keep the list under a name."""
    form = SaveFilterForm(request.POST)
    query = request.POST.get("query", "")[:500]
    if form.is_valid():
        try:
            actions.save_filter(form.cleaned_data["name"], form.cleaned_data["query"], by=request.actor)
            messages.success(request, _("存好了。"))
        except BadInput as refusal:
            messages.error(request, refusal.reason)
    else:
        messages.error(request, _("给它起个名字。"))
    return redirect(f"{reverse('call-list')}?{query}")


@require_POST
@allow(staff)
def change_saved(request, pk: int):
    """Rename a saved list, or delete it."""
    kept = get_object_or_404(SavedFilter, pk=pk, person_id=request.actor.id)
    query = kept.query
    if request.POST.get("do") == "drop":
        actions.drop_filter(kept, by=request.actor)
        messages.success(request, _("删掉了。"))
    else:
        try:
            actions.rename_filter(kept, request.POST.get("name", ""), by=request.actor)
            messages.success(request, _("改好了。"))
        except BadInput as refusal:
            messages.error(request, refusal.reason)
    return redirect(f"{reverse('call-list')}?{query}")

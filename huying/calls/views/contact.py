"""Reaching the resident: their name or number opened for a reason, and what an assisting unit reports."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from huying.calls import rules
from huying.calls.forms.answer import ReportAssistForm, UnsealForm
from huying.calls.models import Call
from huying.calls.views import detail as page
from huying.calls.views import steps
from huying.calls.views.rows import private
from huying.calls.workflow import hands_on
from huying.directory.queries import unit_ids_of
from huying.kernel.errors import Forbidden, Refusal, StepRefused
from huying.kernel.gate import allow, logged_in
from huying.people.actions import unseal as open_identity


def may_unseal(call: Call, actor) -> bool:
    """Whether the actor handles the call and there is something to open while it still runs."""
    running = call.state in (*rules.OPEN, rules.RESOLVED)
    return running and call.identity is not None and call.identity.erased_at is None and hands_on(actor, call)


@require_POST
@allow(logged_in)
@private
def unseal(request, pk: int):
    """Show a name or a number once, for a reason that the resident will read."""
    call = page.find(request, pk)
    if not hands_on(request.actor, call):
        raise Forbidden(_("您没有这一步的权限。"))
    form = UnsealForm(request.POST)
    opened: dict[str, str] = {}
    status = 422
    if form.is_valid():
        try:
            if not may_unseal(call, request.actor):
                raise StepRefused(_("这件事没有可以查看的联系方式，或者已经办完了。"))
            opened = open_identity(
                call.identity,
                [form.cleaned_data["field"]],
                form.cleaned_data["reason"],
                by=request.actor,
                subject=call,
                place=call.place,
            )
            form, status = None, 200
        except Forbidden:
            raise
        except Refusal as refusal:
            status = refusal.status
            form.refused(refusal)
    more = {"opened": opened, "unseal": form}
    if request.htmx:
        context = page.contact_part(call, request.actor) | more
        return render(request, "calls/staff/detail.html#contact", context, status=status)
    return page.answer(request, page.panel(request, call, **more), status)


@require_http_methods(["GET", "POST"])
@allow(logged_in)
@private
def assist(request, pk: int):
    """What a unit that was asked to help did."""
    call = page.find(request, pk)
    if not call.assists.filter(unit_id__in=unit_ids_of(request.actor)).exists():
        raise Forbidden(_("您没有这一步的权限。"))
    data = request.POST if request.method == "POST" else None
    form = ReportAssistForm(data, call=call, actor=request.actor, step="ask_assist")
    if data is None:
        return steps.shown(request, call, form)
    if not form.is_valid():
        return steps.shown(request, call, form, 422)
    try:
        form.act()
    except Forbidden:
        raise
    except Refusal as refusal:
        return steps.again(request, form, refusal, refusal.status)
    return steps.done(request, pk, "", _("反馈好了。"))

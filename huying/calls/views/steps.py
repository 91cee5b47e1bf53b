"""Taking a step on a call: its form beside the list, its refusals on the form, its result in the panel."""

import json

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from huying.calls.fitting import UNDO, fits
from huying.calls.forms.base import StepForm
from huying.calls.models import Call
from huying.calls.queries_detail import thread, way
from huying.calls.views import detail as page
from huying.calls.views.rows import address, private
from huying.calls.workflow import CALL
from huying.kernel.errors import BadInput, Forbidden, StalePage, StepRefused
from huying.kernel.gate import allow, logged_in
from huying.kernel.models import Event


@require_http_methods(["GET", "POST"])
@allow(logged_in)
@private
def do(request, pk: int, step: str):
    """The form of a step (GET), and the step itself (POST)."""
    call = page.find(request, pk)
    form = page.form_for(request, call, step, request.POST if request.method == "POST" else None)
    if form is None:
        raise Http404
    page.checked(step, call, request.actor)
    if request.method != "POST":
        return shown(request, call, form)
    if not form.is_valid():
        return shown(request, call, form, 422)
    try:
        form.act()
    except StalePage as refusal:
        return stale(request, call, form, refusal)
    except BadInput as refusal:
        return again(request, form, refusal, 422)
    except Forbidden:
        raise
    except StepRefused as refusal:
        return again(request, form, refusal, 409)
    return done(request, pk, step)


def shown(request, call: Call, form: StepForm, status: int = 200, **more):
    """The form: by itself for htmx, else within the call's page."""
    if request.htmx:
        return render(
            request,
            "calls/staff/detail.html#step",
            {"call": call, "form": form, "along": page.along(request)} | more,
            status=status,
        )
    return page.answer(request, page.panel(request, call, form, **more), status)


def again(request, form: StepForm, refusal: StepRefused | BadInput, status: int):
    """A refusal, on the form, with everything that was typed."""
    # The refused step may have been one of several in a transaction: what is in memory is not what is saved.
    call = page.find(request, form.call.pk)
    form.refused(refusal)
    form.renewed(call)
    return shown(request, call, form, status)


def stale(request, call: Call, form: StepForm, refusal: StalePage):
    """Something happened since the page was opened: say what, and keep what was typed. A double tap is no news."""
    version = form.cleaned_data["version"]
    call = page.find(request, call.pk)
    if already_done(call, form, request.actor, version):
        return done(request, call.pk, form.step)
    news = way(call, thread(call)).since(version)
    form.renewed(call)
    return shown(request, call, form, 409, news=news, refusal=refusal)


def already_done(call: Call, form: StepForm, actor, version: int) -> bool:
    """Whether all that happened since is this actor's own step: the same tap, sent twice."""
    since = Event.objects.filter(subject_type="call", subject_id=call.pk, facts__version__gt=version).order_by("id")
    found = list(since.values_list("kind", "actor_id")[:4])
    own = {CALL[form.step].event, *(CALL[name].event for name in ALSO.get(form.step, ()))}
    return bool(found) and found[0][0] in own and all(actor_id == actor.id for _kind, actor_id in found)


# What else the form of a step may do.
ALSO = {
    "accept": ("settle",),
    "settle": ("accept",),
    "uphold": ("overrule",),
    "overrule": ("uphold",),
    "extend": ("refuse_extension",),
    "refuse_extension": ("extend",),
    "contact": ("unreached",),
    "unreached": ("contact",),
    "confirm": ("close",),
    "close": ("confirm",),
    "reopen": ("refer",),
}


def done(request, pk: int, step: str, words: str = ""):
    """The step was taken: the panel as it is now, and word to the list that this call has changed."""
    words = words or _("好了：%(step)s。") % {"step": CALL[step].label}
    seen = Call.objects.visible_to(request.actor).filter(pk=pk).exists()
    if not request.htmx:
        messages.success(request, words)
        return redirect(address(Call(pk=pk), page.along(request), did=step) if seen else page.home(request))
    if not seen:
        response = render(request, "calls/staff/detail.html#gone", {"words": words, "home": page.home(request)})
    else:
        call = page.find(request, pk)
        undo = UNDO.get(step)
        undo = undo if undo and fits(undo, call, request.actor) else None
        more = {"said": words, "undo": undo and page.button(call, CALL[undo])}
        response = render(request, "calls/staff/detail.html#side", page.panel(request, call, **more))
    response["HX-Retarget"], response["HX-Reswap"] = "#aside", "innerHTML"
    response["HX-Trigger"] = json.dumps({"call-changed": {"id": pk}, f"call-{pk}": {}})
    return response

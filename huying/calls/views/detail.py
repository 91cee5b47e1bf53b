"""One call, opened beside the list that it came from; a page of its own without JavaScript and on a phone."""

from urllib.parse import urlencode

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from huying.calls import rules
from huying.calls.catalogue import category
from huying.calls.choices import Level
from huying.calls.fitting import ICONS, KEYS, PAIRED, PLAIN, UNDO, fits, fitting, label, menu
from huying.calls.forms.answer import UnsealForm
from huying.calls.forms.base import StepForm
from huying.calls.forms.steps import FORMS
from huying.calls.models import Call
from huying.calls.queries import same_matters
from huying.calls.queries_detail import highlighted, thread, way
from huying.calls.queries_rows import dress, is_wide
from huying.calls.views import lists, today
from huying.calls.views.rows import first_words, private, row
from huying.calls.workflow import CALL, hands_on
from huying.directory.queries import unit_ids_of
from huying.kernel.errors import Forbidden
from huying.kernel.gate import allow, logged_in
from huying.people.queries import masked_phone

_DUTY = {"lead": gettext_lazy("牵头"), "assist": gettext_lazy("只协助"), "none": gettext_lazy("不在清单")}
# What a link to a step's form may fill in.
PREFILLED = {"merge": ("number",), "contact": ("how",), "assign": ("unit",)}


def find(request, pk: int) -> Call:
    """The call, or 404 when it is not the actor's to see."""
    seen = Call.objects.visible_to(request.actor)
    return get_object_or_404(
        seen.select_related("place", "owner", "unit", "identity", "merged_into", "written_by"), pk=pk
    )


def form_for(request, call: Call, step: str, data=None) -> StepForm | None:
    """The form of a step, or None when nobody takes that step by hand."""
    kind = FORMS.get(step)
    if kind is None:
        return None
    form = kind(data, call=call, actor=request.actor, step=step)
    # What the address already says (`?into=000012`) is filled in.
    form.initial |= {name: request.GET[name] for name in PREFILLED.get(step, ()) if name in request.GET}
    return form


def panel(request, call: Call, form: StepForm | None = None, **more) -> dict:
    """What the panel of a call shows, with one step's form open when there is one."""
    actor = request.actor
    dress([call], wide=is_wide(actor))
    entries = thread(call)
    # Whoever spoke last waits for an answer.
    spoke = bool(entries) and entries[-1].kind == "words"
    best = fitting(call, actor, ("contact",) if spoke else ())
    found = category(call.category)
    near = dress(same_matters(call, 5), wide=is_wide(actor))
    for one in near:
        one.words = first_words(one, 70)
    assists = list(call.assists.select_related("unit"))
    return {
        "call": call,
        "pieces": highlighted(call.text),
        "danger": rules.emergency_number(call.text),
        "photos": list(call.photos.all()),
        "category": found,
        "duties": duties(found),
        "entries": entries,
        "way": way(call, entries),
        "best": best and button(call, best),
        "menu": [[button(call, step) for step in group] for group in menu(call, actor, best.name if best else "")],
        "near": near,
        "may_merge": fits("merge", call, actor),
        "row": row(call, actor),
        "along": along(request),
        "home": home(request),
        "form": form,
        "assists": assists,
        "asked": any(one.unit_id in unit_ids_of(actor) and one.reported_at is None for one in assists),
        "merged": list(call.merged.all()[:20]),
        **contact_part(call, actor),
        **undo_part(request, call),
    } | more


def contact_part(call: Call, actor) -> dict:
    """How the resident can be reached: through the page, or by a number of which the middle is hidden."""
    held = call.identity if call.identity and call.identity.erased_at is None else None
    running = call.state in (*rules.OPEN, rules.RESOLVED)
    return {
        "call": call,
        "phone": masked_phone(held) if held else "",
        "named": held is not None and held.name_sealed is not None,
        "may_contact": fits("contact", call, actor),
        "unseal": UnsealForm() if held and running and hands_on(actor, call) and actor.posts else None,
    }


def undo_part(request, call: Call) -> dict:
    """The button that takes the last step back, when the page says which it was."""
    name = UNDO.get(request.GET.get("did", ""))
    return {"undo": button(call, CALL[name]) if name and fits(name, call, request.actor) else None}


def duties(found) -> list[str]:
    """Whose duty the category is where the list says so: each level with what it has to do."""
    if found is None or not found.duties:
        return []
    words = _("%(level)s%(duty)s")
    return [words % {"level": Level(level).label, "duty": _DUTY[duty]} for level, duty in found.duties.items()]


def button(call: Call, step) -> dict:
    """A step as a button: its words, icon, key, and whether it is done at once."""
    plain = step.name in PLAIN
    return {
        "name": step.name,
        "label": label(step.name),
        "icon": ICONS.get(step.name, ""),
        "key": KEYS.get(step.name),
        "plain": plain,
    }


def opened(request, call: Call) -> StepForm | None:
    """The form that the address asks for (`?do=accept`), when the step can be taken."""
    step = request.GET.get("do", "")
    step = PAIRED.get(step, step)
    if step in FORMS and step not in PLAIN and fits(step, call, request.actor):
        return form_for(request, call, step)
    return None


def answer(request, context: dict, status: int = 200):
    """The panel alone for htmx, else the whole page with the list beside it that the call was opened from."""
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "calls/staff/detail.html#side", context, status=status)
    beside = lists if request.GET.get("in") == "list" else today
    name = "calls/staff/list.html" if beside is lists else "calls/staff/today.html"
    return render(request, name, beside.context(request) | context, status=status)


def along(request) -> str:
    """The list that the call was opened from, as it is carried along: everything but the step's own."""
    kept = [
        (name, value) for name, value in request.GET.items() if name not in ("do", "did", "number", "how", "version")
    ]
    return urlencode(kept)


def home(request) -> str:
    """Where closing the panel leads: to the page that named itself (`back`, an address of ours), else to the list."""
    back = request.GET.get("back", "")
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    if request.GET.get("in") != "list":
        return reverse("today")
    query = urlencode([(name, value) for name, value in request.GET.items() if name not in ("do", "did", "in")])
    return f"{reverse('call-list')}?{query}"


@require_safe
@allow(logged_in)
@private
def detail(request, pk: int):
    """One call and what can be done with it."""
    call = find(request, pk)
    return answer(request, panel(request, call, opened(request, call)))


@require_safe
@allow(logged_in)
@private
def line(request, pk: int):
    """The row of a call in a list, as it is now."""
    call = find(request, pk)
    call.has_photos = call.photos.exists()
    dress([call], wide=is_wide(request.actor))
    return render(
        request, "calls/staff/_row.html", {"row": row(call, request.actor, along(request), picks=True), "picks": True}
    )


def checked(name: str, call: Call, actor) -> None:
    """Forbidden (403) when the actor may never take the step on this call."""
    if not CALL[name].may(actor, call):
        raise Forbidden(_("您没有这一步的权限。"))

"""What on the three lists is one's own or asks for one; and the page of those whom a project serves."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from huying.directory.queries import may_give
from huying.kernel import links
from huying.kernel.errors import Refusal, StepRefused, TooMany
from huying.kernel.forms import new_key
from huying.kernel.gate import allow, anyone, logged_in, unseen
from huying.kernel.policy import load
from huying.kernel.scopes import link_holder
from huying.reportin import queries_lists
from huying.reportin import rules_lists as rules
from huying.reportin.actions import projects as actions
from huying.reportin.forms.lists import WordForm
from huying.reportin.models import Need
from huying.reportin.models.lists import NEED_LINK
from huying.reportin.queries_where import board_of, dress
from huying.reportin.telling_lists import icon_of, line_of, when_of
from huying.reportin.views import cards
from huying.reportin.views.lists_base import private


@require_safe
@allow(logged_in)
@private
def mine(request: HttpRequest) -> HttpResponse:
    """For you: what you were asked, what fits you, what you have, and what waits for your word."""
    actor = request.actor
    found = queries_lists.waiting_for(actor)
    needs = (found.offered, found.dispatch, [need for need, _why in found.fitting], found.posted)
    dress([*(row for rows in needs for row in rows), *found.resources])
    context = {
        "offered": [cards.need(one, actor) for one in found.offered],
        "dispatch": [cards.need(one, actor) for one in found.dispatch],
        "fitting": [cards.need(one, actor, reasons) for one, reasons in found.fitting],
        "projects": [cards.project(one, actor) for one in found.projects],
        "confirm": [cards.project(one, actor) for one in found.confirm],
        "helping": [cards.project(one, actor) for one in found.helping],
        "resources": [cards.resource(one, actor) for one in found.resources],
        "posted": [cards.need(one, actor) for one in found.posted],
        "board": board_of(actor),
        "may_give": may_give(actor),
        "may_post": bool(actor.paths(rules.POSTERS)),
    }
    return render(request, "reportin/lists/mine.html", context)


# Exempt from the CSRF token: the authority is the secret in the address, which no other site knows.
@csrf_exempt
@unseen
@require_http_methods(["GET", "HEAD", "POST"])
@allow(anyone)
def word(request: HttpRequest, secret: str) -> HttpResponse:
    """Whoever has the residents' link reads how far it is, and says whether it came."""
    number = links.read(NEED_LINK, secret)
    need = Need.objects.filter(pk=number).select_related("place").first() if number else None
    if need is None:
        raise Http404
    form, refusal, status = WordForm(initial={"key": new_key()}), None, 200
    if request.method == "POST":
        form, status = WordForm(request.POST), 422
        if form.is_valid():
            try:
                _say(need, form.cleaned_data)
            except Refusal as error:
                form.refuse(error)
                refusal, status = error, error.status
            else:
                return redirect(f"{request.path}?said={form.cleaned_data['came']}")
    project = need.projects.running().select_related("unit", "person").prefetch_related("steps").first()
    dress([need])
    context = {
        "need": need,
        "icon": icon_of(need),
        "when": when_of(need),
        "project": project,
        "line": line_of(need, project),
        "form": form if project is not None and project.state == "done" else None,
        "typed": form.data.get("words", "") if request.method == "POST" else "",
        "refusal": refusal,
        "said": request.GET.get("said", ""),
    }
    return render(request, "reportin/lists/word.html", context, status=status)


def _say(need: Need, given: dict) -> None:
    project = need.projects.running().first()
    if project is None or project.state in ("planned", "underway"):
        raise StepRefused(_("还没有做完，做完以后再请您说一句。"), code="too_early")
    if project.voices.filter(key=given["key"]).exists():
        return
    if project.state == "crossed_off":
        raise StepRefused(_("已经有人说服务到了，销号了。还差什么，请告诉楼栋长或者社区。"), code="crossed_off")
    if project.voices.count() >= load("reportin")["voices"]["most"]:
        raise TooMany(_("说的人太多了，请直接告诉楼栋长或者社区。"))
    holder = link_holder(NEED_LINK, need.pk)
    actions.answer(project, given["came"] == "yes", given["words"], by=holder, key=given["key"])

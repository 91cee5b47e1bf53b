"""Standing rosters: opening one, its table for those who take part, and swaps."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.callouts import rules
from huying.callouts.actions import roster, swap
from huying.callouts.forms.roster import RosterForm, kinds
from huying.callouts.models import Asked, Callout, Signup, Swap
from huying.callouts.queries import organises
from huying.callouts.telling_plans import board_of
from huying.callouts.telling_roster import weeks_of
from huying.callouts.views.common import organiser, own_places, private
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.gate import allow, logged_in


@require_http_methods(["GET", "HEAD", "POST"])
@allow(organiser)
@private
def new(request: HttpRequest) -> HttpResponse:
    """Open a roster: a kind by its picture, then one page with everything filled in."""
    chosen = request.POST.get("kind") or request.GET.get("kind", "")
    known = [code for code, _name, _icon in kinds()]
    kind = chosen if chosen in known else known[0]
    places = own_places(request.actor)
    form = RosterForm(request.POST if request.method == "POST" else None, places=places, kind=kind)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made, new_one = roster.open_roster(form.pattern(), by=request.actor)
            except BadInput as refusal:
                form.refuse(refusal)
            else:
                if new_one:
                    messages.success(request, _("值班表开好了，正在问大家愿不愿意参加。有人答应以后，再请系统排班。"))
                return redirect("callout-assign", pk=made.pk)
    context = {"form": form, "kind": kind, "kinds": kinds(), "places": places}
    return render(request, "callouts/roster/new.html", context, status=status)


def find(request, pk: int) -> Callout:
    """The roster of somebody who takes part in it or organises it, or 404."""
    seen = Callout.objects.visible_to(request.actor).filter(kind="roster").select_related("place")
    return get_object_or_404(seen, pk=pk)


@require_safe
@allow(logged_in)
@private
def table(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is on duty when: for those who take part, with their own shifts and the swaps that they could take."""
    callout = find(request, pk)
    takes_part = Asked.objects.filter(callout=callout, person_id=request.actor.id, answer="can").exists()
    if not takes_part and not organises(request.actor, callout):
        raise Forbidden(_("先回答愿意参加，就能看到排班。"))
    now = timezone.now()
    own = (
        Signup.objects.holding()
        .filter(shift__callout=callout, person_id=request.actor.id, shift__ends_at__gt=now)
        .select_related("shift")
        .order_by("shift__starts_at")
    )
    wanted = Swap.objects.filter(
        taken_at=None, withdrawn_at=None, signup__state=rules.CONFIRMED, signup__shift__callout=callout,
        signup__shift__starts_at__gt=now,
    ).select_related("signup__shift", "signup__person").order_by("signup__shift__starts_at")  # fmt: skip
    asked_for = {one.signup_id: one for one in wanted}
    context = {
        "callout": callout,
        "own": [(one, asked_for.get(one.pk)) for one in own],
        "swaps": [one for one in wanted if one.signup.person_id != request.actor.id] if takes_part else [],
        "weeks": weeks_of(board_of(callout, None)),
        "organises": organises(request.actor, callout),
        "me": request.actor.id,
        "today": timezone.localdate(),
    }
    return render(request, "callouts/roster/table.html", context)


@require_POST
@allow(logged_in)
@private
def offer(request: HttpRequest, pk: int, signup: int) -> HttpResponse:
    """Ask colleagues to take one's own shift."""
    callout = find(request, pk)
    own = get_object_or_404(Signup, pk=signup, shift__callout=callout, person_id=request.actor.id)
    return _then(
        request,
        pk,
        lambda: swap.offer_swap(own, by=request.actor),
        _("已经请大家看看，有人接了就告诉您；没人接，这一班还是您的。"),
    )


@require_POST
@allow(logged_in)
@private
def take_back(request: HttpRequest, pk: int, wanted: int) -> HttpResponse:
    """Keep one's own shift after all."""
    row = get_object_or_404(
        Swap, pk=wanted, signup__shift__callout=find(request, pk), signup__person_id=request.actor.id
    )
    return _then(request, pk, lambda: swap.take_offer_back(row, by=request.actor), _("收回了，这一班还是您的。"))


@require_POST
@allow(logged_in)
@private
def take(request: HttpRequest, pk: int, wanted: int) -> HttpResponse:
    """Take a colleague's shift."""
    row = get_object_or_404(Swap, pk=wanted, signup__shift__callout=find(request, pk))
    return _then(request, pk, lambda: swap.take_swap(row, by=request.actor), _("这一班归您了，谢谢。"))


def _then(request, pk: int, act, done: str) -> HttpResponse:
    try:
        act()
    except StepRefused as refusal:
        messages.warning(request, refusal.reason)
    else:
        messages.success(request, done)
    return redirect("callout-roster", pk=pk)

"""Wishes at the desk: what waits, the list, one wish and its steps. Claimants find theirs on the same page."""

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.kernel.errors import BadInput, Forbidden, Refusal, StalePage
from huying.kernel.gate import allow, logged_in
from huying.kernel.scopes import covers
from huying.places.models import Place
from huying.wishes import actions, rules
from huying.wishes.actions.give import FIELDS
from huying.wishes.choices import State
from huying.wishes.fitting import open_steps
from huying.wishes.forms.base import StepForm
from huying.wishes.forms.steps import FORMS, LookForm
from huying.wishes.models import Wish
from huying.wishes.queries import open_claim
from huying.wishes.telling import story_of
from huying.wishes.views.common import LOOKS, private, rows, staff
from huying.wishes.workflow import WISH, claimant, keeper

A_HEAP, A_PAGE = 10, 40
# Handed on but not moved for so long, somebody should ask [convention].
LONG_DAYS = 14
HEAPS = (
    ("verify", gettext_lazy("等核实"), "check", "call"),
    ("publish", gettext_lazy("等上墙"), "leaf", "info"),
    ("answer", gettext_lazy("30 天没人认领，社区来实现"), "people", "warn"),
    ("follow", gettext_lazy("等许愿人一句话"), "face-good", "answer"),
    ("long", gettext_lazy("对接很久了，问一问"), "clock", "warn"),
)
LABELS = {
    "name": gettext_lazy("称呼"),
    "phone": gettext_lazy("电话"),
    "address": gettext_lazy("住址"),
    "hardship": gettext_lazy("难处"),
}


def heap_rule(key: str, now) -> Q:
    """Which wishes wait in a heap."""
    return {
        "verify": Q(state=rules.COLLECTED),
        "publish": Q(state=rules.VERIFIED),
        "answer": Q(state=rules.PUBLISHED, answer_due_at__isnull=False),
        "follow": Q(state=rules.FULFILLED),
        "long": Q(state=rules.CONTACT, claimed_at__lt=now - timezone.timedelta(days=LONG_DAYS)),
    }[key]


@require_safe
@allow(staff)
@private
def index(request: HttpRequest) -> HttpResponse:
    """What waits, and all wishes below the reader's posts by state."""
    actor = request.actor
    # By the posts alone: what somebody holds as a giver stands under 'mine'.
    seen = Wish.objects.filter(path__within_any=actor.paths((*rules.COLLECTORS, "street_staff")))
    now, state, wait = timezone.now(), request.GET.get("state", ""), request.GET.get("wait", "")
    to = lambda wish: reverse("wish-detail", args=[wish.pk])  # noqa: E731
    filters = {key: Count("pk", filter=heap_rule(key, now)) for key, *_rest in HEAPS}
    counts = seen.aggregate(**filters)
    by_state = dict(seen.values_list("state").annotate(n=Count("pk")))
    context = {"counts": counts, "tab": "desk", "desk": True, "state": state, "wait": wait}
    if state in State.values or wait in filters or "all" in request.GET:
        wishes = seen.filter(state=state) if state in State.values else seen
        wishes = wishes.filter(heap_rule(wait, now)) if wait in filters else wishes
        page = request.GET.get("page", "1")
        number = int(page) if page.isdigit() and 1 <= int(page) <= 1000 else 1
        found = list(wishes.order_by("-pk")[(number - 1) * A_PAGE : number * A_PAGE + 1])
        query = f"state={state}" if state in State.values else f"wait={wait}" if wait in filters else "all=1"
        context |= {
            "rows": rows(found[:A_PAGE], to),
            "earlier": f"?{query}&page={number + 1}" if len(found) > A_PAGE else "",
            "later": f"?{query}&page={number - 1}" if number > 1 else "",
            "title": _title(state, wait),
        }
    else:
        context["heaps"] = [
            {
                "key": key,
                "title": title,
                "icon": icon,
                "tone": tone,
                "count": counts[key],
                "rows": rows(seen.filter(heap_rule(key, now)).order_by("pk")[:A_HEAP], to),
            }
            for key, title, icon, tone in HEAPS
            if counts[key]
        ]
    context["states"] = [
        {"code": code, "label": label, "count": by_state.get(code, 0), "current": code == state, "look": LOOKS[code]}
        for code, label in State.choices
        if by_state.get(code)
    ]
    context["may_box"] = any(post.role in rules.KEEPERS for post in actor.posts)
    context["tree_place"] = _tree_place(actor)
    return render(request, "wishes/staff/index.html", context)


def _tree_place(actor) -> Place | None:
    """The community whose tree the reader looks after, when it is one."""
    homes = {".".join(post.path.split(".")[:5]) for post in actor.posts if post.role in rules.COLLECTORS}
    return Place.objects.current().filter(path=homes.pop(), kind="community").first() if len(homes) == 1 else None


def _title(state: str, wait: str) -> str:
    titles = {key: title for key, title, *_rest in HEAPS}
    return State(state).label if state in State.values else titles.get(wait, _("所有心愿"))


def find(request, pk: int) -> Wish:
    """The wish, or 404 when it is not the actor's to see."""
    seen = Wish.objects.visible_to(request.actor)
    return get_object_or_404(seen.select_related("place", "community", "identity", "written_by", "verified_by"), pk=pk)


def panel(request, wish: Wish, form: StepForm | None = None, *, status: int = 200, **more) -> HttpResponse:
    """The page of a wish: its words, its way, who holds it, and forms for what may be done."""
    actor = request.actor
    steps = [step.name for step in open_steps(wish, actor)]
    forms = {name: FORMS[name](wish=wish, actor=actor, step=name) for name in steps}
    if form is not None:
        forms = {form.step: form} | {name: one for name, one in forms.items() if name != form.step}
    first = form.step if form is not None else request.GET.get("do", "")
    best = first if first in forms else next((name for name in steps if name in FORWARD_OPEN), "")
    claim = open_claim(wish)
    holds = claimant(actor, wish)
    sees_words = (
        keeper(actor, wish)
        or holds
        or wish.written_by_id == actor.id
        or any(covers(path, wish.path) for path in actor.paths(rules.COLLECTORS))
    )
    context = {
        "wish": wish,
        "badge": LOOKS[wish.state],
        "words": wish.text if sees_words else "",
        "best": forms.pop(best, None),
        "forms": list(forms.values()),
        "opened_form": form,
        "claim": claim,
        "shares": list(claim.shares.select_related("person", "unit")) if claim else [],
        "holds": holds,
        "revealed": named(actions.revealed(wish, by=actor)) if holds else None,
        "may_reveal": holds and wish.state in WISH.sources("reveal"),
        "look_form": LookForm(wish=wish, actor=actor, step="look")
        if keeper(actor, wish) and has_private(wish)
        else None,
        "story": story_of(
            wish, (claim and (claim.unit.name if claim.unit else claim.person.name)) or "", to_wisher=False
        ),
        "entries": wish.entries.select_related("by").order_by("id")[:100],
        "openings": wish.openings.select_related("by").order_by("-id")[:20] if keeper(actor, wish) else [],
        "held": {name: _has(wish, name) for name in FIELDS},
        "at_desk": staff(request) and not holds,
        "base_url": settings.BASE_URL,
    } | more
    return render(request, "wishes/staff/detail.html", context, status=status)


FORWARD_OPEN = ("verify", "publish", "answer", "contact", "fulfil")


def has_private(wish: Wish) -> bool:
    """Whether anything private is held with a wish still."""
    return any(_has(wish, name) for name in FIELDS)


def _has(wish: Wish, name: str) -> bool:
    if name in ("address", "hardship"):
        return getattr(wish, f"{name}_sealed") is not None
    return wish.identity is not None and getattr(wish.identity, f"{name}_sealed") is not None


def named(opened: dict[str, str] | None) -> list[tuple[str, str, str]] | None:
    """What was opened as (code, label, words)."""
    return None if opened is None else [(name, LABELS[name], opened[name]) for name in FIELDS if name in opened]


@require_safe
@allow(logged_in)
@private
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One wish and what can be done with it; to others its leaf, when it hangs on the tree."""
    if not Wish.objects.visible_to(request.actor).filter(pk=pk).exists():
        return redirect("wish-leaf", pk=get_object_or_404(Wish.objects.public(), pk=pk).pk)
    return panel(request, find(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@allow(logged_in)
@private
def do(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """The form of a step (GET), and the step itself (POST)."""
    wish = find(request, pk)
    if step not in FORMS:
        raise Http404
    if not WISH[step].may(request.actor, wish):
        raise Forbidden(_("您没有这一步的权限。"))
    form = FORMS[step](request.POST if request.method == "POST" else None, wish=wish, actor=request.actor, step=step)
    if request.method != "POST":
        return panel(request, wish, form)
    if not form.is_valid():
        return panel(request, wish, form, status=422)
    try:
        form.act()
    except StalePage as refusal:
        return again(request, form, refusal)
    except BadInput as refusal:
        return again(request, form, refusal)
    except Forbidden:
        raise
    except Refusal as refusal:
        return again(request, form, refusal)
    messages.success(request, _("好了：%(step)s。") % {"step": WISH[step].label})
    if Wish.objects.visible_to(request.actor).filter(pk=pk).exists():
        return redirect("wish-detail", pk=pk)
    return redirect("wish-mine")


def again(request, form: StepForm, refusal: Refusal) -> HttpResponse:
    """A refusal, on the form, with everything that was typed."""
    wish = find(request, form.wish.pk)
    form.refuse(refusal)
    form.renewed(wish)
    return panel(request, wish, form, status=refusal.status)


@require_POST
@allow(logged_in)
@private
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The claimant opens who wishes: one tap, put on record."""
    wish = find(request, pk)
    opened = actions.reveal(wish, by=request.actor)
    if not opened:
        messages.info(request, _("没有留联系方式，请找登记的人转告。"))
    return redirect(reverse("wish-detail", args=[pk]) + "#contact")


@require_POST
@allow(logged_in)
@private
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """Staff open who wishes, for a reason; shown once, on this answer only."""
    wish = find(request, pk)
    form = LookForm(request.POST, wish=wish, actor=request.actor, step="look")
    form.is_valid()
    try:
        opened = form.act()
    except BadInput as refusal:
        form.refuse(refusal)
        return panel(request, wish, look_form=form, status=422)
    return panel(request, wish, looked=named(opened))

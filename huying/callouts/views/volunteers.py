"""Becoming a volunteer; and the community's register: who waits, who is there, what they can, with whose word."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.callouts import rules
from huying.callouts import rules_volunteers as numbers
from huying.callouts.actions import certificates, parting, proofs
from huying.callouts.actions import volunteers as actions
from huying.callouts.choices import Body
from huying.callouts.forms.certificates import ContactForm
from huying.callouts.forms.volunteers import (
    DeclineForm,
    GuardianForm,
    InsuredForm,
    ProofForm,
    RegisterForm,
    StaffForm,
    VolunteersForm,
)
from huying.callouts.models import Certificate, Issuer, Proof, Volunteer
from huying.callouts.queries_volunteers import (
    HOMES,
    age_of,
    community_of,
    heirs_of,
    home_of,
    is_grown,
    is_minor,
    known_of,
    skills_of,
)
from huying.directory import catalogue
from huying.kernel.errors import BadInput, Refusal, StepRefused
from huying.kernel.forms import Form, new_key
from huying.kernel.gate import allow, anyone, holding, logged_in
from huying.kernel.idempotency import once
from huying.kernel.qr import qr
from huying.people.newcomers import take
from huying.people.queries import may_manage, welcome_link
from huying.places.models import Place
from huying.places.queries import address

KEEPER = holding(*rules.KEEPERS)
PAGE = 50


def _person_of(pk: int):
    return Volunteer.objects.select_related("person").get(pk=pk).person


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
@allow(anyone)
def register(request: HttpRequest, tag: str) -> HttpResponse:
    """Somebody becomes a volunteer where they live; in one tap when the system knows them."""
    place = home_of(tag)
    if place is None or place.kind not in HOMES:
        return render(request, "callouts/volunteers/no_place.html", status=404)
    if not place.is_current():
        context = {"place": place, "heirs": heirs_of(place)}
        return render(request, "callouts/volunteers/ended.html", context, status=410)
    known, grown = request.actor.is_person, is_grown(request.actor)
    current = Volunteer.objects.current().filter(person_id=request.actor.id).first() if known else None
    if current is not None and request.method != "POST":
        return render(request, "callouts/volunteers/already.html", {"volunteer": current, "place": place})
    if request.method != "POST":
        form = RegisterForm(initial={"key": new_key(), **known_of(request.actor)}, known=known, grown=grown)
        return _ask(request, place, form, 200)
    form = RegisterForm(request.POST, known=known, grown=grown)
    if not form.is_valid():
        return _ask(request, place, form, 422)

    def work() -> int:
        return actions.register(place, _said(form), by=request.actor, newcomer=form.newcomer).pk

    try:
        take(request, "callouts.volunteer", form, _person_of, work)
    except BadInput as refusal:
        form.refuse(refusal)
        return _ask(request, place, form, 422)
    except StepRefused as refusal:
        form.add_error(None, refusal.reason)
        return _ask(request, place, form, 409)
    return HttpResponseRedirect(reverse("volunteer-me") + "?new=1", status=303)


def _said(form: Form) -> actions.Said:
    given = form.cleaned_data
    return actions.Said(
        born=given.get("born"),
        skills=given["skills"],
        avoids=given["avoids"],
        asks_a_week=given["asks_a_week"],
        night_calls=given["night_calls"],
        guardian=given.get("guardian", ""),
        guardian_how=given.get("guardian_how", ""),
    )


def _ask(request: HttpRequest, place: Place, form: RegisterForm, status: int) -> HttpResponse:
    context = {"place": place, "where": address(place), "form": form, "grown": "born" not in form.fields}
    return render(request, "callouts/volunteers/register.html", context, status=status)


@require_safe
@never_cache
@allow(KEEPER)
def index(request: HttpRequest) -> HttpResponse:
    """The register: those who wait for our word first, then all by name; found by number, name or skill."""
    seen = Volunteer.objects.current().filter(path__within_any=request.actor.paths(rules.KEEPERS))
    filters = VolunteersForm(request.GET)
    skill = filters.cleaned_data["skill"] if filters.is_valid() else ""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:40]
    rows = seen.filter(confirmed_at__isnull=False)
    if skill:
        rows = rows.filter(skills__contains=[skill])
    if text:
        plain = numbers.plain(text)
        rows = (
            rows.filter(number=plain)
            if numbers.is_whole(plain, numbers.OF_VOLUNTEER)
            else rows.filter(person__name__icontains=text)
        )
    page = int(request.GET["page"]) if request.GET.get("page", "").isdigit() and len(request.GET["page"]) < 6 else 1
    start = (page - 1) * PAGE if page > 0 else 0
    found = list(rows.select_related("person", "place").order_by("person__name", "pk")[start : start + PAGE + 1])
    query = request.GET.copy()
    to = lambda n: f"?{_with(query, n)}"  # noqa: E731
    places = Place.objects.filter(pk__in=[post.place_id for post in request.actor.posts if post.role in rules.KEEPERS])
    context = {
        "waiting": list(
            seen.filter(confirmed_at__isnull=True).select_related("person", "place").order_by("created_at", "pk")[:100]
        ),
        "rows": [(one, catalogue.names(one.skills)) for one in found[:PAGE]],
        "filters": filters,
        "q": text,
        "earlier": to(page - 1) if page > 1 else "",
        "later": to(page + 1) if len(found) > PAGE else "",
        "doors": [
            (place, link := settings.BASE_URL + reverse("volunteer-register", args=[place.slug]), qr(link))
            for place in places
        ],
        "contacts": [
            (
                place,
                ContactForm(initial={"contact": getattr(Issuer.objects.filter(place=place).first(), "contact", "")}),
            )
            for place in places
        ],
    }
    return render(request, "callouts/volunteers/index.html", context)


def _with(query, page: int) -> str:
    query["page"] = str(page)
    return query.urlencode()


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(KEEPER)
def new(request: HttpRequest) -> HttpResponse:
    """Write somebody down who said so at the counter, on the phone or on paper."""
    actor = request.actor
    roots = actor.paths(rules.KEEPERS)
    homes = list(Place.objects.current().filter(path__within_any=roots, kind__in=HOMES).order_by("path")[:500])
    chosen = next((one for one in homes if str(one.pk) == request.POST.get("place")), homes[0] if homes else None)
    form = StaffForm(request.POST if request.method == "POST" else None, initial={"key": new_key()})
    status = 200
    if request.method == "POST" and chosen is not None:
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            body = {name: value for name, value in given.items() if name != "key"} | {"place": chosen.pk}

            def work() -> int:
                return actions.register_for(chosen, given["called"], _said(form), given["how"], by=actor).pk

            try:
                made, _new = once("callouts.volunteer_for", given["key"] or new_key(), body, work)
            except Refusal as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                messages.success(request, _("记下了，也接收了。编号和登录的链接可以打印给本人。"))
                return redirect("volunteer-card", made)
    context = {"form": form, "homes": homes, "chosen": chosen}
    return render(request, "callouts/volunteers/new.html", context, status=status)


def _one(request: HttpRequest, pk: int) -> Volunteer:
    kept = Volunteer.objects.filter(path__within_any=request.actor.paths(rules.KEEPERS), erased_at__isnull=True)
    return get_object_or_404(kept.select_related("person", "place", "confirmed_by"), pk=pk)


@require_safe
@never_cache
@allow(logged_in)
def opened(request: HttpRequest, pk: int) -> HttpResponse:
    """What a message leads to: one's own page, or for those who keep the register the page of the volunteer."""
    volunteer = get_object_or_404(Volunteer.objects.visible_to(request.actor), pk=pk)
    if volunteer.person_id == request.actor.id:
        return redirect("volunteer-me")
    return redirect("volunteer-detail", pk)


@require_safe
@never_cache
@allow(KEEPER)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One volunteer as the community sees them: what they can and with whose word, never how much they did."""
    return _show(request, _one(request, pk))


def _show(request: HttpRequest, volunteer: Volunteer, status: int = 200, **forms) -> HttpResponse:
    body = dict(Body.choices)
    standing = volunteer.valid_to is None
    context = {
        "volunteer": volunteer,
        "number": numbers.grouped(volunteer.number),
        "where": address(volunteer.place),
        "skills": skills_of(volunteer),
        "avoids": [body[code] for code in volunteer.avoids],
        "age": age_of(volunteer),
        "minor": is_minor(volunteer),
        "guardian": actions.guardian_of(volunteer),
        "guardian_how": dict(GuardianForm.base_fields["guardian_how"].choices),
        "standing": standing,
        "certificates": Certificate.objects.filter(volunteer=volunteer, erased_at__isnull=True).order_by("-pk")[:20],
        "proof_form": ProofForm(),
        "decline_form": DeclineForm(),
        "guardian_form": GuardianForm(
            initial=actions.guardian_of(volunteer)
            and {
                "guardian": actions.guardian_of(volunteer)["who"],
                "guardian_how": actions.guardian_of(volunteer)["how"],
            }
        ),
        "insured_form": InsuredForm(initial={"insured_until": volunteer.insured_until}),
        **forms,
    }
    return render(request, "callouts/volunteers/detail.html", context, status=status)


def _act(request: HttpRequest, pk: int, name: str, form: Form | None, done: str, act: Callable) -> HttpResponse:
    """Do what a form of the page asks, or show the page again with what was typed."""
    volunteer = _one(request, pk)
    if form is not None and not form.is_valid():
        return _show(request, volunteer, 422, **{name: form})
    try:
        act(volunteer, form.cleaned_data if form is not None else {})
    except Refusal as refusal:
        if form is None:
            messages.error(request, refusal.reason)
            return redirect("volunteer-detail", pk)
        form.refuse(refusal)
        return _show(request, volunteer, refusal.status, **{name: form})
    messages.success(request, done)
    return redirect("volunteer-detail", pk)


@require_POST
@allow(KEEPER)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The community takes somebody on."""
    act = lambda row, given: actions.confirm(row, by=request.actor)  # noqa: E731
    return _act(request, pk, "", None, _("接收了，本人会收到消息。"), act)


@require_POST
@allow(KEEPER)
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """The community does not, with words."""
    form = DeclineForm(request.POST)
    act = lambda row, given: actions.decline(row, given["reason"], by=request.actor)  # noqa: E731
    return _act(request, pk, "decline_form", form, _("记下了，本人会看到您写的话。"), act)


@require_POST
@allow(KEEPER)
def prove(request: HttpRequest, pk: int) -> HttpResponse:
    """A skill was shown."""
    form = ProofForm(request.POST)
    act = lambda row, given: proofs.give_proof(  # noqa: E731
        row, given["skill"], given["basis"], until=given["until"], by=request.actor
    )
    return _act(request, pk, "proof_form", form, _("凭据记下了。"), act)


@require_POST
@allow(KEEPER)
def unprove(request: HttpRequest, pk: int, proof: int) -> HttpResponse:
    """A proof does not hold."""
    held = get_object_or_404(Proof.objects.filter(volunteer=_one(request, pk)), pk=proof)
    act = lambda row, given: proofs.withdraw_proof(held, by=request.actor)  # noqa: E731
    return _act(request, pk, "", None, _("凭据收回了。"), act)


@require_POST
@allow(KEEPER)
def guardian(request: HttpRequest, pk: int) -> HttpResponse:
    """A guardian has said yes to us, or no longer does."""
    if request.POST.get("do") == "withdraw":
        act = lambda row, given: parting.withdraw_guardian(row, by=request.actor)  # noqa: E731
        return _act(request, pk, "", None, _("同意撤回了，登记今天结束。"), act)
    form = GuardianForm(request.POST)
    agree = lambda row, given: actions.agree_guardian(  # noqa: E731
        row, given["guardian"], given["guardian_how"], by=request.actor
    )
    return _act(request, pk, "guardian_form", form, _("监护人的同意记下了。"), agree)


@require_POST
@allow(KEEPER)
def insured(request: HttpRequest, pk: int) -> HttpResponse:
    """Until when somebody is insured."""
    form = InsuredForm(request.POST)
    act = lambda row, given: actions.insure(row, given["insured_until"], by=request.actor)  # noqa: E731
    return _act(request, pk, "insured_form", form, _("记下了。"), act)


@require_POST
@allow(KEEPER)
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """What stands on certificates as the way to ask."""
    place = get_object_or_404(Place.objects.filter(path__within_any=request.actor.paths(rules.KEEPERS)), pk=pk)
    form = ContactForm(request.POST)
    try:
        certificates.set_contact(community_of(place), form.data.get("contact", ""), by=request.actor)
        messages.success(request, _("记下了，以后开的证明上印这个。"))
    except Refusal as refusal:
        messages.error(request, getattr(refusal, "fields", {}).get("contact", refusal.reason))
    return redirect("volunteers")


@require_safe
@never_cache
@allow(KEEPER)
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """A slip for whoever was written down: their number, and the link by which they choose a password."""
    volunteer = _one(request, pk)
    fresh = not volunteer.person.has_usable_password() and may_manage(request.actor, volunteer.person)
    link = welcome_link(volunteer.person) if fresh else ""
    context = {
        "volunteer": volunteer,
        "number": numbers.grouped(volunteer.number),
        "link": link,
        "code": qr(link) if link else "",
    }
    return render(request, "callouts/volunteers/card.html", context)

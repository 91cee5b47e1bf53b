"""Certificates: made, printed, revoked; and checked by anybody who has a paper in hand."""

import datetime as dt
import functools
import ipaddress

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.callouts import rules
from huying.callouts import rules_volunteers as numbers
from huying.callouts.actions import certificates as actions
from huying.callouts.certificate_pdf import drawn
from huying.callouts.certificate_words import paper_of
from huying.callouts.forms.certificates import CertificateForm, RevokeForm, VerifyForm
from huying.callouts.models import Certificate, Volunteer
from huying.kernel.errors import Refusal, TooMany
from huying.kernel.forms import new_key
from huying.kernel.gate import allow, anyone, logged_in, unseen
from huying.kernel.idempotency import once
from huying.kernel.policy import load
from huying.kernel.qr import qr
from huying.kernel.rate import Limiter
from huying.people.accounts import client_address


@functools.cache
def _limiter() -> Limiter:
    tries = load("callouts")["verify"]
    return Limiter(tries["per_minute"], tries["burst"])


def forget_tries() -> None:
    """Begin anew, as after a restart; for tests."""
    _limiter.cache_clear()


def _hold(request: HttpRequest) -> None:
    """TooMany when one address tries number after number."""
    found = ipaddress.ip_address(client_address(request))
    near = found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False)
    wait = _limiter().take(str(near))
    if wait:
        raise TooMany(_("核对得太快了，请过一会儿再试。"), retry_after=max(1, round(wait)))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(logged_in)
def make(request: HttpRequest) -> HttpResponse:
    """A certificate of my own service."""
    volunteer = Volunteer.objects.current().filter(person_id=request.actor.id).select_related("place").first()
    if volunteer is None:
        return redirect("volunteer-me")
    return _make(request, volunteer)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(logged_in)
def make_for(request: HttpRequest, pk: int) -> HttpResponse:
    """A certificate for somebody at the counter."""
    kept = Volunteer.objects.filter(path__within_any=request.actor.paths(rules.KEEPERS), erased_at__isnull=True)
    return _make(request, get_object_or_404(kept.select_related("place", "person"), pk=pk))


def _make(request: HttpRequest, volunteer: Volunteer) -> HttpResponse:
    today = timezone.localdate()
    form = CertificateForm(
        request.POST if request.method == "POST" else None,
        initial={"first": today - dt.timedelta(days=365), "last": today, "key": new_key()},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            body = {"name": given["name"], "first": given["first"], "last": given["last"]}

            def work() -> int:
                return actions.issue(volunteer, **body, by=request.actor).pk

            try:
                made, _new = once(f"callouts.certificate.{volunteer.pk}", given["key"] or new_key(), body, work)
            except Refusal as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                number = Certificate.objects.values_list("number", flat=True).get(pk=made)
                return redirect("certificate", number)
    own = volunteer.person_id == request.actor.id
    context = {"form": form, "volunteer": volunteer, "own": own}
    return render(request, "callouts/certificates/make.html", context, status=status)


@require_safe
@never_cache
@allow(logged_in)
def opened(request: HttpRequest, pk: int) -> HttpResponse:
    """What a message about a certificate leads to."""
    seen = Certificate.objects.visible_to(request.actor).filter(erased_at__isnull=True)
    return redirect("certificate", get_object_or_404(seen, pk=pk).number)


def _own(request: HttpRequest, number: str) -> Certificate:
    seen = Certificate.objects.visible_to(request.actor).filter(erased_at__isnull=True)
    return get_object_or_404(seen.select_related("volunteer", "place"), number=numbers.plain(number))


@require_safe
@never_cache
@allow(logged_in)
def page(request: HttpRequest, number: str) -> HttpResponse:
    """The certificate, ready to be printed."""
    certificate = _own(request, number)
    return _page(request, certificate, RevokeForm())


def _page(request: HttpRequest, certificate: Certificate, form: RevokeForm, status: int = 200) -> HttpResponse:
    paper = paper_of(certificate, whole=True)
    context = {
        "certificate": certificate,
        "paper": paper,
        "code": qr(paper["address"]),
        "own": certificate.volunteer.person_id == request.actor.id,
        "keeps": request.actor.holds(rules.KEEPERS, certificate.place.path),
        "form": form,
    }
    return render(request, "callouts/certificates/page.html", context, status=status)


@require_safe
@never_cache
@allow(logged_in)
def pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The certificate as a file."""
    certificate = _own(request, number)
    response = HttpResponse(drawn(paper_of(certificate, whole=True)), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="service-{certificate.number}.pdf"'
    return response


@require_POST
@allow(logged_in)
def revoke(request: HttpRequest, number: str) -> HttpResponse:
    """The community takes a certificate back, with a reason that everybody reads who checks it."""
    certificate = _own(request, number)
    form = RevokeForm(request.POST)
    if not form.is_valid():
        return _page(request, certificate, form, 422)
    try:
        actions.revoke(certificate, form.cleaned_data["reason"], by=request.actor)
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        form.refuse(refusal)
        return _page(request, certificate, form, refusal.status)
    messages.success(request, _("收回了，核对这个编号的人会看到原因。"))
    return redirect("certificate", number)


@require_safe
@allow(anyone)
def check(request: HttpRequest) -> HttpResponse:
    """Where a number is typed in."""
    typed = request.GET.get("number", "").replace("\x00", "")[:60]
    plain = numbers.plain(typed)
    if plain.isascii() and plain.isalnum():
        return redirect("certificate-verify", plain)
    form = VerifyForm(initial={"number": typed})
    return render(request, "callouts/certificates/check.html", {"form": form, "typed": typed})


@unseen
@require_safe
@allow(anyone)
def verify(request: HttpRequest, number: str) -> HttpResponse:
    """What stands on the paper with this number, the name only by its first sign; or clear words that there is none."""
    _hold(request)
    plain = numbers.plain(number)
    whole = numbers.is_whole(plain, numbers.OF_CERTIFICATE)
    found = Certificate.objects.select_related("volunteer", "place").filter(number=plain).first() if whole else None
    context = {
        "number": numbers.grouped(plain[:30]),
        "whole": whole,
        "certificate": found,
        "paper": paper_of(found, whole=False) if found is not None and found.erased_at is None else None,
        "form": VerifyForm(initial={"number": numbers.grouped(plain[:30])}),
    }
    return render(request, "callouts/certificates/verify.html", context, status=200 if found is not None else 404)

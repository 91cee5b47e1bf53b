"""'My service': what I said yes to, what I did, when I have time, with whom, and every way out; all by oneself."""

import csv
import io

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.callouts import rules
from huying.callouts import rules_volunteers as numbers
from huying.callouts.actions import companions, parting
from huying.callouts.actions import volunteers as actions
from huying.callouts.certificate_words import duration
from huying.callouts.choices import Body
from huying.callouts.exports import all_of, record_rows
from huying.callouts.forms.volunteers import ChangeForm, CompanionForm, PauseForm, WeekForm
from huying.callouts.models import Certificate, Volunteer
from huying.callouts.queries_volunteers import (
    HOMES,
    coming,
    companions_of,
    heirs_of,
    home_of,
    is_minor,
    presets,
    record_of,
    skills_of,
)
from huying.callouts.weeks import days, grid, in_words, preset_names
from huying.kernel.errors import BadInput, Refusal
from huying.kernel.gate import allow, logged_in
from huying.kernel.qr import qr
from huying.kernel.sheets import harmless
from huying.places.queries import address, search, whereabouts


def mine(request: HttpRequest) -> Volunteer | None:
    """The reader's own registration of today."""
    return Volunteer.objects.current().filter(person_id=request.actor.id).select_related("place", "person").first()


@require_safe
@never_cache
@allow(logged_in)
def me(request: HttpRequest) -> HttpResponse:
    """One's own page."""
    volunteer = mine(request)
    person_id = request.actor.id
    before = None
    if volunteer is None:
        before = Volunteer.objects.filter(person_id=person_id, erased_at__isnull=True).first()
    body = dict(Body.choices)
    # Rights are read from what is already seen here: a post's duties, never its door codes.
    signups = coming(person_id)
    context = {
        "volunteer": volunteer,
        "before": before,
        "number": numbers.grouped(volunteer.number) if volunteer else "",
        "where": address(volunteer.place) if volunteer else "",
        "heirs": heirs_of(volunteer.place) if volunteer and not volunteer.place.is_current() else [],
        "skills": skills_of(volunteer) if volunteer else [],
        "avoids": [body[code] for code in volunteer.avoids] if volunteer else [],
        "minor": volunteer is not None and is_minor(volunteer),
        "coming": [(one, one.state in rules.HOLDING) for one in signups],
        "services": [(one, duration(one.measured), duration(one.granted)) for one in record_of(person_id)],
        "certificates": Certificate.objects.filter(volunteer__person_id=person_id, erased_at__isnull=True).order_by(
            "-pk"
        )[:20],
        "week": in_words(volunteer.week) if volunteer else [],
        "paused": volunteer is not None and volunteer.paused_until and volunteer.paused_until > timezone.localdate(),
        "new": request.GET.get("new") == "1",
    }
    return render(request, "callouts/me/service.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(logged_in)
def change(request: HttpRequest) -> HttpResponse:
    """What I can, would rather not, and how often I may be asked."""
    volunteer = mine(request)
    if volunteer is None:
        return redirect("volunteer-me")
    initial = {name: getattr(volunteer, name) for name in ("skills", "avoids", "asks_a_week", "night_calls")}
    known = volunteer.born is None
    form = ChangeForm(request.POST if request.method == "POST" else None, initial=initial, with_birth=known)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            said = actions.Said(
                born=given.get("born"),
                skills=given["skills"],
                avoids=given["avoids"],
                asks_a_week=given["asks_a_week"],
                night_calls=given["night_calls"],
            )
            try:
                actions.change(said, by=request.actor)
            except Refusal as refusal:
                form.refuse(refusal)
                status = refusal.status
            else:
                messages.success(request, _("改好了。"))
                return redirect("volunteer-me")
    return render(request, "callouts/me/change.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(logged_in)
def week(request: HttpRequest) -> HttpResponse:
    """When I usually have time: seven days of hours, by tap, drag, keys or plain ticks."""
    volunteer = mine(request)
    if volunteer is None:
        return redirect("volunteer-me")
    shown, form = volunteer.week, WeekForm(request.POST if request.method == "POST" else None)
    preset = request.POST.get("preset", "")
    if request.method == "POST" and form.is_valid():
        ticked = numbers.week_from(form.ticks())
        if preset in presets():
            # Without JavaScript: the ticks as they are and those of the preset, not saved yet.
            shown = [a | b for a, b in zip(ticked, presets()[preset], strict=True)]
        elif preset == "none":
            shown = numbers.week_from([])
        else:
            actions.set_week(ticked, by=request.actor)
            messages.success(request, _("记下了，以后按这张表来问您。"))
            return redirect("volunteer-me")
    context = {
        "days": days(),
        "parts": grid(shown),
        "presets": preset_names(),
        "preset_weeks": {code: numbers.ticks_of(bits) for code, bits in presets().items()},
        "form": form,
    }
    return render(request, "callouts/me/week.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(logged_in)
def pause(request: HttpRequest) -> HttpResponse:
    """Not before a day; or ask me again."""
    volunteer = mine(request)
    if volunteer is None:
        return redirect("volunteer-me")
    form = PauseForm(request.POST if request.method == "POST" else None, initial={"until": volunteer.paused_until})
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if request.POST.get("do") == "end":
                actions.pause(None, by=request.actor)
                messages.success(request, _("好，又可以问您了。"))
                return redirect("volunteer-me")
            if form.is_valid():
                actions.pause(form.cleaned_data["until"], by=request.actor)
                messages.success(request, _("记下了，到那天以前不问您；已经答应的不变。"))
                return redirect("volunteer-me")
        except Refusal as refusal:
            form.refuse(refusal)
    return render(request, "callouts/me/pause.html", {"form": form, "volunteer": volunteer}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(logged_in)
def with_whom(request: HttpRequest) -> HttpResponse:
    """With whom I like to serve: by their number, or the link that carries it; shown to nobody else."""
    volunteer = mine(request)
    if volunteer is None:
        return redirect("volunteer-me")
    typed = request.GET.get("number", "")[:40]
    form = CompanionForm(request.POST if request.method == "POST" else None, initial={"number": typed})
    status = 200
    if request.method == "POST":
        status = 422
        if request.POST.get("drop", "").isdigit():
            companions.drop_companion(int(request.POST["drop"][:15]), by=request.actor)
            return redirect("volunteer-companions")
        if form.is_valid():
            try:
                companions.name_companion(form.cleaned_data["number"], by=request.actor)
            except BadInput as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, _("记下了。对方也写了您，就会尽量排在一起。"))
                return redirect("volunteer-companions")
    link = f"{settings.BASE_URL}{reverse('volunteer-companions')}?number={volunteer.number}"
    context = {
        "form": form,
        "rows": [(one, numbers.grouped(one.number), both) for one, both in companions_of(volunteer)],
        "number": numbers.grouped(volunteer.number),
        "link": link,
        "code": qr(link),
        "typed": bool(typed),
    }
    return render(request, "callouts/me/companions.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(logged_in)
def move(request: HttpRequest) -> HttpResponse:
    """Moved home: find the new compound or community, look once, go over."""
    volunteer = mine(request)
    if volunteer is None:
        return redirect("volunteer-me")
    to = home_of(request.POST.get("to") or request.GET.get("to", ""))
    if request.method == "POST" and to is not None:
        try:
            parting.move(to, by=request.actor)
            messages.success(request, _("转过去了，两边都收到了消息。"))
        except Refusal as refusal:
            messages.error(request, refusal.reason)
        return redirect("volunteer-me")
    text = request.GET.get("q", "").replace("\x00", "")[:60]
    found = search(text, near=volunteer.place, kinds=list(HOMES), limit=20) if text.strip() else []
    where = whereabouts(found)
    context = {
        "volunteer": volunteer,
        "to": to,
        "to_where": address(to) if to else "",
        "q": text,
        "found": [(one, where[one.pk]) for one in found],
    }
    return render(request, "callouts/me/move.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(logged_in)
def leave(request: HttpRequest) -> HttpResponse:
    """Leave, or be forgotten: what would be given back is shown first, and asked once."""
    volunteer = mine(request)
    known = Volunteer.objects.filter(person_id=request.actor.id, erased_at__isnull=True).exists()
    if not known:
        return redirect("volunteer-me")
    if request.method == "POST":
        do = request.POST.get("do")
        try:
            if do in ("erase", "erase-all"):
                parting.erase(by=request.actor, login=do == "erase-all")
                if do == "erase-all":
                    logout(request)
                    messages.success(request, _("删掉了，这里不再有您的资料。"))
                    return redirect("home")
                messages.success(request, _("志愿者的资料删掉了。"))
            else:
                parting.leave(by=request.actor)
                messages.success(request, _("您不再是志愿者了，谢谢您做过的一切。想回来，随时可以再登记。"))
        except Refusal as refusal:
            messages.error(request, refusal.reason)
        return redirect("volunteer-me")
    return render(request, "callouts/me/leave.html", {"volunteer": volunteer, "coming": coming(request.actor.id)})


@require_POST
@allow(logged_in)
def guardian_no(request: HttpRequest) -> HttpResponse:
    """The guardian no longer agrees."""
    volunteer = mine(request)
    if volunteer is not None and is_minor(volunteer):
        parting.withdraw_guardian(volunteer, by=request.actor)
        messages.success(request, _("监护人的同意撤回了，登记今天结束。"))
    return redirect("volunteer-me")


@require_safe
@never_cache
@allow(logged_in)
def data(request: HttpRequest) -> JsonResponse:
    """All that call-outs hold of the reader, as JSON to keep."""
    response = JsonResponse(all_of(request.actor), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="service.json"'
    return response


@require_safe
@never_cache
@allow(logged_in)
def record(request: HttpRequest) -> HttpResponse:
    """One's own record as a table."""
    out = io.StringIO()
    csv.writer(out).writerows([[harmless(cell) for cell in row] for row in record_rows(request.actor.id)])
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="service.csv"'
    return response

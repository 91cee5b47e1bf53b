"""One's shifts in one's own calendar: a feed under a secret address, and a file for one of them."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from huying.callouts.actions import volunteers as actions
from huying.callouts.calendar_feed import calendar_of, signups_of
from huying.callouts.models import Signup, Volunteer
from huying.callouts.views.me import mine
from huying.kernel.gate import allow, anyone, logged_in, unseen

ICS = "text/calendar; charset=utf-8"


@unseen
@require_safe
@allow(anyone)
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """The calendar behind a secret key; a key that was made anew, or of somebody who left, opens nothing."""
    if not (len(key) == 32 and key.isascii() and key.isalnum()):
        raise Http404
    volunteer = Volunteer.objects.current().filter(calendar_key=key).first()
    if volunteer is None:
        raise Http404
    return HttpResponse(calendar_of(signups_of(volunteer), name=_("我的服务")), content_type=ICS)


@require_safe
@never_cache
@allow(logged_in)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One of my shifts as a file that a calendar takes in."""
    signup = get_object_or_404(
        Signup.objects.standing().filter(person_id=request.actor.id).select_related("shift__callout__place"), pk=pk
    )
    response = HttpResponse(calendar_of([signup]), content_type=ICS)
    response["Content-Disposition"] = f'attachment; filename="shift-{pk}.ics"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(logged_in)
def settings_page(request: HttpRequest) -> HttpResponse:
    """The address of one's calendar, and a new one."""
    volunteer = mine(request)
    if volunteer is None:
        return redirect("volunteer-me")
    if request.method == "POST":
        actions.renew_calendar(by=request.actor)
        messages.success(request, _("换好了，旧地址不能用了。请在日历里订阅新地址。"))
        return redirect("volunteer-calendar")
    address = settings.BASE_URL + reverse("volunteer-feed", args=[volunteer.calendar_key])
    context = {"address": address, "webcal": "webcal:" + address.partition(":")[2]}
    return render(request, "callouts/me/calendar.html", context)

"""Somebody's shifts as an iCalendar (RFC 5545): what they said yes to or are offered, and what fell away; nothing private."""

import datetime as dt
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vDuration

from huying.callouts import rules
from huying.callouts.models import Signup, Volunteer
from huying.kernel.policy import load

# Confirmed is sure, offered is not yet; whatever once held a place and no longer does is told as cancelled.
STATUS = {rules.CONFIRMED: "CONFIRMED", rules.OFFERED: "TENTATIVE"}


def signups_of(volunteer: Volunteer) -> list[Signup]:
    """What stands in somebody's calendar: places held, and those given back, some weeks back and all ahead."""
    since = timezone.now() - dt.timedelta(days=load("callouts")["volunteers"]["past_days"])
    rows = Signup.objects.filter(person_id=volunteer.person_id, shift__ends_at__gt=since)
    rows = rows.exclude(state=rules.WAITING).select_related("shift__callout__place")
    return [one for one in rows.order_by("shift__starts_at", "id")[:500] if one.state in STATUS or one.confirmed_at]


def _event(signup: Signup, now: dt.datetime) -> Event:
    """One post as an event. Its UID never changes; SEQUENCE grows with every change of the sign-up or the call-out."""
    shift, callout = signup.shift, signup.shift.callout
    host = urlsplit(settings.BASE_URL).hostname or "huying"
    event = Event()
    event.add("uid", f"shift-{signup.pk}@{host}")
    event.add("sequence", signup.version + callout.version)
    event.add("dtstamp", now.astimezone(dt.UTC))
    event.add("dtstart", shift.starts_at.astimezone(dt.UTC))
    event.add("dtend", shift.ends_at.astimezone(dt.UTC))
    event.add("status", STATUS.get(signup.state, "CANCELLED"))
    event.add("summary", f"{callout.title} · {shift.name}")
    event.add("location", f"{callout.place} {callout.meeting}".strip())
    words = [shift.duties]
    if signup.state == rules.OFFERED and signup.expires_at:
        words.append(_("等您确认，%(time)s 前。") % {"time": f"{timezone.localtime(signup.expires_at):%m-%d %H:%M}"})
    if any(words):
        event.add("description", "\n".join(one for one in words if one))
    event.add("url", settings.BASE_URL + reverse("callout-detail", args=[callout.pk]))
    return event


def calendar_of(signups: list[Signup], *, name: str = "", at: dt.datetime | None = None) -> bytes:
    """A calendar of these sign-ups; with a name it is a feed to be followed, without one a file to be taken in."""
    now = at or timezone.now()
    calendar = Calendar()
    calendar.add("prodid", "-//Huying//Call-outs//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    if name:
        calendar.add("x-wr-calname", name)
        # Asked for anew every hour: RFC 7986, 5.7, and the older way beside it.
        refresh = vDuration(dt.timedelta(hours=1))
        calendar.add("refresh-interval", refresh, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", refresh)
    for signup in signups:
        calendar.add_component(_event(signup, now))
    return calendar.to_ical()

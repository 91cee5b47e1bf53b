"""Today: what waits for whoever looks, by role."""

from dataclasses import dataclass

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from huying.calls import rules
from huying.calls.queries_today import Section, below, sections
from huying.calls.views.rows import Row, private, rows, staff
from huying.kernel.gate import allow, logged_in

# key: (title, icon, tone, the list behind it, steps to offer first)
_SECTIONS = {
    "overdue": (_("超期了"), "warning", "call", "wait=overdue", ()),
    "new": (_("等我接"), "call", "call", "wait=new", ()),
    "due": (_("一天内到期"), "clock", "warn", "wait=due", ()),
    "decide": (_("要我定"), "check", "warn", "wait=decide", ("uphold", "extend", "unpark")),
    "words": (_("居民有新的话"), "person", "info", "wait=words", ("contact",)),
    "going": (_("正在办"), "hand", "info", "wait=going", ()),
    "echo": (_("居民的回音"), "face-good", "answer", "owner=me&state=confirmed", ()),
}


@dataclass
class Heap:
    """A section as the page shows it."""

    key: str
    title: str
    icon: str
    tone: str
    more: str
    section: Section
    rows: list[Row]


def heaps(request) -> list[Heap]:
    """All sections of today, empty ones too."""
    actor = request.actor
    found = []
    for section in sections(actor):
        title, icon, tone, query, prefer = _SECTIONS[section.key]
        found.append(
            Heap(section.key, title, icon, tone, query, section, rows(section.rows, actor, "in=today", prefer))
        )
    return found


def context(request) -> dict:
    """Everything that today's page shows, without the call that is open beside it."""
    actor = request.actor
    found = heaps(request)
    upper = any(rules.LEVEL_OF_ROLE.get(post.role) in ("street", "district", "city") for post in actor.posts)
    return {
        "heaps": [heap for heap in found if heap.rows],
        "strip": [heap for heap in found if heap.key != "echo"],
        "places": below(actor) if upper else [],
        "now": timezone.now(),
        "idle": not staff(request),
        "query": "in=today",
        "home": "/today/",
    }


@require_safe
@allow(logged_in)
@private
def today(request):
    """What waits for me, what is due, what is overdue, what is new."""
    name = "calls/staff/today.html#desk" if request.htmx and not request.htmx.boosted else "calls/staff/today.html"
    if request.htmx and request.htmx.history_restore_request:
        name = "calls/staff/today.html"
    return render(request, name, context(request))

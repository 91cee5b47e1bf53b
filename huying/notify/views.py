"""The inbox of staff, and the operator's list of what could not be sent."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from huying.kernel.gate import allow, holding, logged_in
from huying.notify import actions, queries
from huying.notify.models import Message, State
from huying.notify.words import say

operator = holding("operator")


@allow(logged_in)
@never_cache
def inbox(request):
    """One's own messages, newest first; opening the first page empties the badge, and nobody else learns of it."""
    try:
        before = int(request.GET["before"])
    except (KeyError, ValueError):
        before = None
    if before is not None and not 0 < before < 2**63:
        before = None
    lines, more = queries.inbox(request.actor, before=before)
    if before is None and lines and request.method == "GET":
        actions.look(request.actor, lines[0].message.pk)
    shown = []
    for line in lines:
        words, icon, tone = say(line.message.kind, line.values)
        shown.append({"line": line, "words": words, "icon": icon, "tone": tone})
    context = {"shown": shown, "before": before, "earlier": lines[-1].message.pk if more else None}
    return render(request, "notify/inbox.html", context)


@allow(operator)
def unsent(request):
    """What was given up or still waits, the newest first."""
    waiting = Message.objects.filter(state=State.WAITING).count()
    given_up = Message.objects.filter(state=State.GIVEN_UP).order_by("-id")[:100]
    return render(request, "notify/unsent.html", {"waiting": waiting, "given_up": given_up})


@allow(operator)
@require_POST
def again(request, pk: int):
    """Take up a message that was given up."""
    actions.send_again(get_object_or_404(Message, pk=pk), by=request.actor)
    messages.success(request, _("会再发一次。"))
    return redirect("unsent")

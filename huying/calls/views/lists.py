"""All calls that somebody may see, filtered."""

from django.shortcuts import render

from huying.calls.models import Call
from huying.calls.queries_rows import dress
from huying.calls.views.rows import private, rows
from huying.kernel.gate import allow, logged_in


@allow(logged_in)
@private
def index(request):
    """The list."""
    calls = dress(
        Call.objects.visible_to(request.actor).select_related("owner", "unit").order_by("-id")[:50], wide=True
    )
    return render(request, "calls/staff/list.html", {"rows": rows(calls, request.actor)})

"""What the pages of calls stay connected to. Each asks here again, as for any page, whether it may."""

from django.http import HttpRequest
from django.views.decorators.http import require_GET

from huying.calls import live
from huying.calls.views import detail, follow
from huying.kernel.gate import allow, anyone, logged_in, unseen
from huying.kernel.live import LiveResponse


@require_GET
@allow(logged_in)
def today(request: HttpRequest) -> LiveResponse:
    """Wakes when something changes in the scope of whoever looks."""
    return LiveResponse(live.of_worker(request.actor), gap=2)


@require_GET
@allow(logged_in)
def call(request: HttpRequest, pk: int) -> LiveResponse:
    """Wakes when something happens to a call; 404 when it is not theirs to see."""
    return LiveResponse([live.of_call(detail.find(request, pk).pk)])


@require_GET
@allow(anyone)
@unseen
def caller(request: HttpRequest, secret: str) -> LiveResponse:
    """Wakes when the call behind a secret link has moved; 404 when we did not make the link."""
    found, _actor = follow.opened(secret)
    return LiveResponse([live.of_caller(found.pk)])

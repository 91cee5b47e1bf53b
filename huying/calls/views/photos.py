"""Photos, served by permission: to the caller, to staff who see the call, to everybody when ticked and public."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import quote_etag
from django.views.decorators.http import require_http_methods

from huying.calls.models import Call, Photo
from huying.calls.views.follow import opened
from huying.kernel.gate import allow, anyone


@require_http_methods(["GET", "HEAD"])
@allow(anyone)
def photo(request: HttpRequest, key: str, size: str = "full") -> HttpResponse:
    """A photo for staff, and for everybody when it is shown on a public call; 404 for all others."""
    found = _found(key, size)
    public = found.shown and found.call.is_public and Call.objects.public().filter(pk=found.call_id).exists()
    if not public and not Call.objects.visible_to(request.actor).filter(pk=found.call_id).exists():
        raise Http404
    return _sent(request, found, size, public=public)


@require_http_methods(["GET", "HEAD"])
@allow(anyone)
def of_caller(request: HttpRequest, secret: str, key: str, size: str = "full") -> HttpResponse:
    """A photo of the call behind a secret link."""
    call, _holder = opened(secret)
    found = _found(key, size)
    if found.call_id != call.pk:
        raise Http404
    return _sent(request, found, size, public=False)


def _found(key: str, size: str) -> Photo:
    rows = Photo.objects.filter(key=key).select_related("call")
    found = (rows if size == "small" else rows.defer("thumb")).first()
    if found is None:
        raise Http404
    return found


def _sent(request: HttpRequest, found: Photo, size: str, *, public: bool) -> HttpResponse:
    etag = quote_etag(f"{found.key[:16]}-{size}")
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    elif size == "small":
        response = HttpResponse(bytes(found.thumb), content_type="image/jpeg")
    else:
        try:
            with found.file.open("rb") as file:
                response = HttpResponse(file.read(), content_type="image/jpeg")
        except FileNotFoundError:
            raise Http404 from None
    response["ETag"] = etag
    # Asked again each time: a photo may be taken off the public page, and a phone may pass to somebody else.
    response["Cache-Control"] = "public, no-cache" if public else "private, no-cache"
    response["Content-Disposition"] = f'inline; filename="huying-{found.pk}.jpg"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response

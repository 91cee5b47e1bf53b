"""Pages that belong to no context: the front door, the switches of the look, and the gallery of components."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from huying.calls.rules import HANDLERS
from huying.directory.queries import membership_of, unit_ids_of
from huying.kernel.gate import allow, anyone, logged_in
from huying.places import queries
from huying.site import gallery as samples
from huying.site.context import THEMES
from huying.site.stylesheet import bundle

YEAR = 365 * 24 * 3600
SEARCHED_KINDS = ("community", "compound")


@require_GET
@allow(anyone)
def home(request: HttpRequest) -> HttpResponse:
    """What Huying is, and the way to one's own compound."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    found = _search(text) if text else []
    return render(request, "look/home.html", {"q": text, "found": found, "day": _day_of_a_light()})


@require_GET
@allow(logged_in)
def start(request: HttpRequest) -> HttpResponse:
    """After logging in: on to today's work, to one's report-in, or to what one could do for others."""
    actor = request.actor
    held = {post.role for post in actor.posts}
    if held.intersection(HANDLERS) or unit_ids_of(actor):
        return redirect("today")
    if "operator" in held:
        return redirect("kernel:operator")
    return redirect("reportin:me" if membership_of(actor) else "wish-open")


def _day_of_a_light() -> list[dict]:
    """The story by which the front door shows how a call goes."""
    return [
        {"label": _("早上 8:12 · 陆阿姨扫码：楼道灯坏了，上下楼看不见"), "state": "done", "icon": "call"},
        {"label": _("8:20 · 郅书记接下了"), "state": "done", "icon": "hand"},
        {"label": _("下午 3:05 · 灯泡和开关都换了新的"), "state": "done", "icon": "leaf"},
        {"label": _("傍晚 6:40 · 陆阿姨说：满意"), "state": "done", "face": "good"},
    ]


def _search(text: str) -> list[dict]:
    """Places of that name, each with where it stands, its page, and where to speak when it is a compound."""
    found = queries.search(text, kinds=SEARCHED_KINDS)
    where = queries.whereabouts(found)
    return [
        {
            "name": str(place),
            "where": where[place.pk],
            "href": reverse("boards:place", args=[place.slug]),
            "say": reverse("call-raise", args=[place.tag]) if place.kind == "compound" and place.tag else "",
        }
        for place in found
    ]


# Exempt from the CSRF token: it only changes how pages look on this device, and without a token the pages of residents
# need no cookie at all.
@csrf_exempt
@require_POST
@allow(anyone)
def switch(request: HttpRequest) -> HttpResponse:
    """Keep the choice of letters, colours or language, and go back to the page where it was made."""
    back = request.POST.get("next") or request.headers.get("Referer", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = redirect(back)
    keep = {"max_age": YEAR, "samesite": "Lax", "secure": settings.SESSION_COOKIE_SECURE, "httponly": True}
    elder, theme, language = (request.POST.get(name) for name in ("elder", "theme", "language"))
    if elder in ("0", "1"):
        response.set_cookie("elder", elder, **keep)
    if theme in THEMES:
        response.set_cookie("theme", theme, **keep)
    if language in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, **keep)
    return response


@require_GET
@allow(anyone)
@cache_control(public=True, max_age=YEAR, immutable=True)
def stylesheet(request: HttpRequest, digest: str) -> HttpResponse:
    """The style sheet under the digest of its content, so that it can be kept for good."""
    _, text, packed = bundle()
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(packed if zipped else text, content_type="text/css; charset=utf-8")
    if zipped:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    return response


def may_see_gallery(request: HttpRequest) -> bool:
    """Whoever builds or runs the system."""
    return settings.DEBUG or any(post.role == "operator" for post in request.actor.posts)


@require_GET
@allow(may_see_gallery)
def gallery(request: HttpRequest, shell: str = "public") -> HttpResponse:
    """Every component in every state, to be looked at; inside each of the shells."""
    if shell not in ("public", "resident", "staff"):
        raise Http404
    return render(request, f"look/gallery_{shell}.html", samples.context(request))

"""What a browser may load and run on our pages: our own host's files, and nothing written into a page."""

from collections.abc import Iterable

from django.conf import settings


def csp(get_response):
    """Middleware: the Content-Security-Policy of the settings on every answer; the same text always, made once."""
    value = text(settings.CONTENT_SECURITY_POLICY)

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", value)
        return response

    return middleware


def text(policy: dict[str, Iterable[str]]) -> str:
    """A policy as the header has it."""
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in policy.items())

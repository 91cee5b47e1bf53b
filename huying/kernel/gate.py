"""Every view states who may come in: `@allow(rule)`. A system check refuses to start when one does not."""

import functools
import inspect
from collections.abc import Callable, Iterator
from functools import wraps

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth.views import redirect_to_login
from django.core.checks import Error, register
from django.http import HttpRequest, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput, Forbidden, Refusal, TooMany

GateRule = Callable[[HttpRequest], bool]

# Packages whose views bring their own rule or are open to all; the check passes them, site/urls.py adds to them.
TRUSTED_MODULES: set[str] = {"django.contrib.staticfiles", "django.views.static", "django.views.i18n", "ninja.openapi"}


def anyone(request: HttpRequest) -> bool:
    """Open to everybody; what is shown is still cut by `visible_to`."""
    return True


def logged_in(request: HttpRequest) -> bool:
    """A known person."""
    return request.actor.is_person


def holding(*roles: str) -> GateRule:
    """Somebody who holds one of the roles anywhere; the rows they see are cut by `visible_to`."""

    def rule(request: HttpRequest) -> bool:
        return any(post.role in roles for post in request.actor.posts)

    rule.__name__ = f"holding({', '.join(roles)})"
    return rule


def allow(rule: GateRule):
    """Guard a view by a rule; the rule stays readable as `view.allow`."""

    def refuse(request):
        if not request.actor.is_person and not getattr(request, "htmx", False):
            return redirect_to_login(request.get_full_path())
        raise Forbidden(_("这一页不对您开放。如果您觉得应该能看，请联系社区。"))

    def wrap(view):
        if iscoroutinefunction(view):

            @wraps(view)
            async def guarded(request, *args, **kwargs):
                # The actor is read from the database at first use.
                if await sync_to_async(rule)(request):
                    return await view(request, *args, **kwargs)
                return await sync_to_async(refuse)(request)
        else:

            @wraps(view)
            def guarded(request, *args, **kwargs):
                return view(request, *args, **kwargs) if rule(request) else refuse(request)

        guarded.allow = rule
        return guarded

    return wrap


def problem(refusal: Refusal, *, instance: str = "") -> JsonResponse:
    """The refusal as RFC 9457 problem+json."""
    body = {"type": "about:blank", "title": refusal.reason, "status": refusal.status, "code": refusal.code}
    if instance:
        body["instance"] = instance
    for extra in ("fields", "events", "retry_after", "challenge"):
        value = getattr(refusal, extra, None)
        if value:
            body[extra] = value
    response = JsonResponse(body, status=refusal.status)
    response["Content-Type"] = "application/problem+json"
    return response


def refusals(get_response):
    """Middleware: a Refusal that a view let through becomes a page with its words and the right status."""

    def middleware(request):
        return get_response(request)

    def process_exception(request, exception):
        if not isinstance(exception, Refusal):
            return None
        if "application/json" in request.headers.get("Accept", "") and "text/html" not in request.headers["Accept"]:
            response = problem(exception, instance=request.path)
        else:
            response = render(
                request, f"errors/{exception.status}.html", {"refusal": exception}, status=exception.status
            )
        if isinstance(exception, TooMany):
            response["Retry-After"] = str(exception.retry_after)
        return response

    middleware.process_exception = process_exception
    return middleware


def _walk(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def _trusted(module: str) -> bool:
    return any(module == trusted or module.startswith(trusted + ".") for trusted in TRUSTED_MODULES)


def _operations(view) -> list | None:
    """The operations behind a view of django-ninja, or None when it is another view."""
    if view.__module__ != "ninja.operation":
        return None
    path_view = inspect.getclosurevars(view).nonlocals.get("self")
    return getattr(path_view, "operations", None)


def unguarded(view) -> Iterator[str]:
    """The names of what a URL's callback leaves open without saying so; usually none or the view itself.

    An operation of the API is guarded by its `auth`, or says `@allow(anyone)`.
    """
    while isinstance(view, functools.partial) and not hasattr(view, "allow"):
        view = view.func
    operations = _operations(view)
    if operations is not None:
        for operation in operations:
            function = operation.view_func
            if not operation.auth_callbacks and not hasattr(function, "allow"):
                yield f"{function.__module__}.{function.__name__}"
    elif not hasattr(view, "allow") and not _trusted(view.__module__):
        named = getattr(view, "view_class", view)
        yield f"{named.__module__}.{getattr(named, '__name__', named)}"


@register()
def every_view_states_its_rule(app_configs=None, **kwargs):
    """System check: a view of ours without `@allow` is an error, so that nothing is open by oversight."""
    return [
        Error(f"{route}: {name} states no rule; add @allow(…)", id="kernel.E001")
        for route, view in _walk(get_resolver().url_patterns)
        for name in unguarded(view)
    ]


__all__ = ["BadInput", "Forbidden", "allow", "anyone", "holding", "logged_in", "problem", "refusals"]


def unseen(view):
    """Keep a secret page out of search engines, other sites' logs and shared caches."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "private, no-store"
        return response

    return guarded

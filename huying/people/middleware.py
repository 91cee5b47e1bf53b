"""Who makes this request."""

import time
from dataclasses import replace

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from huying.kernel import policy
from huying.kernel.scopes import ANONYMOUS, Actor
from huying.people.accounts import MISSING, wants_second_factor
from huying.people.queries import actor_for

# A session lasts so long from when it was last used; written anew only now and then, not at every page.
TOUCH_EVERY = 600


def _held_back(request) -> bool:
    """Whether this session waits for a second factor that policy requires; asks anew as long as it does."""
    if not request.session.get(MISSING) or policy.load("people")["second_factor"] != "require":
        return False
    if wants_second_factor(request.user):
        return True
    del request.session[MISSING]
    return False


def actor(get_response):
    """Set `request.actor` from the session's person, lazily: no query for a page that does not ask."""

    def middleware(request):
        def who() -> Actor:
            if not request.user.is_authenticated:
                return ANONYMOUS
            found = actor_for(request.user)
            return replace(found, posts=()) if _held_back(request) else found

        request.actor = SimpleLazyObject(who)
        # Only a request that brings a session is looked at: residents have none.
        if request.COOKIES.get("sessionid") and request.user.is_authenticated:
            now = int(time.time())
            if now - request.session.get("seen", 0) > TOUCH_EVERY:
                request.session["seen"] = now
            door = reverse("people:second_factor")
            if _held_back(request) and not request.path.startswith((door, "/accounts/", "/look/", "/static/")):
                return redirect(door)
        return get_response(request)

    return middleware

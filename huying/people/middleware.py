"""Who makes this request."""

from django.utils.functional import SimpleLazyObject

from huying.kernel.scopes import ANONYMOUS, Actor
from huying.people.queries import actor_for


def actor(get_response):
    """Set `request.actor` from the session's person, lazily: no query for a page that does not ask."""

    def middleware(request):
        def who() -> Actor:
            return actor_for(request.user) if request.user.is_authenticated else ANONYMOUS

        request.actor = SimpleLazyObject(who)
        return get_response(request)

    return middleware

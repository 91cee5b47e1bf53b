"""What the pages of call-outs share: who may come in, how a call-out and its posts look."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone
from django.views.decorators.cache import cache_control

from huying.callouts import rules
from huying.callouts.models import Callout, Shift
from huying.directory.catalogue import names
from huying.kernel.gate import holding
from huying.kernel.ltree import ancestors_of
from huying.kernel.scopes import Actor
from huying.places.models import Place

# These pages show what only some may see.
private = cache_control(private=True, no_store=True)
organiser = holding(*rules.ORGANISERS)
LOOKS = {
    "open": ("hand", "call"),
    "closed": ("clock", "info"),
    "finished": ("check", "quiet"),
    "called_off": ("return", "quiet"),
}
SIGNUP_LOOKS = {
    "waiting": ("clock", "info"),
    "offered": ("bell", "call"),
    "confirmed": ("check", "answer"),
    "withdrawn": ("return", "quiet"),
    "declined": ("return", "quiet"),
    "lapsed": ("clock", "quiet"),
    "cancelled": ("close", "quiet"),
}
# Beyond so many places, dots are no picture any more.
MOST_DOTS = 24


def organises_somewhere(request: HttpRequest) -> bool:
    """Whoever posts call-outs."""
    return organiser(request)


@dataclass
class Post:
    """A post as a picture: so many dots filled, so many empty, in words besides."""

    shift: Shift
    waiting: int = 0

    @property
    def dots(self) -> list[bool]:
        """Filled and empty places, one dot each; none when there are too many to count at a glance."""
        if self.shift.capacity > MOST_DOTS:
            return []
        return [True] * self.shift.taken + [False] * self.shift.free

    @property
    def full(self) -> bool:
        """Whether nobody more has room."""
        return self.shift.free <= 0

    @property
    def shut(self) -> bool:
        """A risky post whose insurance nobody has confirmed yet."""
        return self.shift.risky and self.shift.insured_at is None

    @property
    def skills(self) -> list[str]:
        """What one must be able to do, in words."""
        return names(self.shift.skills)

    @property
    def body(self) -> list[str]:
        """What it asks of the body, in words."""
        words = dict(Shift._meta.get_field("body").base_field.flatchoices)
        return [str(words.get(code, code)) for code in self.shift.body]


def where_of(callouts: list[Callout]) -> dict[int, str]:
    """Call-out → the compound or community where it is, in words: one query for all."""
    paths = {above for one in callouts for above in [*ancestors_of(one.path), one.path]}
    rows = Place.objects.filter(path__in=paths, kind__in=("compound", "community")).order_by("valid_from")
    found = {place.path: str(place) for place in rows}
    told = {}
    for one in callouts:
        chain = [one.path, *reversed(ancestors_of(one.path))]
        told[one.pk] = next((found[path] for path in chain if path in found), "")
    return told


def own_places(actor: Actor) -> list[Place]:
    """The compounds and communities of one's own posts, the smallest first: where a call-out is posted without a search."""
    held = {post.place_id for post in actor.posts if post.role in rules.ORGANISERS}
    own = Place.objects.current().filter(pk__in=held, kind__in=("compound", "community"))
    return sorted(own, key=lambda one: (-one.path.count("."), str(one)))[:8]


def by_window(posts: list[dict]) -> list[dict]:
    """Posts side by side that are at the same time: [{start, end, posts}], in order."""
    windows: dict[tuple, list[dict]] = {}
    for one in posts:
        shift = one["post"].shift
        windows.setdefault((shift.starts_at, shift.ends_at), []).append(one)
    return [
        {"start": start, "end": end, "over_night": over_night(start, end), "posts": found}
        for (start, end), found in windows.items()
    ]


def over_night(start: dt.datetime, end: dt.datetime) -> bool:
    """Whether a time ends on another day than it begins, by the clock on the wall."""
    return timezone.localtime(start).date() != timezone.localtime(end).date()

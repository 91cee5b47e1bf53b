"""Reads of calls that span tables."""

import datetime as dt

from django.utils import timezone

from huying.calls import rules
from huying.calls.alike import CANDIDATES, LIKE_ENOUGH, SAME_CATEGORY, likeness
from huying.calls.models import Call
from huying.kernel.ltree import ancestors_of
from huying.people.models import Post
from huying.places.models import Place


def community_of(place: Place) -> Place | None:
    """The community that a place is or stands in; None above the communities."""
    if place.kind == "community":
        return place
    return Place.objects.filter(kind="community", path__in=ancestors_of(place.path)).order_by("-valid_from").first()


def owner_still_there(call: Call) -> bool:
    """Whether the owner still holds a post that covers the call; lists ask for all their rows at once beforehand."""
    if "owner_there" in call.__dict__:
        return call.owner_there
    return (
        call.owner_id is not None
        and Post.objects.current()
        .filter(person_id=call.owner_id, person__is_active=True, role__in=rules.HANDLERS)
        .filter(place__path__in=[call.path, *ancestors_of(call.path)])
        .exists()
    )


def colleagues(call: Call):
    """The people who could own a call at its level or above: (post, person) rows, nearest first."""
    return (
        Post.objects.current()
        .filter(
            role__in=rules.roles_from(call.level),
            place__path__in=[call.path, *ancestors_of(call.path)],
            person__is_active=True,
        )
        .select_related("person", "place")
        .order_by("-place__path", "person__name")
    )


def same_matters(call: Call, limit: int = 8) -> list[Call]:
    """Calls that may be the same matter, the most alike first: of the same community and the last 30 days; one query."""
    if call.community_id is None:
        return []
    rows = list(
        Call.objects.filter(community_id=call.community_id, raised_at__gte=timezone.now() - dt.timedelta(days=30))
        .exclude(pk=call.pk)
        .exclude(state__in=("merged", "withdrawn", "declined"))
        .order_by("-id")[:CANDIDATES]
    )
    ranked = []
    for score, row in zip(likeness(call.text, [row.text for row in rows]), rows, strict=True):
        if call.category and row.category == call.category:
            score += SAME_CATEGORY
        if row.place_id == call.place_id and score > 0:
            score += SAME_CATEGORY
        if score >= LIKE_ENOUGH:
            ranked.append((-score, -row.pk, row))
    return [row for _score, _pk, row in sorted(ranked, key=lambda one: one[:2])[:limit]]

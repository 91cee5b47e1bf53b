"""Long imports, and forgetting lists that were never taken in."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel import progress
from huying.kernel.jobs import job, periodic
from huying.kernel.scopes import Actor, Post
from huying.places.actions import import_households
from huying.places.models import PlaceImport

_KEPT = dt.timedelta(days=1)


@job(retry=0)
def bring_in(batch: int, bar: int, by: int, posts: list[list]) -> None:
    """Take in a long list for the person who asked; `posts` are those that let them, as (role, path, place)."""
    actor = Actor(id=by, kind="person", posts=tuple(Post(*post) for post in posts))
    with progress.running(bar) as show:
        done = import_households(PlaceImport.objects.get(pk=batch), by=actor, progress=show)
        show.result = {"href": reverse("places:import", args=[batch]), "words": _("新增 %d 处。") % done.added}


@periodic("40 3 * * *")
def forget_lists() -> int:
    """Erase what was kept of uploaded lists for longer than a day; returns of how many."""
    return PlaceImport.objects.filter(plan__isnull=False, at__lt=timezone.now() - _KEPT).update(plan=None)

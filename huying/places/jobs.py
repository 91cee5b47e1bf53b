"""What a worker does for places: long imports, and forgetting lists that were never taken in."""

import datetime as dt

from django.utils import timezone

from huying.kernel.jobs import periodic
from huying.places.households import bring_in
from huying.places.models import PlaceImport

__all__ = ["bring_in", "forget_lists"]

_KEPT = dt.timedelta(days=1)


@periodic("40 3 * * *")
def forget_lists() -> int:
    """Erase what was kept of uploaded lists for longer than a day; returns of how many."""
    return PlaceImport.objects.filter(plan__isnull=False, at__lt=timezone.now() - _KEPT).update(plan=None)

"""What call-outs add to the two modes: the places that stayed empty, for the report; what a switch would change, before it is done."""

from collections.abc import Iterable

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from huying.callouts import rules
from huying.callouts.catalogue import templates
from huying.callouts.models import Callout, Shift
from huying.modes.models import Mode
from huying.places.models import Place


def empty_places(mode: Mode) -> int:
    """Places in posts during a mode that nobody held; call-outs that were called off are left out."""
    during = Shift.objects.filter(
        callout__path__within=mode.path, starts_at__lt=mode.over_at, ends_at__gt=mode.starts_at
    ).exclude(callout__state=rules.CALLED_OFF)
    return during.aggregate(n=Sum(F("capacity") - F("taken")))["n"] or 0


def foresee(place: Place, kind: str, level: int) -> Iterable[str]:
    """What a switch would change for call-outs, in a sentence."""
    ready = [one for one in templates("emergency") if one not in templates("peace")]
    live = Callout.objects.live().filter(path__within=place.path).count()
    yield _("%(n)d 次召集照常进行；发新的召集时，先给出应急的 %(templates)d 个模板。") % {
        "n": live,
        "templates": len(ready),
    }

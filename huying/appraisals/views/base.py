"""What the views share: who is spoken of, and a cache rule for pages about persons."""

from functools import wraps

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import patch_cache_control

from huying.appraisals import queries
from huying.appraisals.rules import Period
from huying.directory.models import Unit
from huying.kernel.scopes import Actor
from huying.people.models import Person
from huying.places.models import Place


class PeriodConverter:
    """A year or a quarter in an address: '2026', '2026-q3'."""

    regex = r"20\d\d(?:-q[1-4])?"

    def to_python(self, value: str) -> Period:
        """The period."""
        year, _dash, quarter = value.partition("-q")
        return Period(int(year), int(quarter or 0))

    def to_url(self, value) -> str:
        """Its place in the address."""
        return value.code if isinstance(value, Period) else str(value)


def private(view):
    """What speaks of persons is kept by no cache on the way."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        return response

    return wrapped


def unit_or_404(actor: Actor, pk: int) -> Unit:
    """A unit whose summary the actor reads."""
    return get_object_or_404(queries.units_read_by(actor).select_related("place"), pk=pk)


def giver_or_404(actor: Actor, slug: str) -> Place | Unit:
    """For whom the actor appraises, by 'place-12' or 'unit-3'."""
    kind, pk = _parts(slug, ("place", "unit"))
    found = get_object_or_404(Place if kind == "place" else Unit.objects.select_related("place"), pk=pk)
    # Whoever works for the successor of a community that ended is told so.
    heirs = queries.successors(found) if kind == "place" else []
    if not any(queries.may_give(actor, one) for one in (found, *heirs)):
        raise Http404
    return found


def subject_or_404(slug: str) -> Unit | Person:
    """Who is appraised, by 'unit-3' or 'person-7'."""
    kind, pk = _parts(slug, ("unit", "person"))
    return get_object_or_404(Unit if kind == "unit" else Person, pk=pk)


def _parts(slug: str, kinds: tuple[str, ...]) -> tuple[str, int]:
    kind, _dash, number = slug.partition("-")
    if kind not in kinds or not number.isdecimal() or len(number) > 15:
        raise Http404
    return kind, int(number)


def slug_of(row: Place | Unit | Person) -> str:
    """How a giver or a subject stands in an address."""
    return f"{row._meta.model_name}-{row.pk}"


def name_of(row: Place | Unit | Person) -> str:
    """How one calls them."""
    return str(row) if isinstance(row, Place) else row.name


def writing(giver, year: int, subject=None, project: int | None = None) -> str:
    """The address of a year's page, or of the form for one subject."""
    if subject is None:
        return reverse("appraisals:year", args=[slug_of(giver), year])
    to = reverse("appraisals:write", args=[slug_of(giver), year, slug_of(subject)])
    return f"{to}?project={project}" if project else to

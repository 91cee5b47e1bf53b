"""Where one begins: what one did oneself, what was said of it, one's units, and what one may write."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from huying.appraisals import matters, queries, wording
from huying.appraisals.catalogue import level_words
from huying.appraisals.models import READERS
from huying.appraisals.rules import Period, quarter_of
from huying.appraisals.views.base import name_of, private, slug_of, writing
from huying.appraisals.views.summary import FIRST_YEAR, rows_of
from huying.kernel.gate import allow, logged_in
from huying.people.models import Person

MOST = 100


def _year(request) -> int:
    """The year that is asked for, else this one."""
    given, now = request.GET.get("year", ""), timezone.localdate().year
    return int(given) if given.isdecimal() and len(given) == 4 and FIRST_YEAR <= int(given) <= now else now


def _projects(giver, actor) -> list[dict]:
    """The projects that may be appraised, each with who may be, and how they stand in an address."""
    return [
        {
            "project": of.project,
            "at": of.at,
            "year": of.year,
            "subjects": [{"name": name_of(one), "slug": slug_of(one)} for one in of.subjects],
        }
        for of in queries.projects_to_appraise(giver, actor)
    ]


@require_safe
@allow(logged_in)
@private
def page(request):
    """One's own record and what was said of one; the units whose quarters one reads; the years that wait to be written."""
    actor, today = request.actor, timezone.localdate()
    year = _year(request)
    me = Person.objects.get(pk=actor.id)
    record = queries.record_of_person(me, Period(year), actor)
    deeds = queries.deeds_of_person(me, Period(year), actor).select_related("person", "unit")
    staff = any(post.role in READERS for post in actor.posts)
    units = list(queries.units_read_by(actor).select_related("place")[:MOST])
    last = quarter_of(today).before()
    context = {
        "year": year,
        "years": [year - 1 if year > FIRST_YEAR else None, year + 1 if year < today.year else None],
        "record": record,
        "did": wording.in_words(record),
        "rows": rows_of(record, lambda _figure: ""),
        "lines": matters.lines(deeds[:MOST], actor),
        "said": [
            (entry, level_words(entry.level), name_of(entry.place or entry.from_unit))
            for entry in queries.about(actor)[:MOST]
        ],
        "units": units,
        "last": last,
        "last_words": wording.period_words(last),
        "now": quarter_of(today),
        "givers": [
            {
                "name": name_of(giver),
                "slug": slug_of(giver),
                "is_unit": slug_of(giver).startswith("unit"),
                "href": writing(giver, today.year - 1),
                "now": writing(giver, today.year),
                "projects": _projects(giver, actor),
            }
            for giver in queries.givers(actor)
        ],
        "last_year": today.year - 1,
        "this_year": today.year,
        "staff": staff,
    }
    return render(request, "appraisals/home.html", context)

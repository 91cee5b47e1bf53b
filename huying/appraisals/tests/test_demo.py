"""The demo's past: loaded once however often, with figures that come from the log."""

import pytest
from django.core.cache import cache
from django.utils import timezone

from huying.appraisals import queries
from huying.appraisals.models import Appraisal, AppraisalReply
from huying.appraisals.rules import Period
from huying.directory.models import Unit
from huying.kernel.models import Event
from huying.people.models import Person
from huying.people.queries import actor_for
from huying.site import demo

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_the_firm_has_a_year_behind_it(settings, tmp_path):
    settings.HUYING_DATA = tmp_path
    cache.clear()
    demo.load()
    firm = Unit.objects.get(place__short_name=demo.HEART, kind="property")
    year = Period(timezone.localdate().year - 1)
    of = queries.record_of_unit(firm, year, actor_for(Person.objects.get(username="gao")))
    assert of.known == {"call-taken": 3, "call-done": 3, "call-confirmed": 2}
    line = queries.line_of(Appraisal.objects.get(unit=firm, year=year.year, root=None).pk)
    assert [entry.level for entry in line] == ["usual", "fairly"] and line[0].known == of.known
    # A word after a project, with its reply; and the firm on one of its people.
    assert Appraisal.objects.filter(project_id__isnull=False, made_up=True).count() == 1
    assert Appraisal.objects.filter(from_unit=firm, person__username="m-shi").count() == 1
    assert AppraisalReply.objects.count() == 2
    before = (Event.objects.count(), Appraisal.objects.count())
    demo.load()
    assert (Event.objects.count(), Appraisal.objects.count()) == before

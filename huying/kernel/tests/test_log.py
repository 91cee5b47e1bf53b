"""The event log can only grow."""

import pytest
from django.db import DatabaseError, connection, transaction

from huying.kernel.log import record
from huying.kernel.models import CalendarDay, Event
from huying.kernel.scopes import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    import datetime as dt

    day = CalendarDay(day=dt.date(2030, 1, 1), working=False)
    day.pk = 7
    return Event.objects.get(pk=record("kernel.tested", day, by=SYSTEM, n=1))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE kernel_event SET kind = 'other'",
        "DELETE FROM kernel_event",
        "TRUNCATE kernel_event",
        "UPDATE kernel_event SET kind = 'other' WHERE false",
    ],
)
def test_the_log_refuses_everything_but_growing(event, sql):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert Event.objects.get(pk=event.pk).kind == "kernel.tested"

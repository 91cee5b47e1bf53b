"""Prepared statements below the cursor: the same values, errors and connections as everywhere else."""

import datetime as dt

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from huying.kernel import prepared

ECHO = "SELECT %(text)s::text, %(number)s::bigint, %(day)s::date, %(list)s::text[], %(text)s || '!', NULL::text"


@pytest.mark.django_db(transaction=True)
def test_values_come_back_as_they_went():
    values = {
        "text": "楼道灯'\\\"%s %(x)s 😀",
        "number": -(2**62),
        "day": dt.date(2026, 6, 23),
        "list": ["a,b", "{}", ""],
    }
    for _ in range(3):
        row = prepared.rows(ECHO, values)[0]
        assert row == (values["text"], values["number"], values["day"], values["list"], values["text"] + "!", None)


@pytest.mark.django_db(transaction=True)
def test_no_row_is_an_empty_list():
    assert prepared.rows("SELECT 1 WHERE %(no)s::bool", {"no": False}) == []


@pytest.mark.django_db(transaction=True)
def test_what_the_database_refuses_is_raised_as_django_does():
    with pytest.raises(DataError):
        prepared.rows("SELECT 1 / %(zero)s::int", {"zero": 0})
    with pytest.raises(IntegrityError):
        prepared.rows(
            "INSERT INTO kernel_heartbeat (part, at, host, pid) VALUES (%(part)s, NULL, '', 1)", {"part": "x"}
        )
    assert prepared.rows("SELECT %(one)s::int", {"one": 1}) == [(1,)], "the connection is as good as before"


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_told_and_the_next_one_plans_anew():
    assert prepared.rows("SELECT %(one)s::int", {"one": 1}) == [(1,)]
    pid = prepared.rows("SELECT pg_backend_pid()", {})[0][0]
    own, connection.connection = connection.connection, None
    connection.ensure_connection()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    finally:
        connection.close()
        connection.connection = own
    with pytest.raises(OperationalError):
        prepared.rows("SELECT %(one)s::int", {"one": 1})
    connection.close()
    assert prepared.rows("SELECT %(one)s::int", {"one": 2}) == [(2,)]


@pytest.mark.django_db(transaction=True)
def test_in_a_transaction_it_is_part_of_it():
    with transaction.atomic():
        prepared.rows(
            "INSERT INTO kernel_heartbeat (part, at, host, pid) VALUES (%(part)s, now(), '', 1) RETURNING part",
            {"part": "x"},
        )
        transaction.set_rollback(True)
    assert prepared.rows("SELECT count(*) FROM kernel_heartbeat WHERE part = %(part)s", {"part": "x"}) == [(0,)]


@pytest.mark.django_db
def test_who_counts_queries_sees_it(django_assert_num_queries):
    with django_assert_num_queries(1):
        prepared.rows("SELECT %(one)s::int", {"one": 1})

"""Any PostgreSQL from version 15 on will do; run against one by `make test` through DATABASE_URL."""

import pytest
from django.db import connection
from django.test import Client

from huying.kernel import embedded
from huying.site import database, readiness

pytestmark = pytest.mark.django_db


def test_the_server_is_new_enough_and_has_what_the_tables_rely_on():
    readiness.refuse_old_database()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        assert {name for (name,) in cursor.fetchall()} >= set(embedded.EXTENSIONS)
    assert readiness.pending_migrations() == []


def test_the_role_is_an_ordinary_one():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone()[0] is False


def test_pages_are_answered():
    client = Client()
    assert client.get("/healthz").json()["ok"] is True
    assert client.get("/").status_code == 200
    assert client.get("/accounts/login/").status_code == 200


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://hu%40ying:p%2Fw@db.example:5433/city?sslmode=require",
            {
                "NAME": "city",
                "USER": "hu@ying",
                "PASSWORD": "p/w",
                "HOST": "db.example",
                "PORT": "5433",
                "OPTIONS": {"sslmode": "require"},
            },
        ),
        (
            "postgres:///huying?host=/run/postgresql",
            {"NAME": "huying", "USER": "", "PASSWORD": "", "HOST": "/run/postgresql", "PORT": "", "OPTIONS": {}},
        ),
    ],
)
def test_a_url_becomes_settings(url, expected):
    assert database.parse_url(url) == expected


@pytest.mark.parametrize("url", ["mysql://x/y", "huying", "sqlite:///x"])
def test_a_url_of_another_kind_is_refused_in_words(url):
    with pytest.raises(ValueError, match="must start with postgresql://"):
        database.parse_url(url)

"""The toy's table and what the kernel's tests share."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from huying.kernel import calendar, policy, readers
from huying.kernel.tests.toy import Toy


@pytest.fixture(scope="session")
def toy_table(django_db_setup, django_db_blocker):
    """The table, made once; the test runner does not know it, hence `emptied` below."""
    with django_db_blocker.unblock():
        if Toy._meta.db_table not in connection.introspection.table_names():
            with connection.schema_editor() as editor:
                editor.create_model(Toy)
    connection.close()


@pytest.fixture
def toys(toy_table, db):
    """Toys in a test that is rolled back."""
    return Toy.objects


@pytest.fixture
def real_toys(toy_table, transactional_db):
    """Toys in a test that commits, as one with threads must."""
    yield Toy.objects
    Toy.objects.all().delete()


@pytest.fixture(autouse=True)
def fresh_caches():
    """No test inherits another's calendar, policy or readers."""
    before = dict(readers.READERS)
    readers.READERS.clear()
    yield
    readers.READERS.clear()
    readers.READERS.update(before)
    calendar.forget()
    policy.reload()


@pytest.fixture
def threads():
    """Run functions in threads that close their connections: `threads(f, g)` returns their results, errors included."""

    def run(*functions):
        def one(function):
            try:
                return function()
            except Exception as error:
                return error
            finally:
                connection.close()

        with ThreadPoolExecutor(len(functions)) as pool:
            return list(pool.map(one, functions))

    return run


def eventually(condition, seconds: float = 180):
    """Wait until the condition holds: other tests of this run share the server, and the longest of their transactions
    holds readers back until it ends."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


class Gate:
    """Two threads that wait for each other at named points."""

    def __init__(self):
        self.points: dict[str, threading.Event] = {}

    def _point(self, name):
        return self.points.setdefault(name, threading.Event())

    def open(self, name):
        self._point(name).set()

    def wait(self, name):
        assert self._point(name).wait(10), f"nobody came to {name!r}"

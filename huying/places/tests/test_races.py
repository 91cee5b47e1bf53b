"""Two lists at once."""

import threading

import pytest
from django.db import IntegrityError, connection

from huying.kernel.errors import BadInput
from huying.kernel.scopes import SYSTEM
from huying.places import households
from huying.places.actions import import_households, propose_import
from huying.places.models import Place
from huying.places.tests.test_households import HEAD, as_csv

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(tree, monkeypatch) -> list:
    """Take in two lists that name the same building, one for the community and one for its compound; what came of each."""
    meeting, came = threading.Barrier(2), []
    plan_of = households.plan_of

    def planned(*args):
        plan = plan_of(*args)
        try:
            meeting.wait(timeout=1)
        except threading.BrokenBarrierError:
            pass
        return plan

    monkeypatch.setattr(households, "plan_of", planned)
    lists = [
        propose_import(tree["community"], "a.csv", as_csv(HEAD, ["骊山新家园", 99, 1, 101]), by=SYSTEM),
        propose_import(tree["compound"], "b.csv", as_csv(["楼栋"], [99]), by=SYSTEM),
    ]

    def take(batch):
        try:
            came.append(import_households(batch, by=SYSTEM).added)
        except (BadInput, IntegrityError) as error:
            came.append(type(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[batch]) for batch in lists]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def test_two_lists_at_once_bring_a_building_once(tree, monkeypatch):
    came = at_once(tree, monkeypatch)
    assert IntegrityError not in came and Place.objects.filter(name="99栋").count() == 1


def test_without_the_lock_both_would_bring_it(tree, monkeypatch):
    monkeypatch.setattr(households, "_place_alone", lambda batch: batch.place)
    assert IntegrityError in at_once(tree, monkeypatch)
    assert Place.objects.filter(name="99栋").count() == 1

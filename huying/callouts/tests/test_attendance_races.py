"""Code and list at the same moment are one check-in; without the lock they would be two."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from huying.callouts.actions import attendance as place
from huying.callouts.models import Attendance
from huying.callouts.tests.scene import confirmed
from huying.kernel.models import Event


@pytest.fixture
def xu(scene):
    """Xu holds a place at the scanning post from 6 to 9."""
    return confirmed(scene.shifts["scan"], scene.person("xu"))


def minutes(signup, after: int) -> dt.datetime:
    """So many minutes after the post begins."""
    return signup.shift.starts_at + dt.timedelta(minutes=after)


def together(*works) -> list:
    """Run works in threads that start at once; what each returned or raised."""
    start, results = threading.Barrier(len(works)), [None] * len(works)

    def run(number, work):
        try:
            start.wait(10)
            results[number] = work()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
def test_code_and_list_at_once_are_one_check_in(scene, xu):
    own, gao, at = scene.actor("xu"), scene.actor("gao"), minutes(xu, 0)
    works = [lambda: place.check_in(xu, by=own, at=at), lambda: place.check_in(xu, by=gao, how="list", at=at)] * 3
    results = together(*works)
    assert sorted(done.now for done in results) == [False] * 5 + [True]
    assert Attendance.objects.count() == 1
    assert Event.objects.filter(kind="callouts.checked_in").count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_race_is_real(scene, xu):
    both_looked = threading.Barrier(2)

    def unlocked():
        with transaction.atomic():
            found = Attendance.objects.filter(signup=xu).exists()
            both_looked.wait(10)
            if not found:
                Attendance.objects.create(signup=xu, in_at=timezone.now(), how_in="code")

    results = together(unlocked, unlocked)
    assert any(isinstance(one, IntegrityError) for one in results)

"""A rush of claimants: each wish is claimed once, every loser is told at once; and the race is real without the guard."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from huying.kernel.models import Event
from huying.people.models import Person, Post
from huying.people.queries import actor_for
from huying.wishes import actions, events
from huying.wishes.actions import Gone
from huying.wishes.models import Claim, Wish
from huying.wishes.queries import others_instead
from huying.wishes.tests.scene import in_state, on_the_wall

CLAIMANTS, WISHES, SPARE, AT_ONCE = 1000, 100, 3, 16


def crowd(stage, count: int) -> list[Person]:
    """Volunteers of the community."""
    people = Person.objects.bulk_create(
        [Person(username=f"v{number}", name=f"志愿者{number}", password="!") for number in range(count)]
    )
    today = timezone.localdate()
    Post.objects.bulk_create(
        [Post(person=one, role="volunteer", place=stage.place("community"), valid_from=today) for one in people]
    )
    return people


def copies(stage, count: int) -> list[Wish]:
    """So many wishes on the wall."""
    pattern = on_the_wall(stage)
    rest = []
    for number in range(count - 1):
        one = Wish.objects.get(pk=pattern.pk)
        one.pk, one.intake_key, one.slot, one.identity = None, f"copy-{number:06d}", number + 2, None
        one.address_sealed = one.hardship_sealed = None
        rest.append(one)
    return [pattern, *Wish.objects.bulk_create(rest)]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_a_thousand_at_once_each_wish_has_one_and_every_loser_is_offered_another(stage):
    # A few more hang there that nobody came for: they are offered to those who are too late.
    wishes, people = copies(stage, WISHES + SPARE), crowd(stage, CLAIMANTS)
    wishes = wishes[:WISHES]
    told: list[tuple[str, float, int]] = []
    lock = threading.Lock()

    def run(number: int) -> None:
        # Ten want each wish, and all of the ten come together.
        wish = wishes[number // (CLAIMANTS // WISHES)]
        by = actor_for(people[number])
        begun = time.perf_counter()
        others = 0
        try:
            actions.claim(Wish.objects.get(pk=wish.pk), by=by)
            outcome = "won"
        except Gone as refusal:
            outcome, others = refusal.code, len(others_instead(wish, by))
        with lock:
            told.append((outcome, time.perf_counter() - begun, others))

    def work(first: int) -> None:
        try:
            for number in range(first, CLAIMANTS, AT_ONCE):
                run(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(work, range(AT_ONCE)))
    outcomes = Counter(outcome for outcome, _seconds, _others in told)
    assert outcomes == {"won": WISHES, "gone": CLAIMANTS - WISHES}
    assert Counter(Claim.objects.filter(ended_at=None).values_list("wish", flat=True)) == {w.pk: 1 for w in wishes}
    assert Event.objects.filter(kind=events.CLAIMED).count() == WISHES
    assert max(seconds for _outcome, seconds, _others in told) < 10
    assert all(others for outcome, _seconds, others in told if outcome == "gone")


def _check_then_claim(wish_id: int, person_id: int, meet: threading.Barrier) -> None:
    """How it goes wrong: look whether it is free, then write."""
    try:
        free = not Claim.objects.filter(wish_id=wish_id, ended_at=None).exists()
        meet.wait(timeout=10)
        if free:
            Claim.objects.create(wish_id=wish_id, person_id=person_id)
    finally:
        connection.close()


def _two_at_once(wish_id: int, people) -> list[Exception]:
    meet, trouble = threading.Barrier(2), []

    def run(person_id):
        try:
            _check_then_claim(wish_id, person_id, meet)
        except IntegrityError as error:
            trouble.append(error)

    threads = [threading.Thread(target=run, args=[person.pk]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return trouble


@pytest.mark.django_db(transaction=True)
def test_without_the_index_two_have_it_and_with_it_one(stage):
    people = crowd(stage, 2)
    index = next(one for one in Claim._meta.constraints if one.name == "one_open_claim_a_wish")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Claim, index)
    try:
        unguarded = in_state(stage, "published")
        assert _two_at_once(unguarded.pk, people) == []
        assert Claim.objects.filter(wish=unguarded).count() == 2
    finally:
        Claim.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Claim, index)
    guarded = in_state(stage, "published")
    assert len(_two_at_once(guarded.pk, people)) == 1
    assert Claim.objects.filter(wish=guarded).count() == 1

"""Many at the same moment: no post over-booked, nobody in two places, no line that stands still; and the races are real.

Each thread has a connection of its own and writes for itself, as processes do that know nothing of each other.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from huying.callouts import rules
from huying.callouts.actions.signup import fill_stuck, item_of, release_place, sign_up, write
from huying.callouts.models import Shift, Signup
from huying.callouts.tests.scene import a_callout, a_shift, crowd
from huying.callouts.workflow import CALLOUT, SIGNUP
from huying.kernel.models import Event
from huying.kernel.scopes import SYSTEM, Actor

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


def all_together(tasks, at_once=AT_ONCE) -> list:
    """Run so many at a time; what each returned, or the error that it met."""
    begin = threading.Barrier(at_once)

    def work(first: int) -> list:
        try:
            begin.wait(20)
            found = []
            for task in tasks[first::at_once]:
                try:
                    found.append(task())
                except Exception as error:
                    found.append(error)
            return found
        finally:
            connection.close()

    with ThreadPoolExecutor(at_once) as pool:
        return [one for part in pool.map(work, range(at_once)) for one in part]


def wish(shift, person) -> dict:
    return item_of(shift, person.pk, by=Actor(id=person.pk, kind="person"))


def alone(shift, person):
    """One sign-up that is not gathered with others."""
    return lambda: write([wish(shift, person)])[0]


def sound(shifts) -> None:
    """No post holds more than it has places for, and each says how many it holds."""
    for shift in Shift.objects.filter(pk__in=[one.pk for one in shifts]):
        assert shift.taken == Signup.objects.holding().filter(shift=shift).count() <= shift.capacity


def test_the_last_places_go_to_as_many_as_there_are(stage):
    callout = a_callout(stage)
    shifts = [a_shift(callout, f"岗{n}", capacity=3) for n in range(4)]
    people = crowd(stage, 80)
    found = all_together([alone(shifts[n % 4], one) for n, one in enumerate(people)])
    assert Counter(one.code for one in found) == {"confirmed": 12, "waiting": 68}
    sound(shifts)
    assert Event.objects.filter(kind="callouts.queued").count() == 68
    for shift in shifts:
        line = list(Signup.objects.waiting().filter(shift=shift).values_list("pk", flat=True))
        assert line == sorted(line)


def test_batches_that_meet_give_each_place_once(stage):
    callout = a_callout(stage)
    shifts = [a_shift(callout, f"岗{n}", start=6 + 3 * (n % 4), capacity=5) for n in range(8)]
    people = crowd(stage, 60)
    wishes = [wish(shifts[(n * 7 + k) % 8], one) for k in range(3) for n, one in enumerate(people)]
    batches = [wishes[n : n + 15] for n in range(0, len(wishes), 15)]
    # Forwards and backwards, so that they meet in the opposite order.
    found = all_together([lambda b=b: write(b) for b in [*batches, *[batch[::-1] for batch in batches]]], 4)
    assert not [one for one in found if isinstance(one, Exception)]
    sound(shifts)
    assert all(shift.taken == 5 for shift in Shift.objects.filter(callout=callout))
    assert max(Counter(Signup.objects.standing().values_list("shift", "person")).values()) == 1


def test_one_person_at_two_posts_at_the_same_time(stage):
    callout = a_callout(stage)
    shifts = [a_shift(callout, "一", start=6), a_shift(callout, "二", start=8)]
    for person in crowd(stage, 12):
        found = all_together([alone(shift, person) for shift in shifts], 2)
        assert sorted(one.code for one in found) == ["confirmed", "overlap"]
        assert Signup.objects.holding().filter(person=person).count() == 1
        Signup.objects.all().delete()
        Shift.objects.update(taken=0)


def test_one_person_at_more_hours_than_a_day_allows(stage):
    callout = a_callout(stage)
    shifts = [a_shift(callout, f"岗{n}", start=n * 2, hours=2, capacity=1) for n in range(3, 11)]
    for person in crowd(stage, 4):
        found = all_together([alone(shift, person) for shift in shifts])
        assert Counter(one.code for one in found) == {"confirmed": 6, "day_hours": 2}
        sound(shifts)
        Signup.objects.all().delete()
        Shift.objects.update(taken=0)


def test_the_same_tap_twice_is_one_sign_up(stage):
    shift = a_shift(a_callout(stage), capacity=1)
    first, second = crowd(stage, 2)
    found = all_together([alone(shift, person) for person in (first, second) for _ in range(8)])
    assert Counter(one.code for one in found) == {"confirmed": 1, "waiting": 1, "already": 14}
    assert Signup.objects.count() == 2
    sound([shift])


def test_gathered_in_one_process_it_is_the_same(stage):
    shift = a_shift(a_callout(stage), capacity=7)
    people = crowd(stage, 60)
    found = all_together(
        [lambda p=p: sign_up(shift, p.pk, by=Actor(id=p.pk, kind="person")) for p in people], at_once=16
    )
    assert Counter(one.code for one in found) == {"confirmed": 7, "waiting": 53}
    sound([shift])


def leave(signup_id: int) -> None:
    """Withdraw or decline, as the actions do."""
    with transaction.atomic():
        row = Signup.objects.select_for_update().get(pk=signup_id)
        if row.state not in rules.STANDING:
            return
        held = row.state in rules.HOLDING
        row.state, row.ended_at, row.expires_at = "withdrawn", timezone.now(), None
        row.save()
        if held:
            release_place(row)


def test_no_line_stands_still_while_people_come_and_go(stage):
    callout = a_callout(stage)
    shifts = [a_shift(callout, f"岗{n}", capacity=2) for n in range(3)]
    people = crowd(stage, 48)

    def come_and_go(n: int):
        shift = shifts[n % 3]
        outcome = write([wish(shift, people[n])])[0]
        if n % 2:
            leave(outcome.signup_id)
        return outcome

    found = all_together([lambda n=n: come_and_go(n) for n in range(48)])
    assert not [one for one in found if isinstance(one, Exception)]
    sound(shifts)
    # Who stayed: eight for each post, of whom as many hold a place as there are.
    assert [Shift.objects.get(pk=shift.pk).taken for shift in shifts] == [2, 2, 2]
    assert Signup.objects.waiting().count() == 24 - 6
    assert fill_stuck() == 0


def test_called_off_while_people_sign_up_nobody_is_left_standing(stage):
    callout = a_callout(stage)
    shift = a_shift(callout, capacity=20)
    people = crowd(stage, 60)

    def call_off():
        with transaction.atomic(), CALLOUT.step("call_off", callout, by=stage.actor("zhi")) as row:
            row.ended_at, row.called_off_reason = timezone.now(), "下雨"
            held = 0
            for one in Signup.objects.standing().filter(shift=shift):
                held += one.state in rules.HOLDING
                with SIGNUP.step("cancel", one, by=SYSTEM) as ended:
                    ended.ended_at = timezone.now()
            Shift.objects.filter(pk=shift.pk).update(taken=F("taken") - held)

    tasks = [alone(shift, one) for one in people]
    tasks.insert(20, call_off)
    found = all_together(tasks)
    assert not [one for one in found if isinstance(one, Exception)]
    assert not Signup.objects.standing().exists()
    assert {one.code for one in found if one} <= {"confirmed", "waiting", "called_off"}
    sound([shift])


def test_a_full_post_waits_for_no_lock(stage):
    callout = a_callout(stage)
    shift = a_shift(callout, capacity=1)
    first, second = crowd(stage, 2)
    write([wish(shift, first)])
    locked, done = threading.Event(), threading.Event()

    def hold():
        try:
            with transaction.atomic():
                Shift.objects.select_for_update(no_key=True).get(pk=shift.pk)
                locked.set()
                done.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    locked.wait(20)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '5s'")
        assert write([wish(shift, second)])[0].code == "waiting"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
        done.set()
        thread.join()


# --- the twins: the same without the guard ---


def look_then_write(shift, person, meet):
    """How it goes wrong: look whether there is room, then write."""
    fresh = Shift.objects.get(pk=shift.pk)
    room = Signup.objects.holding().filter(shift=shift).count() < fresh.capacity
    meet.wait(10)
    if room:
        Signup.objects.create(
            shift=shift, person=person, state="confirmed", confirmed_at=timezone.now(),
            period=(fresh.starts_at, fresh.ends_at), guarded=(fresh.starts_at, fresh.ends_at),
        )  # fmt: skip


def test_who_looks_and_then_writes_books_over(stage):
    shift = a_shift(a_callout(stage), capacity=1)
    meet = threading.Barrier(2)
    all_together([lambda p=p: look_then_write(shift, p, meet) for p in crowd(stage, 2)], 2)
    assert Signup.objects.holding().filter(shift=shift).count() == 2


def test_without_the_exclusion_somebody_stands_in_two_places_and_with_it_in_one(stage):
    callout = a_callout(stage)
    shifts = [a_shift(callout, "一"), a_shift(callout, "二")]
    first, second = crowd(stage, 2)
    rule = next(one for one in Signup._meta.constraints if one.name == "no_two_shifts_at_once")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Signup, rule)
    try:
        meet = threading.Barrier(2)
        assert all_together([lambda s=s: look_then_write(s, first, meet) for s in shifts], 2) == [None, None]
        assert Signup.objects.holding().filter(person=first).count() == 2
    finally:
        Signup.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Signup, rule)
    meet = threading.Barrier(2)
    found = all_together([lambda s=s: look_then_write(s, second, meet) for s in shifts], 2)
    assert [type(one) for one in found if one] == [IntegrityError]
    assert Signup.objects.holding().filter(person=second).count() == 1


def test_without_the_trigger_a_day_grows_too_long_and_with_it_not(stage):
    callout = a_callout(stage)
    shifts = [a_shift(callout, "一", start=0, hours=23), a_shift(callout, "二", start=23, hours=4)]
    first, second = crowd(stage, 2)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE callouts_signup DISABLE TRIGGER USER")
    try:
        meet = threading.Barrier(2)
        all_together([lambda s=s: look_then_write(s, first, meet) for s in shifts], 2)
        assert Signup.objects.holding().filter(person=first).count() == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE callouts_signup ENABLE TRIGGER USER")
    meet = threading.Barrier(2)
    found = all_together([lambda s=s: look_then_write(s, second, meet) for s in shifts], 2)
    assert [type(one) for one in found if one] == [IntegrityError]
    assert Signup.objects.holding().filter(person=second).count() == 1

"""Many writers, one commit: nobody waits without need, nobody fails for another, nobody is answered before the commit."""

import threading
import time

import pytest
from django.db import DataError, OperationalError, connection, transaction

from huying.kernel.gather import Gather


class Book:
    """Writes down what it is given; the first batch can be held up so that others gather behind it."""

    def __init__(self):
        self.batches: list[list] = []
        self.hold = threading.Event()
        self.hold.set()
        self.entered = threading.Event()
        self.refuse = lambda items: None

    def write(self, items):
        self.entered.set()
        self.hold.wait(10)
        self.refuse(items)
        self.batches.append(list(items))
        return [item * 10 for item in items]


def crowd(gather, items):
    """Have each item written by a thread of its own; returns {item: outcome or error}."""
    results = {}

    def one(item):
        try:
            results[item] = gather(item)
        except BaseException as error:
            results[item] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    return threads, results


def held_up(book, gather, first, others):
    """The first is being written while the others come."""
    book.hold.clear()
    leader, led = crowd(gather, [first])
    book.entered.wait(5)
    threads, results = crowd(gather, others)
    deadline = time.monotonic() + 5
    while len(gather._waiting) < len(others) and time.monotonic() < deadline:
        time.sleep(0.01)
    return [*leader, *threads], led, results


def finish(book, threads):
    book.hold.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_one_alone_is_written_at_once():
    book = Book()
    assert Gather(book.write)(7) == 70
    assert book.batches == [[7]]


def test_those_who_come_meanwhile_are_written_together():
    book = Book()
    gather = Gather(book.write)
    threads, led, results = held_up(book, gather, 1, [2, 3, 4])
    assert not led and not results, "nobody is answered before the write has returned"
    finish(book, threads)
    assert led == {1: 10} and results == {2: 20, 3: 30, 4: 40}
    assert [sorted(batch) for batch in book.batches] == [[1], [2, 3, 4]]


def test_a_batch_has_a_limit():
    book = Book()
    gather = Gather(book.write, most=2)
    threads, _, results = held_up(book, gather, 1, [2, 3, 4, 5, 6])
    finish(book, threads)
    assert results == {n: n * 10 for n in (2, 3, 4, 5, 6)}
    assert [len(batch) for batch in book.batches] == [1, 2, 2, 1]


def test_a_bad_item_fails_alone():
    book = Book()

    def refuse(items):
        if 3 in items:
            raise DataError("three is bad")

    book.refuse = refuse
    gather = Gather(book.write)
    threads, _, results = held_up(book, gather, 1, [2, 3, 4])
    finish(book, threads)
    assert isinstance(results.pop(3), DataError)
    assert results == {2: 20, 4: 40}


def test_a_broken_connection_is_tried_once_more_for_all():
    book, broken = Book(), [True]

    def refuse(items):
        if len(items) > 1 and broken:
            broken.pop()
            raise OperationalError("server closed the connection")

    book.refuse = refuse
    gather = Gather(book.write)
    threads, _, results = held_up(book, gather, 1, [2, 3])
    finish(book, threads)
    assert results == {2: 20, 3: 30}


def test_when_the_database_is_gone_all_are_told_and_the_next_is_tried_again():
    book = Book()

    def refuse(items):
        raise OperationalError("gone")

    book.refuse = refuse
    gather = Gather(book.write)
    threads, led, results = held_up(book, gather, 1, [2, 3])
    finish(book, threads)
    assert all(isinstance(error, OperationalError) for error in (*led.values(), *results.values()))
    book.refuse = lambda items: None
    assert gather(9) == 90


def test_a_mistake_in_the_code_reaches_all_and_locks_nobody_out():
    gather = Gather(lambda items: [])
    for _ in range(2):
        with pytest.raises(ValueError):
            gather(1)


def test_when_the_one_who_writes_is_interrupted_the_others_are_told():
    book = Book()

    def refuse(items):
        if 2 in items:
            raise SystemExit

    book.refuse = refuse
    gather = Gather(book.write)
    threads, _, results = held_up(book, gather, 1, [2, 3])
    finish(book, threads)
    assert {type(error) for error in results.values()} == {SystemExit, OperationalError}
    assert gather(9) == 90


@pytest.mark.django_db
def test_in_a_transaction_the_item_is_written_in_it_and_alone():
    book = Book()
    gather = Gather(book.write)
    gather._led = True  # somebody else leads: to wait for them inside a transaction could be a deadlock
    with transaction.atomic():
        assert gather(5) == 50
    assert book.batches == [[5]]

"""The table of steps: what it allows, what it refuses, and that two at once cannot lose anything."""

import threading
import time

import pytest
from django.db import transaction

from huying.kernel.errors import Forbidden, StalePage, StepRefused
from huying.kernel.log import record
from huying.kernel.models import Event
from huying.kernel.scopes import ANONYMOUS, SYSTEM, link_holder
from huying.kernel.testing import assert_table
from huying.kernel.tests.toy import KEEPER, OTHER_KEEPER, TOY, S, Toy
from huying.kernel.workflow import Step, Workflow


def owner(toy):
    return link_holder("toy", toy.pk)


def test_every_state_step_and_actor_goes_as_the_table_says(toys):
    went = assert_table(
        TOY,
        lambda state: toys.create(state=state, fragile=True),
        {
            "keeper": KEEPER,
            "other keeper": OTHER_KEEPER,
            "owner": owner,
            "another's owner": lambda toy: link_holder("toy", toy.pk + 1),
            "anonymous": ANONYMOUS,
            "system": SYSTEM,
        },
        S.values,
        fill=lambda step, toy: setattr(toy, "price", 5),
    )
    assert went == {
        ("made", "sell", "keeper"),
        ("sold", "play", "owner"),
        ("sold", "break", "owner"),
        ("sold", "throw", "owner"),
        ("broken", "mend", "keeper"),
        ("broken", "throw", "owner"),
    }


def test_the_exhaustive_test_notices_a_table_that_does_not_hold(toys):
    leaky = Workflow(Step("sell", (S.MADE,), S.SOLD, "toys.sold", may=lambda actor, toy: True, needs=lambda toy: "x"))
    with pytest.raises(StepRefused):
        assert_table(leaky, lambda state: toys.create(state=state), {"anyone": ANONYMOUS}, S.values)


def test_a_step_that_makes_no_sense_for_the_row_has_no_button(toys):
    toy = toys.create(state=S.SOLD, fragile=False)
    assert [step.name for step in TOY.available(toy, owner(toy))] == ["play", "throw"]
    with pytest.raises(StepRefused) as refused, TOY.step("break", toy, by=owner(toy)):
        pass
    assert refused.value.code == "wrong_state"
    assert "卖出" in refused.value.reason and "弄坏" in refused.value.reason


def test_a_step_moves_the_row_and_tells_the_log(toys):
    toy = toys.create(place_id=7)
    with TOY.step("sell", toy, by=KEEPER, version=1, till=3) as locked:
        locked.price = 20
        locked.facts["coins"] = 2
    assert (toy.state, toy.price, toy.version) == (S.SOLD, 20, 2)
    event = Event.objects.get()
    assert (event.kind, event.subject_type, event.subject_id) == ("toys.sold", "toy", toy.pk)
    assert (event.actor_kind, event.actor_id, event.place_id) == ("person", 1, 7)
    assert event.facts == {"till": 3, "coins": 2, "version": 2}


def test_what_is_missing_is_said_and_nothing_kept(toys):
    toy = toys.create()
    with pytest.raises(StepRefused, match="请填价钱"), TOY.step("sell", toy, by=KEEPER) as locked:
        locked.plays = 9
    toy.refresh_from_db()
    assert (toy.state, toy.plays, Event.objects.count()) == (S.MADE, 0, 0)


def test_an_error_in_the_body_keeps_nothing(toys):
    toy = toys.create()
    with pytest.raises(ZeroDivisionError), TOY.step("sell", toy, by=KEEPER) as locked:
        locked.price = 1
        locked.price / 0
    toy.refresh_from_db()
    assert (toy.state, Event.objects.count()) == (S.MADE, 0)


def test_the_state_is_moved_by_the_table_alone(toys):
    toy = toys.create(state=S.SOLD)
    with pytest.raises(RuntimeError, match="by the table"), TOY.step("play", toy, by=owner(toy)) as locked:
        locked.state = S.GONE


def test_a_page_that_is_out_of_date_is_told_what_changed(toys):
    toy = toys.create(price=1)
    shown = toys.get(pk=toy.pk).version
    with TOY.step("sell", toy, by=KEEPER):
        pass
    with TOY.step("play", toy, by=owner(toy)):
        pass
    with pytest.raises(StalePage) as stale, TOY.step("sell", toy, by=KEEPER, version=shown):
        pass
    assert stale.value.events == ["toys.sold", "toys.played"]
    with pytest.raises(Forbidden), TOY.step("sell", toy, by=OTHER_KEEPER, version=shown):
        pass


def test_a_quiet_step_does_not_make_pages_stale(toys):
    look = Workflow(Step("look", (S.MADE,), None, "toys.seen", may=lambda actor, toy: True, quiet=True))
    toy = toys.create()
    with look.step("look", toy, by=ANONYMOUS):
        pass
    assert toy.version == 1
    assert Event.objects.count() == 1


def test_a_name_stands_once_in_the_table():
    step = TOY["sell"]
    with pytest.raises(ValueError, match="twice"):
        Workflow(step, step)


def test_the_diagram_shows_every_arrow():
    assert TOY.mermaid().splitlines()[:3] == [
        "stateDiagram-v2",
        "    made --> sold: sell",
        "    sold --> sold: play",
    ]


@pytest.mark.parametrize(
    "facts",
    [{"name": "吴大爷"}, {"note": "x" * 201}, {"phone": "13812345678"}, {"deep": [{"a": "名"}]}, {"deep": {"名": 1}}],
)
def test_words_and_phone_numbers_do_not_enter_the_log(toys, facts):
    with pytest.raises(ValueError, match="ids and codes"):
        record("toys.made", toys.create(), by=SYSTEM, **facts)


def test_an_event_is_recorded_only_in_a_transaction(real_toys):
    toy = real_toys.create()
    with pytest.raises(RuntimeError, match="transaction"):
        record("toys.made", toy, by=SYSTEM)


# --- Races ---


def test_two_steps_at_once_lose_nothing(real_toys, threads):
    toy = real_toys.create(state=S.SOLD)

    def play():
        with TOY.step("play", Toy.objects.get(pk=toy.pk), by=owner(toy)) as locked:
            plays = locked.plays
            time.sleep(0.05)
            locked.plays = plays + 1

    assert threads(play, play, play, play) == [None] * 4
    toy.refresh_from_db()
    assert (toy.plays, toy.version, Event.objects.count()) == (4, 5, 4)


def test_twin_without_the_lock_loses_updates(real_toys, threads):
    """Proves that the danger is real: the same, with the row read before the transaction and not locked."""
    toy = real_toys.create(state=S.SOLD)
    all_have_read = threading.Barrier(4, timeout=10)

    def play():
        with transaction.atomic():
            mine = Toy.objects.get(pk=toy.pk)
            all_have_read.wait()
            mine.plays += 1
            mine.save()

    threads(play, play, play, play)
    toy.refresh_from_db()
    assert toy.plays == 1, "if this fails, the lock guards against nothing"


def test_of_two_who_take_the_same_step_one_is_told_that_it_is_taken(real_toys, threads):
    toy = real_toys.create(price=1)
    both_have_read = threading.Barrier(2, timeout=10)

    def sell():
        mine = Toy.objects.get(pk=toy.pk)
        both_have_read.wait()
        with TOY.step("sell", mine, by=KEEPER):
            pass
        return "sold"

    results = threads(sell, sell)
    assert sorted(type(result).__name__ for result in results) == ["StepRefused", "str"]
    assert Event.objects.filter(kind="toys.sold").count() == 1


def test_a_step_asks_the_database_a_fixed_number_of_things(toys, django_assert_num_queries):
    toy = toys.create(price=1)
    # savepoint, lock, update, event, release
    with django_assert_num_queries(5), TOY.step("sell", toy, by=KEEPER):
        pass

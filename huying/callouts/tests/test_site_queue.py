"""Numbers on the day: none twice, none left out, the first by a fair rule, a second tap is no second call."""

import datetime as dt
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from huying.callouts import events, site_rules
from huying.callouts.actions import site_queue as queues
from huying.callouts.models import SiteQueue, Slip
from huying.callouts.models.sites import QueueState, SlipState
from huying.callouts.queries_sites import lane_slip, queue_of, standing
from huying.callouts.workflow_sites import QUEUE, SLIP
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event
from huying.kernel.scopes import ANONYMOUS, link_holder


def opened(stage, at: str = "compound", lanes: int = 2, who: str = "zhi") -> SiteQueue:
    """A queue of today."""
    return queues.open_queue(stage.place(at), "核酸采样点", lanes, key=secrets.token_hex(8), by=stage.actor(who))


def take(queue, first=False, by=ANONYMOUS, key="") -> Slip:
    """One number."""
    return queues.take_number(queue, key=key or secrets.token_hex(8), first=first, by=by)


def helper(queue):
    """Whoever holds the link of a lane."""
    return link_holder("sitequeue", queue.pk)


def call(queue, lane=1, **more) -> Slip | None:
    """The lane presses once."""
    here = lane_slip(queue, lane)
    return queues.call_next(queue, lane, seen=here.pk if here else 0, by=helper(queue), **more)


def test_numbers_are_given_one_after_the_other_and_called_in_their_order(stage):
    queue = opened(stage)
    slips = [take(queue) for _ in range(3)]
    assert [slip.number for slip in slips] == [1, 2, 3]
    assert call(queue, 1).number == 1 and call(queue, 2).number == 2 and call(queue, 1).number == 3
    assert call(queue, 2) is None
    states = dict(Slip.objects.values_list("number", "state"))
    assert states == {1: "done", 2: "done", 3: "called"}
    told = Event.objects.filter(kind=events.NUMBER_CALLED).order_by("id").values_list("facts__number", "facts__lane")
    assert list(told) == [(1, 1), (2, 2), (3, 1)]


def test_the_same_form_twice_is_one_number(stage):
    queue = opened(stage)
    one, again = take(queue, key="a" * 10), take(queue, key="a" * 10)
    assert one.pk == again.pk and take(queue).number == 2


def test_who_goes_first_is_next_but_never_more_than_so_many_in_a_row(stage):
    queue = opened(stage, lanes=1)
    for number in range(1, 9):
        take(queue, first=number > 3)
    assert standing(queue).upcoming == (4, 5, 1, 6, 7, 2, 8, 3)
    called = [call(queue).number for _ in range(8)]
    assert called == [4, 5, 1, 6, 7, 2, 8, 3]


def test_a_second_tap_calls_nobody(stage):
    queue = opened(stage)
    for _ in range(3):
        take(queue)
    first = call(queue)
    again = queues.call_next(queue, 1, seen=0, by=helper(queue))
    assert again.pk == first.pk and Slip.objects.filter(state="waiting").count() == 2


def test_whoever_is_not_there_is_set_aside_and_comes_back_next(stage):
    queue = opened(stage, lanes=1)
    for _ in range(3):
        take(queue)
    call(queue)
    assert call(queue, missed=True).number == 2
    assert Slip.objects.get(number=1).state == "missed"
    queues.come_back(queue, 1, by=helper(queue))
    assert queues.come_back(queue, 1, by=helper(queue)).state == "waiting"
    assert call(queue).number == 1
    with pytest.raises(BadInput):
        queues.come_back(queue, 99, by=helper(queue))
    with pytest.raises(StepRefused):
        queues.come_back(queue, 2, by=helper(queue))


def test_a_call_can_be_taken_back_as_if_it_had_not_been(stage):
    queue = opened(stage, lanes=1)
    for number in range(5):
        take(queue, first=number >= 2)
    before = call(queue)
    wrong = call(queue)
    assert (before.number, wrong.number) == (3, 4)
    restored = queues.take_back(queue, 1, seen=wrong.pk, by=helper(queue))
    assert restored.number == 3 and lane_slip(queue, 1).number == 3
    assert [call(queue).number for _ in range(4)] == [4, 1, 5, 2]


def test_a_call_of_long_ago_or_of_another_page_is_not_taken_back(stage):
    queue = opened(stage)
    take(queue), take(queue)
    slip = call(queue)
    with pytest.raises(StepRefused, match="别的号"):
        queues.take_back(queue, 1, seen=slip.pk + 1, by=helper(queue))
    Slip.objects.filter(pk=slip.pk).update(called_at=timezone.now() - dt.timedelta(minutes=5))
    with pytest.raises(StepRefused, match="退不回"):
        queues.take_back(queue, 1, seen=slip.pk, by=helper(queue))


def test_a_pause_calls_nobody_and_a_closed_lane_neither(stage):
    queue = opened(stage)
    take(queue), take(queue), take(queue)
    slip = call(queue, 2)
    assert queues.finish(queue, 2, seen=slip.pk, by=helper(queue)) is None
    assert Slip.objects.filter(state="waiting").count() == 2
    call(queue, 2)
    queues.change_lanes(queue, 1, by=stage.actor("zhi"))
    assert call(queue, 2) is None and lane_slip(queue, 2) is None
    assert standing(queue).waiting == 1


def test_giving_up_leaves_the_others_their_place(stage):
    queue = opened(stage, lanes=1)
    one, two, three = take(queue), take(queue), take(queue)
    assert standing(queue).ahead_of(three.number) == 2
    queues.give_up(one, by=link_holder("slip", one.pk))
    assert queues.give_up(Slip.objects.get(pk=one.pk), by=ANONYMOUS).state == "left"
    assert standing(queue).ahead_of(three.number) == 1 and call(queue).pk == two.pk
    with pytest.raises(Forbidden):
        queues.give_up(three, by=link_holder("slip", two.pk))


def test_a_closed_queue_gives_and_calls_no_numbers(stage):
    queue = opened(stage)
    slip = take(queue)
    queues.close_queue(queue, by=stage.actor("zhi"))
    with pytest.raises(StepRefused, match="不再发号"):
        take(queue)
    with pytest.raises(StepRefused, match="已经收了"):
        call(queue)
    assert take(queue, key=slip.key).pk == slip.pk
    queues.reopen_queue(queue, by=stage.actor("zhi"))
    assert take(queue).number == 2


def test_one_place_has_one_open_queue_and_a_second_tap_is_the_same(stage):
    key = secrets.token_hex(8)
    by = stage.actor("zhi")
    one = queues.open_queue(stage.place("compound"), "采样", 2, key=key, by=by)
    assert queues.open_queue(stage.place("compound"), "采样", 2, key=key, by=by).pk == one.pk
    with pytest.raises(StepRefused, match="已经有一个"):
        opened(stage)
    queues.close_queue(one, by=by)
    two = opened(stage)
    with pytest.raises(StepRefused):
        queues.reopen_queue(one, by=by)
    assert SiteQueue.objects.open().get().pk == two.pk


@pytest.mark.parametrize(
    ("lanes", "name", "field"), [(0, "采样", "lanes"), (1_000_000, "采样", "lanes"), (2, " ", "name")]
)
def test_what_cannot_be_is_refused_in_words(stage, lanes, name, field):
    with pytest.raises(BadInput) as refused:
        queues.open_queue(stage.place("compound"), name, lanes, key=secrets.token_hex(8), by=stage.actor("zhi"))
    assert field in refused.value.fields and not SiteQueue.objects.exists()


def test_strangers_open_nothing_and_call_nobody(stage):
    with pytest.raises(Forbidden):
        opened(stage, who="zhao")
    queue = opened(stage)
    take(queue)
    for by in (ANONYMOUS, stage.actor("zhao"), stage.actor("lu"), link_holder("sitequeue", queue.pk + 1)):
        with pytest.raises(Forbidden):
            queues.call_next(queue, 1, seen=0, by=by)
    assert not Slip.objects.exclude(state="waiting").exists()


def test_numbers_end_somewhere(stage, monkeypatch):
    queue = opened(stage)
    SiteQueue.objects.filter(pk=queue.pk).update(taken=queue.most)
    with pytest.raises(StepRefused, match="发完"):
        take(queue)


def test_the_queue_of_a_place_and_of_a_call_out(stage, scene):
    assert queue_of(place=stage.place("compound")) is None
    queue = opened(stage)
    for _ in range(5):
        take(queue)
    call(queue)
    for place in ("compound", "building", "community"):
        found = queue_of(place=stage.place(place))
        assert found.called == [(1, 1)] and found.waiting == 4 and found.wait >= 1
    assert queue_of(place=stage.place("elsewhere")) is None


def test_about_how_long_follows_the_days_pace():
    known = {"lanes": 2, "seconds_each": 30, "enough": 6}
    assert site_rules.about(8, calls=0, minutes=0, **known) == 2
    assert site_rules.about(8, calls=10, minutes=10, **known) == 8
    assert site_rules.about(0, calls=10, minutes=10, **known) == 1
    assert [site_rules.rounded(n) for n in (1, 9, 11, 44, 61, 95)] == [1, 9, 15, 45, 70, 100]


def test_a_curve_keeps_its_shape_over_any_window():
    assert site_rules.stretch([1, 1], 5) == (1, 1, 1, 1, 1)
    longer = site_rules.stretch([1, 3], 4)
    assert longer == tuple(sorted(longer)) and longer[0] == 1 and longer[-1] == 3
    assert site_rules.stretch([1, 2], 0) == () and site_rules.stretch([], 3) == ()


def test_after_some_days_nothing_is_left_but_the_count(stage):
    queue = opened(stage)
    take(queue), take(queue)
    SiteQueue.objects.update(day=timezone.localdate() - dt.timedelta(days=1))
    assert queues.erase_old() == 0
    queue.refresh_from_db()
    assert queue.state == "closed" and queue.slips.count() == 2
    SiteQueue.objects.update(day=timezone.localdate() - dt.timedelta(days=4))
    assert queues.erase_old() == 2
    queue.refresh_from_db()
    assert queue.taken == 2 and queue.erased_at and not Slip.objects.exists()
    with pytest.raises(StepRefused, match="删掉"):
        queues.reopen_queue(queue, by=stage.actor("zhi"))


@pytest.mark.parametrize("state", SlipState.values)
@pytest.mark.parametrize("step", list(SLIP.steps))
def test_every_state_and_step_of_a_slip(stage, state, step):
    queue = opened(stage)
    slip = take(queue)
    lane = {"lane": 1, "called_at": timezone.now(), "called_as": 1} if state in ("called", "done", "missed") else {}
    Slip.objects.filter(pk=slip.pk).update(state=state, **lane)
    slip.refresh_from_db()
    legal = state in SLIP.sources(step)
    assert (step in [one.name for one in SLIP.available(slip, helper(queue))]) == legal
    assert step == "leave" or step not in [one.name for one in SLIP.available(slip, link_holder("slip", slip.pk))]
    assert SLIP.available(slip, stage.actor("zhao")) == []


@pytest.mark.parametrize("state", QueueState.values)
@pytest.mark.parametrize("step", list(QUEUE.steps))
def test_every_state_and_step_of_a_queue(stage, state, step):
    queue = opened(stage)
    if state == "closed":
        queues.close_queue(queue, by=stage.actor("zhi"))
    names = [one.name for one in QUEUE.available(queue, stage.actor("zhi"))]
    assert (step in names) == (state in QUEUE.sources(step))
    assert QUEUE.available(queue, stage.actor("lu")) == []


def together(count: int, work) -> list:
    """`work(n)` on so many threads that begin at the same moment; what each returned or raised."""
    meet = threading.Barrier(count)

    def run(number):
        try:
            meet.wait(timeout=20)
            return work(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_many_take_numbers_at_once_without_gap_or_double(stage):
    queue = opened(stage)
    keys = [secrets.token_hex(8) for _ in range(6)]
    # Each key is sent by two at the same moment: a double tap among the crowd.
    for _round in range(5):
        keys = [secrets.token_hex(8) for _ in range(6)]
        slips = together(12, lambda number, keys=keys: take(queue, key=keys[number // 2]))
        assert not [one for one in slips if isinstance(one, Exception)]
        assert all(slips[n].pk == slips[n + 1].pk for n in range(0, 12, 2))
    assert sorted(Slip.objects.values_list("number", flat=True)) == list(range(1, 31))
    queue.refresh_from_db()
    assert queue.taken == 30 == Event.objects.filter(kind=events.NUMBER_TAKEN).count()


@pytest.mark.django_db(transaction=True)
def test_lanes_that_press_at_the_same_moment_never_call_the_same_number(stage):
    queue = opened(stage, lanes=6)
    for number in range(30):
        take(queue, first=number % 3 == 0)
    called = []
    for _round in range(5):
        slips = together(6, lambda number: call(queue, number + 1))
        assert not [one for one in slips if isinstance(one, Exception)]
        called += [slip.number for slip in slips]
    assert sorted(called) == list(range(1, 31))
    order = list(Slip.objects.order_by("called_as").values_list("called_as", "first"))
    assert [number for number, _first in order] == list(range(1, 31))


@pytest.mark.django_db(transaction=True)
def test_two_taps_of_one_lane_at_the_same_moment_call_one_number(stage):
    queue = opened(stage)
    take(queue), take(queue)
    slips = together(4, lambda number: queues.call_next(queue, 1, seen=0, by=helper(queue)))
    assert {slip.number for slip in slips} == {1}
    assert Event.objects.filter(kind=events.NUMBER_CALLED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_lanes_call_the_same_number(stage):
    """The twin: looking first and then writing, which is what the lock on the queue prevents."""
    queue = opened(stage)
    take(queue), take(queue)
    meet = threading.Barrier(2)

    def look_then_write(number):
        with transaction.atomic():
            slip = queues._next(queue)
            meet.wait(timeout=20)
            Slip.objects.filter(pk=slip.pk).update(
                state="called", lane=number + 1, called_at=timezone.now(), called_as=number + 1
            )
        return slip.number

    assert together(2, look_then_write) == [1, 1]

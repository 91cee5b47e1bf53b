"""The queue of a site: against the textbook, against a plain simulator of one day, and what must hold for any site."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huying.solvers import site as sites
from huying.solvers.site import Site, Station, Wrong, advise, days_for, draw, ladder, serve, simulate
from huying.solvers.site_formula import Steady, erlang_b, erlang_c, formula, pace

TESTING = Site(900, 240, (1, 2, 3, 3, 2, 1, 1, 1), 3, (Station(20, 8), Station(24, 10)), 0.15, 2)


def plain(come, first, work, lanes, in_row):
    """One day, person by person, as one would do it with pencil and paper: when each is called and leaves."""
    free = [[0.0] * len(work) for _lane in range(lanes)]
    waiting = sorted(range(len(come)), key=lambda who: come[who])
    called, left, streak = {}, {}, 0
    while waiting:
        lane = min(range(lanes), key=lambda number: free[number][0])
        now = max(free[lane][0], come[waiting[0]])
        here = [who for who in waiting if come[who] <= now]
        ahead = [who for who in here if first[who]]
        others = [who for who in here if not first[who]]
        who = ahead[0] if ahead and (streak < in_row or not others) else others[0]
        streak = streak + 1 if first[who] else 0
        waiting.remove(who)
        called[who], done = now, now + work[0][who]
        for station in range(1, len(work)):
            done = max(done, free[lane][station])
            free[lane][station - 1] = done
            done += work[station][who]
        free[lane][-1] = left[who] = done
    people = range(len(come))
    return [called[who] for who in people], [left[who] for who in people]


@settings(max_examples=60)
@given(
    people=st.integers(1, 40),
    lanes=st.integers(1, 5),
    stations=st.integers(1, 3),
    share=st.sampled_from([0.0, 0.2, 0.6, 1.0]),
    in_row=st.integers(1, 3),
    seed=st.integers(0, 10_000),
)
def test_many_days_at_once_are_what_one_day_after_the_other_would_be(people, lanes, stations, share, in_row, seed):
    site = Site(people, 45, (3, 1), lanes, tuple(Station(60 * (n + 1), 40) for n in range(stations)), share, in_row)
    days = draw(site, 3, seed)
    called, left = serve(days, np.array([lanes, lanes + 1, lanes]), in_row)
    for day, open_lanes in enumerate((lanes, lanes + 1, lanes)):
        work = [one[day].tolist() for one in days.work]
        expected = plain(days.come[day].tolist(), days.first[day].tolist(), work, open_lanes, in_row)
        assert called[day].tolist() == pytest.approx(expected[0])
        assert left[day].tolist() == pytest.approx(expected[1])


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (2, 1.0), (3, 2.4), (5, 4.0), (12, 10.5), (40, 33.0)])
def test_erlang_c_is_what_its_sum_says(servers, load):
    top = load**servers / math.factorial(servers) * servers / (servers - load)
    below = sum(load**number / math.factorial(number) for number in range(servers))
    assert erlang_c(servers, load) == pytest.approx(top / (below + top))


def test_the_known_values_of_the_textbook():
    assert erlang_c(1, 0.5) == pytest.approx(0.5)
    assert erlang_c(2, 1) == pytest.approx(1 / 3)
    assert erlang_b(1, 1) == pytest.approx(0.5) and erlang_b(2, 1) == pytest.approx(0.2)
    assert Steady(1, 0.8, 1).average == pytest.approx(4)  # M/M/1, use 0.8: 0.8 / (1 - 0.8)
    assert Steady(1, 0.8, 1, 0.5).average == pytest.approx(2)  # M/D/1: half of it
    first, others = Steady(1, 0.8, 1).by_class(0.25)
    assert first == pytest.approx(0.8 / 0.8) and others == pytest.approx(0.8 / 0.8 / 0.2)
    # Whoever goes first takes from the others what they gain.
    assert 0.25 * first + 0.75 * others == pytest.approx(Steady(1, 0.8, 1).average)
    assert Steady(2, 3, 1).average == math.inf and Steady(2, 3, 1).within(60) == 0


def test_the_huge_and_the_idle_do_not_break_the_formula():
    assert 0 < erlang_c(100_000, 99_000) < 1
    assert erlang_c(0, 1) == erlang_c(3, 3) == erlang_c(3, 7) == 1
    assert erlang_c(4, 0) == 0 and Steady(4, 0, 20).quantile(0.9) == 0


@pytest.mark.parametrize(("lanes", "use"), [(1, 0.6), (2, 0.7), (4, 0.8)])
def test_the_simulation_meets_erlang_c_where_it_holds(lanes, use):
    mean, minutes = 30.0, 960
    people = round(use * lanes / mean * minutes * 60)
    site = Site(people, minutes, (1,) * 32, lanes, (Station(mean, mean),))
    steady = Steady(lanes, people / (minutes * 60), mean)
    seen = simulate(site, target=1, seed=5)
    assert seen.everyone.mean == pytest.approx(steady.average / 60, rel=0.08)
    assert seen.everyone.ninth == pytest.approx(steady.quantile(0.9) / 60, rel=0.1, abs=0.05)
    assert seen.within == pytest.approx(steady.within(60), abs=0.02)
    assert seen.busy[0] == pytest.approx(use, rel=0.03)
    assert formula(site).mean == pytest.approx(steady.average / 60)


def test_the_fluid_meets_the_simulation_where_too_many_come():
    site = replace(TESTING, people=1500, lanes=2, first_share=0)
    flow, seen = formula(site), simulate(site, target=10)
    assert flow.honest == "overload" and flow.mean == pytest.approx(seen.everyone.mean, rel=0.1)
    assert all(math.isfinite(one.mean) and one.mean >= 0 for one in flow.periods)
    assert any(one.holds == "draining" for one in flow.periods)


def test_as_many_wait_as_come_times_how_long_they_wait():
    seen = simulate(TESTING, target=10)
    waiting = sum(moment.mean for moment in seen.queue) * sites.GRID  # person-seconds, by looking at the queue
    assert waiting == pytest.approx(seen.everyone.mean * 60 * TESTING.people, rel=0.03)


@settings(max_examples=20)
@given(people=st.integers(1, 120), lanes=st.integers(1, 6), seed=st.integers(0, 10_000))
def test_with_one_more_lane_nobody_waits_longer(people, lanes, seed):
    days = draw(Site(people, 60, (2, 1), lanes, (Station(90, 60),)), 4, seed)
    fewer, _left = serve(days, np.full(4, lanes), 1)
    more, _left = serve(days, np.full(4, lanes + 1), 1)
    assert (more <= fewer + 1e-9).all()


def test_more_lanes_shorten_the_wait_also_with_stations_and_who_goes_first():
    rungs = ladder(TESTING, [2, 3, 4, 5, 6], target=10)
    assert [rung.lanes for rung in rungs] == [2, 3, 4, 5, 6]
    for worse, better in itertools.pairwise(rungs):
        assert better.mean <= worse.mean and better.within >= worse.within


def test_who_goes_first_waits_less_but_never_stops_the_others():
    site = replace(TESTING, people=1400, first_share=0.5, in_row=2)
    seen = simulate(site, target=10)
    assert seen.first.mean < seen.others.mean
    days = draw(site, 3, 1)
    called, _left = serve(days, np.full(3, site.lanes), site.in_row)
    for day in range(3):
        order = np.argsort(called[day], kind="stable")
        others = ~days.first[day]
        streak = 0
        for who in order:
            if not days.first[day][who]:
                streak = 0
                continue
            waiting = others & (days.come[day] <= called[day][who]) & (called[day] > called[day][who])
            assert streak < site.in_row or not waiting.any()
            streak += 1


def test_a_queue_that_cannot_be_served_grows_until_the_doors_close():
    site = Site(2000, 120, (1, 1, 1, 1), 1, (Station(20, 5),))
    seen = simulate(site, target=10)
    until = [moment.mean for moment in seen.queue if moment.minute <= 120]
    assert until == sorted(until) and until[-1] > 1500
    assert seen.last > 120 and seen.within < 0.1 and seen.worst == 3
    waits = [three[0].mean for three in seen.by_stretch]
    assert waits == sorted(waits)


def test_the_same_seed_is_the_same_day():
    assert simulate(TESTING, target=10, seed=3) == simulate(TESTING, target=10, seed=3)
    assert simulate(TESTING, target=10, seed=3) != simulate(TESTING, target=10, seed=4)
    few, many = draw(TESTING, 3, 9), draw(TESTING, 8, 9)
    assert (few.come == many.come[:3]).all() and (few.work[1] == many.work[1][:3]).all()


def test_the_advice_is_the_least_that_is_enough():
    advice = advise(TESTING, target=10)
    assert simulate(replace(TESTING, lanes=advice.lanes), target=10).within >= 0.9
    assert simulate(replace(TESTING, lanes=advice.lanes - 1), target=10).within < 0.9
    assert {advice.lanes - 1, advice.lanes, advice.lanes + 1} <= {rung.lanes for rung in advice.ladder}
    assert advise(replace(TESTING, people=5), target=10).lanes == 1


def test_where_no_number_of_lanes_is_enough_the_advice_says_so():
    slow = replace(TESTING, people=20_000, minutes=60, curve=(1, 1), stations=(Station(3600, 0),))
    assert advise(slow, target=5).lanes is None


def test_the_odd_but_possible_comes_through():
    for site in (
        Site(1, 30, (1,), 100, (Station(1, 0),)),
        Site(7, 45, (0, 5), 1, (Station(30, 0), Station(30, 0), Station(1, 30)), 1.0, 1),
        replace(TESTING, curve=(0, 0, 0, 1, 0, 0, 0, 0), first_share=0.0),
    ):
        seen = simulate(site, target=0)
        assert all(math.isfinite(moment.mean) for moment in seen.queue)
        assert math.isfinite(formula(site).mean)
    assert seen.by_stretch[0][0].people == 0 and seen.first.people == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"people": 0}, "people"),
        ({"people": 1_000_000}, "people"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": -60}, "minutes"),
        ({"lanes": 0}, "lanes"),
        ({"lanes": 5000}, "lanes"),
        ({"first_share": 1.2}, "first_share"),
        ({"first_share": float("nan")}, "first_share"),
        ({"in_row": 0}, "in_row"),
        ({"stations": ()}, "stations"),
        ({"stations": (Station(-3, 1),)}, "mean0"),
        ({"stations": (Station(20, -1),)}, "spread0"),
        ({"stations": (Station(float("inf"), 1),)}, "mean0"),
        ({"curve": (0,) * 8}, "curve"),
        ({"curve": (1, 2, 3)}, "curve"),
        ({"curve": (1, -1) * 4}, "curve"),
    ],
)
def test_what_cannot_be_is_refused(change, field):
    with pytest.raises(Wrong) as refused:
        simulate(replace(TESTING, **change), target=10)
    assert field in refused.value.fields


def test_two_stations_without_room_between_are_slower_than_the_slower_of_them():
    lone, pair = pace((Station(24, 10),)), pace((Station(20, 8), Station(24, 10)))
    assert lone.mean == 24 and pair.mean > 25
    # A lane that never runs empty calls at that pace.
    site = Site(600, 30, (1,), 1, (Station(20, 8), Station(24, 10)))
    days = draw(replace(site, people=600), 20, 2)
    called, _left = serve(days, np.full(20, 1), 1)
    busy = np.sort(called, axis=1)
    assert np.diff(busy[:, 100:], axis=1).mean() == pytest.approx(pair.mean, rel=0.02)


def test_a_large_site_gets_fewer_days_and_a_progress():
    assert days_for(3000, 200) == 200 and days_for(20_000, 200) == 30 and days_for(20_000, 10) == 10
    told = []
    simulate(TESTING, target=10, most_days=5, tell=lambda done, total: told.append((done, total)))
    assert told == [(0, 900), (500, 900)]

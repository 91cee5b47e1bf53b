"""CP-SAT goes on from the plan of the sweep: for all shifts, with a proof, or for a window of days with the others fixed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np

# Seconds between two looks at whether the search is to stop.
POLL = 0.1


def prove(
    model,
    held: np.ndarray,
    start: np.ndarray,
    left: Callable[[], float],
    seed: int,
    window: np.ndarray | None = None,
) -> tuple[np.ndarray | None, int]:
    """(a plan or None, the bound). `model` is `roster.Model`; left() gives seconds, 0 to stop; window: the shifts that may change (all)."""
    from ortools.sat.python import cp_model

    cp = cp_model.CpModel()
    fits = np.stack(model.table.fits, 1)
    take = {(i, q): cp.new_bool_var("") for i, q in zip(*np.nonzero(fits), strict=True)}
    by_person: dict[int, list[int]] = {}
    by_shift: dict[int, list[int]] = {}
    for i, q in take:
        by_person.setdefault(int(i), []).append(int(q))
        by_shift.setdefault(int(q), []).append(int(i))
    costs = []
    for q in range(len(model.shifts)):
        empty = cp.new_int_var(0, int(model.room[q]), "")
        cp.add(sum(take[i, q] for i in by_shift.get(q, [])) + empty == int(model.room[q]))
        costs.append(model.weights.empty * int(model.minutes[q]) * empty)
    groups = model.groups()
    for i, own in by_person.items():
        mine = set(own)
        for at in groups:
            together = [q for q in at if q in mine]
            if len(together) > 1:
                cp.add_at_most_one(take[i, q] for q in together)
        for of, most in ((model.week, model.people[i].offered), (model.day, model.people[i].a_day)):
            for number in np.unique(of[own]):
                at = [q for q in own if of[q] == number]
                if int(model.minutes[at].sum()) > most:
                    cp.add(sum(int(model.minutes[q]) * take[i, q] for q in at) <= most)
        # Load comes in steps: an account of whole steps leaves the relaxation no half ones to share out for nothing.
        step = int(np.gcd.reduce(model.minutes[own]))
        steps = int(model.minutes[own].sum()) // step
        over = np.maximum(np.arange(steps + 1) * step - int(model.share[i]), 0)
        free = int((over == 0).sum()) - 1
        levels = [cp.new_bool_var("") for _ in range(free, steps)]
        cp.add(sum(int(model.minutes[q]) // step * take[i, q] for q in own) <= free + sum(levels))
        costs.append(
            model.weights.over * sum(int(over[free + k + 1] - over[free + k]) * y for k, y in enumerate(levels))
        )
        costs.append(model.weights.unwished * sum(take[i, q] for q in own if not model.wished[i, q]))
    for (i, q), variable in take.items():
        if held[i, q] or (window is not None and not window[q]):
            cp.add(variable == bool(start[i, q]))
        cp.add_hint(variable, bool(start[i, q]))
    cp.minimize(sum(costs))

    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.1, left())
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.num_workers = 2
    # The search runs beside this thread, which goes on asking whether it is to stop: who asks may hold a connection.
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(solver.solve, cp)
        while not wait([run], POLL).done:
            if left() <= 0:
                solver.stop_search()
    status = run.result()
    bound = int(np.ceil(solver.best_objective_bound - 1e-6))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None, max(0, bound)
    chosen = np.zeros_like(start)
    for (i, q), variable in take.items():
        chosen[i, q] = solver.boolean_value(variable)
    return chosen, max(0, bound)

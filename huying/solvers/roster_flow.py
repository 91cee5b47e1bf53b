"""A roster as one flow: of shifts that all share a moment a person takes one, and each further shift costs what it adds.

It drops what a flow cannot know (rest across two such groups, limits of days and weeks), so its cost is a bound that no
roster can be below; where nothing that it dropped is broken, it is the best roster itself (planning.md, 'Several shifts').
"""

import numpy as np

from huying.solvers.flow import solve as flow


def cliques(model) -> list[list[int]]:
    """Every shift in one group, the shifts of a group all clash with each other (`model` is `roster.Model`)."""
    until = {q: shift.ends + shift.rest for q, shift in enumerate(model.shifts)}
    waiting = set(until)
    found = []
    while waiting:
        moment = min(until[q] for q in waiting) - 1
        group = sorted(q for q in waiting if model.shifts[q].starts <= moment)
        # Rests differ: what shares the moment only by its own rest need not clash with all others.
        held: list[int] = []
        for q in group:
            if all(r in model.clashes[q] for r in held):
                held.append(q)
        found.append(held)
        waiting -= set(held)
    return found


def relaxed(model, held: np.ndarray) -> tuple[np.ndarray, int]:
    """(people × shifts chosen by the flow, its cost): exact for what it knows. `held` pairs are kept."""
    people, shifts = len(model.people), len(model.shifts)
    groups = cliques(model)
    short = int(model.minutes.min())
    tails, heads, room, costs = [], [], [], []
    source, sink = people + people * len(groups) + shifts, people + people * len(groups) + shifts + 1

    def arcs(tail, head, most, cost) -> None:
        tails.append(np.asarray(tail))
        heads.append(np.asarray(head))
        room.append(np.broadcast_to(most, np.shape(tail)))
        costs.append(np.broadcast_to(cost, np.shape(tail)))

    fits = np.stack(model.table.fits, 1)
    # A fixed pair is worth more than any place.
    kept = model.weights.empty * int(model.minutes.max()) * 2
    for i in range(people):
        # The k-th shift adds at least what the k-th shift of the shortest length would.
        most = sum(bool(fits[i, at].any()) for at in groups)
        over = np.maximum(np.arange(most + 1) * short - int(model.share[i]), 0)
        steps, count = np.unique(np.diff(over), return_counts=True)
        arcs(np.full(len(steps), source), np.full(len(steps), i), count, model.weights.over * steps)
    for number, at in enumerate(groups):
        hubs = people + people * number + np.arange(people)
        arcs(np.arange(people), hubs, 1, 0)
        who, where = np.nonzero(fits[:, at])
        shift = np.array(at)[where]
        price = model.weights.unwished * ~model.wished[who, shift]
        arcs(hubs[who], people + people * len(groups) + shift, 1, price - kept * held[who, shift])
    nodes = people + people * len(groups) + np.arange(shifts)
    arcs(np.full(shifts, source), nodes, model.room, model.weights.empty * model.minutes)
    arcs(nodes, np.full(shifts, sink), model.room, 0)
    columns = [np.concatenate(column) for column in (tails, heads, room, costs)]
    amount = flow([columns[0]], [columns[1]], [columns[2]], [columns[3]], sink + 1, int(model.room.sum()))
    chosen = np.zeros((people, shifts), bool)
    first = people + people * len(groups)
    used = (amount > 0) & (columns[0] >= people) & (columns[0] < first) & (columns[1] >= first) & (columns[1] < source)
    chosen[(columns[0][used] - people) % people, columns[1][used] - first] = True
    return chosen, int((amount * columns[3]).sum()) + int(held.sum()) * kept

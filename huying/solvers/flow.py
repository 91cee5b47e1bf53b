"""Who goes where as a min-cost flow: edges in, chosen edges out, exact; OR-Tools is loaded when it is first needed."""

from dataclasses import dataclass, replace

import numpy as np

# Above it, sums over alternating paths could leave the range in which the solver is exact.
COST_LIMIT = 10_000_000
# A post's cheapest edges that are tried first: so many for each of its places.
KEEP = 5
# Edges that are this many metres from being of use join too: it spares rounds.
SLACK = 100
FEW_EDGES = 20_000
ROUNDS = 12


@dataclass(frozen=True)
class Edges:
    """Feasible pairs as columns: person and post by position, cost in whole metres of effort (0 ≤ cost ≤ 10,000,000)."""

    person: np.ndarray
    post: np.ndarray
    cost: np.ndarray
    people: int
    posts: int

    def __len__(self) -> int:
        return len(self.person)

    def only(self, chosen: np.ndarray) -> "Edges":
        """Those of a mask or of positions."""
        return Edges(self.person[chosen], self.post[chosen], self.cost[chosen], self.people, self.posts)

    @staticmethod
    def of(person, post, cost, people: int, posts: int) -> "Edges":
        """Columns that were looked at: ValueError for what is not a number, negative, too far, or points nowhere."""
        cost = np.asarray(cost)
        if cost.dtype.kind == "f":
            if not np.isfinite(cost).all():
                raise ValueError(f"a cost is not a number: edge {int(np.argmin(np.isfinite(cost)))}")
            cost = np.rint(cost)
        person, post = np.asarray(person, np.int32), np.asarray(post, np.int32)
        if not len(person) == len(post) == len(cost):
            raise ValueError("person, post and cost are not equally many")
        if len(cost) and (cost.min() < 0 or cost.max() > COST_LIMIT):
            raise ValueError(f"a cost is outside of 0 to {COST_LIMIT:,}")
        for column, size, name in ((person, people, "person"), (post, posts, "post")):
            if len(column) and (column.min() < 0 or column.max() >= size):
                raise ValueError(f"an edge points at a {name} that does not exist")
        return Edges(person, post, cost.astype(np.int64), people, posts)


@dataclass(frozen=True)
class Flow:
    """Chosen edges by position, their cost, how many places stay empty, and a bound that no plan's cost can be below."""

    chosen: np.ndarray
    cost: int
    empty: int
    bound: int
    rounds: int = 0
    price: np.ndarray | None = None
    dear: int = 0

    @property
    def gap(self) -> float:
        """Percent that a plan could be cheaper by, at most."""
        return gap(self.cost, self.bound)


def gap(objective: float, bound: float) -> float:
    """Percent between a plan and what is proven to be out of reach; 0 when both are equal."""
    return 0.0 if objective <= bound else 100.0 * (objective - bound) / max(objective, 1)


def big(edges: Edges, more: int = 0) -> int:
    """What an empty place costs: more than any chain of moves that fills it can. more: what a move can cost beside its edge."""
    top = int(edges.cost.max()) if len(edges) else 0
    return (top + more + 1) * 2 * (min(edges.people, edges.posts) + 1)


def capped(edges: Edges, capacity) -> np.ndarray:
    """Places of each post, no more than there are edges: a million places for ten people are ten."""
    capacity = np.asarray(capacity)
    if len(capacity) != edges.posts or (len(capacity) and (not np.isfinite(capacity).all() or capacity.min() < 0)):
        raise ValueError("each post needs a number of places, 0 or more")
    return np.minimum(capacity, np.bincount(edges.post, minlength=edges.posts)).astype(np.int64)


def solve(tails: list, heads: list, room: list, costs: list, nodes: int, supply: int) -> np.ndarray:
    """The flow on each arc of the greatest, then cheapest flow from node `nodes - 2` to node `nodes - 1`."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        np.concatenate(tails).astype(np.int32, copy=False), np.concatenate(heads).astype(np.int32, copy=False),
        np.concatenate(room).astype(np.int64, copy=False), np.concatenate(costs).astype(np.int64, copy=False),
    )  # fmt: skip
    solver.set_node_supply(nodes - 2, supply)
    solver.set_node_supply(nodes - 1, -supply)
    status = solver.solve_max_flow_with_min_cost()
    if status != solver.OPTIMAL:
        raise ValueError(f"the flow could not be solved: {status.name}")
    return solver.flows(arcs)


def once(edges: Edges, capacity: np.ndarray) -> np.ndarray:
    """The edges of the best plan in which each person has one post."""
    used, person = np.unique(edges.person, return_inverse=True)
    count, posts = len(used), edges.posts
    source, sink = count + posts, count + posts + 1
    flows = solve(
        [person, np.full(count, source), np.arange(count, count + posts)],
        [edges.post + np.int32(count), np.arange(count), np.full(posts, sink)],
        [np.ones(len(edges), np.int8), np.ones(count, np.int8), capacity],
        [edges.cost, np.zeros(count + posts, np.int64)],
        sink + 1, int(min(count, capacity.sum())),
    )  # fmt: skip
    return np.flatnonzero(flows[: len(edges)])


def often(
    edges: Edges,
    capacity: np.ndarray,
    most: np.ndarray,
    held: np.ndarray,
    block: np.ndarray,
    second: int,
    dear: int = 0,
) -> tuple[np.ndarray, np.ndarray | None]:
    """The edges of the best plan in which a person has up to `most` posts, one in each block of time.

    Parallel arcs make each further shift dearer: `second` for the second, twice that for the third. held: shifts that a
    person has already, so that the next one counts as a further one. dear: what an empty place costs, to have prices too.
    """
    blocks = int(block.max()) + 1
    rooms, room = np.unique(edges.person.astype(np.int64) * blocks + block[edges.post], return_inverse=True)
    owner = rooms // blocks
    deep = np.minimum(most, np.bincount(owner, minlength=edges.people))
    who = np.repeat(np.arange(edges.people), deep)
    turn = np.arange(len(who)) - np.repeat(np.cumsum(deep) - deep, deep) + held[who]
    a, b = len(rooms), len(rooms) + edges.people  # nodes: persons in blocks, persons, posts, source, sink
    source, sink = b + edges.posts, b + edges.posts + 1
    tails = [room, a + owner, np.full(len(who), source), np.arange(b, source)]
    heads = [b + edges.post.astype(np.int64), np.arange(a), a + who, np.full(edges.posts, sink)]
    ones = len(edges) + a + len(who)
    costs = [edges.cost, np.zeros(a, np.int64), turn * second, np.zeros(edges.posts, np.int64)]
    flows = solve(tails, heads, [np.ones(ones, np.int8), capacity], costs, sink + 1, int(min(len(who), capacity.sum())))
    chosen = np.flatnonzero(flows[: len(edges)])
    if not dear:
        return chosen, None
    # Shortest ways through what the flow left: from whoever could still come, or from a place given up.
    tail, head, cost = (np.concatenate(column)[:ones] for column in (tails, heads, costs))
    full = flows[:ones] > 0
    start, end, step = np.where(full, head, tail), np.where(full, tail, head), np.where(full, -cost, cost)
    far = np.full(sink + 1, 4 * dear)
    far[b:source], far[source] = dear, 0
    moved = np.ones(sink + 1, bool)
    while moved.any():
        arcs = np.flatnonzero(moved[start])
        before = far.copy()
        np.minimum.at(far, end[arcs], before[start[arcs]] + step[arcs])
        moved = far < before
    return chosen, np.where(capacity > 0, np.clip(dear - far[b:source], 0, dear), dear)


def further(count: np.ndarray, second: int) -> int:
    """What second and further shifts cost, from the number of shifts of each person."""
    return int((count * (count - 1) // 2).sum()) * second


def prices(edges: Edges, chosen: np.ndarray, dear: int) -> np.ndarray:
    """The least price of a place at each post under which nobody would change: dual values of an optimal plan (one post each).

    p[q] ≥ 0, zero where places are empty; a person placed at q0 finds no edge whose cost + price is below that of q0.
    """
    worth = edges.cost - dear
    at = np.full(edges.people, -1, np.int64)
    at[edges.person[chosen]] = chosen
    held = at[edges.person]
    found = np.zeros(edges.posts, np.int64)
    idle = held < 0
    np.maximum.at(found, edges.post[idle], -worth[idle])
    inner = np.flatnonzero(~idle & (held != np.arange(len(edges))))
    start, end = edges.post[held[inner]], edges.post[inner]
    step = worth[held[inner]] - worth[inner]
    for _ in range(edges.posts + 1):
        before = found.copy()
        np.maximum.at(found, end, before[start] + step)
        if (found == before).all():
            return found
    raise ArithmeticError("the plan is not the best one: it has no prices")


def reduced(edges: Edges, price: np.ndarray, dear: int) -> tuple[np.ndarray, np.ndarray]:
    """Cost − dear + price of each edge, and the least of them for each person, 0 for staying at home."""
    worth = edges.cost + (price - dear)[edges.post]
    best = np.zeros(edges.people, np.int64)
    np.minimum.at(best, edges.person, worth)
    return worth, best


def lower_bound(best: np.ndarray, capacity: np.ndarray, price: np.ndarray, dear: int) -> int:
    """A bound of cost + dear × empty places that holds for any prices ≥ 0 (Lagrange)."""
    return int(best.sum() - (capacity * price).sum()) + dear * int(capacity.sum())


def cheapest(edges: Edges, capacity: np.ndarray, keep: int) -> np.ndarray:
    """Positions of the cheapest keep × places edges of each post."""
    order = None if (np.diff(edges.post) >= 0).all() else np.argsort(edges.post, kind="stable")
    cost = edges.cost if order is None else edges.cost[order]
    ends = np.cumsum(np.bincount(edges.post, minlength=edges.posts))
    begin, found = 0, []
    for end, count in zip(ends.tolist(), (capacity * keep).tolist(), strict=True):
        if count >= end - begin:
            found.append(np.arange(begin, end))
        elif count:
            found.append(begin + np.argpartition(cost[begin:end], count - 1)[:count])
        begin = end
    where = np.concatenate(found) if found else np.zeros(0, np.int64)
    return where if order is None else order[where]


def first_edges(edges: Edges, capacity: np.ndarray) -> np.ndarray:
    """Mask of the edges to begin with: the cheapest of each post, and where places are many, the two cheapest of each person."""
    kept = np.zeros(len(edges), bool)
    kept[cheapest(edges, capacity, KEEP)] = True
    if 4 * capacity.sum() > edges.people:
        cost = edges.cost.copy()
        for _ in range(2):
            least = np.full(edges.people, COST_LIMIT + 1)
            np.minimum.at(least, edges.person, cost)
            mine = (cost == least[edges.person]) & (cost <= COST_LIMIT)
            kept |= mine
            cost[mine] = COST_LIMIT + 1
    return kept


def place(edges: Edges, capacity, *, rounds: int = ROUNDS, few: int = FEW_EDGES, go_on=None) -> Flow:
    """The best plan of one post each: as many places filled as can be, then the least cost.

    Only the cheapest edges are tried first. The prices of that plan show which of the others could make it better; those
    join and it is solved again, until none is left: then it is the best of all. `go_on(rounds done)` is asked between
    rounds; when it says no, or after `rounds`, the plan stands with the bound that its prices prove.
    """
    room = capped(edges, capacity)
    dear, seats = big(edges), int(room.sum())
    if not len(edges) or not seats:
        return Flow(np.zeros(0, np.int64), 0, seats, 0, 0, np.where(room > 0, 0, dear), dear)
    kept = np.ones(len(edges), bool) if len(edges) <= few else first_edges(edges, room)
    bound, turn = 0, 0
    while True:
        turn += 1
        whole = 2 * int(kept.sum()) > len(edges)
        where = np.arange(len(edges)) if whole else np.flatnonzero(kept)
        part = edges if whole else edges.only(where)
        inside = once(part, room)
        chosen = where[inside]
        cost, empty = int(edges.cost[chosen].sum()), seats - len(chosen)
        if whole:
            return Flow(chosen, cost, empty, cost, turn, np.where(room > 0, prices(edges, chosen, dear), dear), dear)
        price = np.where(room > 0, prices(part, inside, dear), dear)
        mine = reduced(part, price, dear)[1]
        worth, best = reduced(edges, price, dear)
        bound = max(bound, lower_bound(best, room, price, dear))
        if bound >= cost + dear * empty or turn >= rounds or (go_on and not go_on(turn)):
            return Flow(chosen, cost, empty, max(0, min(cost, bound - dear * empty)), turn, price, dear)
        worth -= mine[edges.person]
        joins = np.flatnonzero((worth < SLACK) & ~kept)
        if len(joins) > len(where):
            joins = joins[cheapest(replace(edges.only(joins), cost=worth[joins]), room, KEEP)]
        kept[joins] = True


def at_once(edges: Edges, capacity) -> Flow:
    """A fair plan without a solver, for somebody who cannot wait: all ask for their cheapest open post, each post takes its cheapest."""
    room = capped(edges, capacity)
    seats = int(room.sum())
    order = np.argsort(edges.cost, kind="stable")
    taken: list[np.ndarray] = []
    while len(order):
        first = order[np.sort(np.unique(edges.person[order], return_index=True)[1])]
        first = first[np.argsort(edges.post[first], kind="stable")]
        posts = edges.post[first]
        nth = np.arange(len(first)) - np.searchsorted(posts, posts)
        in_ = first[nth < room[posts]]
        taken.append(in_)
        room -= np.bincount(edges.post[in_], minlength=edges.posts)
        home = np.ones(edges.people, bool)
        home[edges.person[in_]] = False
        order = order[home[edges.person[order]] & (room[edges.post[order]] > 0)]
    chosen = np.concatenate(taken) if taken else np.zeros(0, np.int64)
    dear, room = big(edges), capped(edges, capacity)
    least = lower_bound(
        reduced(edges, np.zeros(edges.posts, np.int64), dear)[1], room, np.zeros(edges.posts, np.int64), dear
    )
    empty = seats - len(chosen)
    cost = int(edges.cost[chosen].sum())
    return Flow(chosen, cost, empty, max(0, min(cost, least - dear * empty)))

"""Who goes where: first assignments and rosters, each in a process of its own, so that its memory is its own too."""

import json
import subprocess
import sys
from pathlib import Path

from bench.common import Context, Figure, at_most

ROOT = Path(__file__).resolve().parents[1]
BEGIN = """
import json, resource, sys, time
import numpy as np
from huying.solvers import flow
from huying.solvers.pairs import People, Posts, Weights, feasible_pairs
people, posts, places, reach = json.loads(sys.argv[1])
r = np.random.default_rng(7)
side = (people / 250_000) ** 0.5 * 30_000
who = People(r.uniform(0, side, people), r.uniform(0, side, people), load=r.integers(0, 2400, people))
at = Posts(r.uniform(0, side, posts), r.uniform(0, side, posts), reach=np.full(posts, reach))
room = r.multinomial(places - posts, np.ones(posts) / posts) + 1
edges = feasible_pairs(who, at, Weights())
"""
# The short ones are the quickest of three: what else the machine did meanwhile is not theirs.
TIMED = """
def timed(turns, run):
    times = []
    for _ in range(turns):
        began = time.perf_counter()
        best = run()
        times.append(time.perf_counter() - began)
    return min(times), best
"""
ONCE = TIMED + "seconds, best = timed(1, lambda: flow.place(edges, room))\ngap = best.gap"
EXACT = TIMED + "seconds, best = timed(3, lambda: flow.place(edges, room))\ngap = best.gap"
END = """
print(json.dumps({"pairs": len(edges), "seconds": seconds, "gap": gap,
    "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""
FACE = """
import json, resource, sys, time
import numpy as np
from huying.solvers import assignment
people, posts = json.loads(sys.argv[1])
r = np.random.default_rng(7)
skills = ("scan", "first_aid", "dialect")
who = [
    assignment.Person(
        n, *r.uniform(0, 3000, 2), any_post=True, load_minutes=int(r.integers(0, 2400)), age=int(r.integers(16, 80)),
        skills=frozenset(r.choice(skills, 1)),
    )
    for n in range(people)
]
at = [
    assignment.Post(n, *r.uniform(0, 3000, 2), 1 + n % 3, skills=frozenset(skills[: n % 4 == 0]), min_age=18)
    for n in range(posts)
]
assignment.assign(who[:2], at[:2])
plans = [assignment.assign(who, at) for _ in range(3)]
plan = min(plans, key=lambda plan: plan.seconds)
print(json.dumps({"seconds": plan.seconds, "gap": plan.gap, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""
EVENING = """
seconds, quick = timed(3, lambda: flow.place(edges, room, rounds=1))
best = flow.place(edges, room)
gap = 100 * (quick.cost - best.cost) / best.cost if quick.empty == best.empty else 100.0
"""
ROSTER = """
import json, resource, sys
import numpy as np
from huying.solvers import roster
from huying.solvers.roster_checks import check
people, r, day = json.loads(sys.argv[1])[0], np.random.default_rng(1), 24 * 60
blocks = [(d * day + b * 480, d * day + b * 480 + 480) for d in range(28) for b in range(3)]
shifts = [
    roster.Shift(3 * n + p + 1, a, b, 1 + int(r.integers(2)), rest=660) for n, (a, b) in enumerate(blocks) for p in range(3)
]
crowd = [
    roster.Person(
        i, int(r.choice([480, 960, 1440])), a_day=720, free=tuple(block for block in blocks if r.random() < 0.4),
        wishes=frozenset(int(x) + 1 for x in r.choice(len(shifts), 8)),
    )
    for i in range(people)
]
plan = roster.solve(crowd, shifts, time_limit=25)
assert not check(crowd, shifts, plan), check(crowd, shifts, plan)
print(json.dumps({"pairs": len(shifts), "seconds": plan.seconds, "gap": plan.gap,
    "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def measured(code: str, *sizes) -> dict:
    """What a piece of code printed, run in a new process that may not take more than five minutes."""
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(sizes)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def figures(ctx: Context) -> list[Figure]:
    """The rows of the table in README, 'Who goes where'."""
    few = measured(BEGIN + EXACT + END, ctx.scaled(1000), 300, 900, 3000)
    face = measured(FACE, ctx.scaled(1000), 300)
    evening = measured(BEGIN + TIMED + EVENING + END, ctx.scaled(250_000), 500, 7_000, 4000)
    many = measured(BEGIN + ONCE + END, ctx.scaled(250_000), 10_000, 100_000, 780)
    roster = measured(ROSTER, ctx.scaled(200))
    return [
        at_most(f"assignment: 1,000 people, 300 posts, {few['pairs']:,} pairs, exact", few["seconds"], "s", 0.5),
        at_most("assignment: the same from people and posts to a plan with reasons", face["seconds"], "s", 0.5),
        at_most(f"assignment: a usual evening, 250,000 people, 500 posts, {evening['pairs']:,} pairs", evening["seconds"], "s", 1),
        at_most("assignment: a usual evening, above the exact optimum by", evening["gap"], "%", 0.1),
        at_most(f"assignment: 250,000 people, 10,000 posts, {many['pairs']:,} pairs, exact", many["seconds"], "s", 30),
        at_most("assignment: 250,000 people, 10,000 posts, gap to the bound", many["gap"], "%", 0),
        at_most("assignment: 250,000 people, 10,000 posts, memory", many["mb"], "MB", 1536),
        at_most(f"roster: 200 people, 4 weeks, {roster['pairs']} shifts", roster["seconds"], "s", 30),
        at_most("roster: 200 people, 4 weeks, gap to the bound", roster["gap"], "%", 10),
    ]  # fmt: skip

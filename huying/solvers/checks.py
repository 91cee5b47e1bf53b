"""Independent checkers: every hard rule and the objective of a plan, anew and in plain Python, sharing nothing with the solvers."""

import math
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from huying.solvers.assignment import Person, Plan, Post, Weights


def effort(person: Person, post: Post, weights: Weights) -> int:
    """Metres that one pair counts for."""
    return (
        round(math.hypot(person.x - post.x, person.y - post.y))
        + min(person.load_minutes * weights.load_per_hour // 60, weights.load_at_most)
        + (weights.helps if post.helps and not post.helps & person.skills else 0)
        + (0 if post.id in person.wishes else weights.wish)
    )


def allowed(person: Person, post: Post) -> bool:
    """Whether the rules let a person stand at a post, whatever else they do."""
    age = person.age if person.age is not None else -1
    return (
        (person.any_post or post.id in person.yes)
        and post.skills <= person.skills
        and not post.body & person.avoids
        and (not post.min_age or age >= post.min_age)
        and (post.max_age is None or 0 <= age <= post.max_age)
        and (post.reach is None or math.hypot(person.x - post.x, person.y - post.y) <= post.reach)
        and (person.free is None or any(a <= post.starts and post.ends <= b for a, b in person.free))
        and not any(a < post.ends + post.rest and post.starts < b for a, b in person.busy)
        and (person.minutes_left is None or post.ends - post.starts <= person.minutes_left)
    )


def objective(
    people: dict[int, Person], posts: dict[int, Post], pairs: list[tuple[int, int]], companions, weights
) -> int:
    """Effort of a plan given as pairs (person, post): the pairs, further shifts, parted companions."""
    total = sum(effort(people[person], posts[post], weights) for person, post in pairs)
    for count in Counter(person for person, _ in pairs).values():
        total += weights.second * (count * (count - 1) // 2)
    at = {person: {post for one, post in pairs if one == person} for person in people}
    friends = {(min(a, b), max(a, b)) for a, b in companions if a != b and a in people and b in people}
    return total + weights.together * sum(bool(at[a] | at[b]) and not at[a] & at[b] for a, b in friends)


def broken(
    people: dict[int, Person], posts: dict[int, Post], pairs: list[tuple[int, int]], fixed=(), forbidden=()
) -> list[str]:
    """Each hard rule that pairs (person, post) break, in words; empty when none."""
    found = [f"{pair} twice" for pair, count in Counter(pairs).items() if count > 1]
    found += [f"{pair} is not allowed" for pair in pairs if not allowed(people[pair[0]], posts[pair[1]])]
    found += [f"{pair} was forbidden" for pair in set(pairs) & set(forbidden)]
    found += [f"{pair} was fixed" for pair in set(fixed) - set(pairs)]
    for post, count in Counter(post for _, post in pairs).items():
        if count > posts[post].capacity:
            found.append(f"post {post} has {count} people for {posts[post].capacity} places")
    for person in people.values():
        mine = sorted((posts[post] for one, post in pairs if one == person.id), key=lambda post: post.starts)
        if len(mine) > person.most:
            found.append(f"person {person.id} has {len(mine)} shifts")
        if person.minutes_left is not None and sum(post.ends - post.starts for post in mine) > person.minutes_left:
            found.append(f"person {person.id} has more than {person.minutes_left} minutes")
        for one, other in pairwise(mine):
            if other.starts < one.ends + one.rest:
                found.append(f"person {person.id} has {one.id} and {other.id} at once")
    return found


def check(
    plan: Plan,
    people: Iterable[Person],
    posts: Iterable[Post],
    *,
    companions=(),
    fixed=(),
    forbidden=(),
    weights=Weights(),
) -> list[str]:
    """What is wrong with a plan, in words: rules, sums, reasons, who is left; empty when it is right."""
    people, posts = {person.id: person for person in people}, {post.id: post for post in posts}
    pairs = [(one.person, one.post) for one in plan.placed]
    found = broken(people, posts, pairs, fixed, forbidden)
    total = objective(people, posts, pairs, companions, weights)
    if total != plan.objective:
        found.append(f"the objective is {total}, the plan says {plan.objective}")
    if plan.bound > plan.objective:
        found.append(f"a bound of {plan.bound} above {plan.objective}")
    there = Counter(post for _, post in pairs)
    missing = {post.id: post.capacity - there[post.id] for post in posts.values() if post.capacity > there[post.id]}
    if missing != {one.post: one.missing for one in plan.unfilled}:
        found.append("the empty places are not those of the plan")
    if set(plan.left) != set(people) - {person for person, _ in pairs}:
        found.append("those left are not those of the plan")
    for one in plan.placed:
        person, post = people[one.person], posts[one.post]
        if one.reason.effort != effort(person, post, weights) or one.reason.wished != (post.id in person.wishes):
            found.append(f"the reason for {one.person} at {one.post} does not hold")
    for pair in plan.pairs:
        both = {post for person, post in pairs if person == pair.a} & {
            post for person, post in pairs if person == pair.b
        }
        if pair.together != bool(both):
            found.append(f"companions {pair.a} and {pair.b} are said to be {'together' if pair.together else 'parted'}")
    return found

"""Which public calls of a neighbourhood look like what is being said: a hint before the same matter is raised twice."""

import math
from collections import Counter

from huying.calls.models import Call
from huying.kernel.grams import grams

CANDIDATES = 200
LIKE_ENOUGH = 0.28
SAME_CATEGORY = 0.15


def find(scope: str, text: str, *, category: str = "", besides: int | None = None, limit: int = 3) -> list[Call]:
    """Open public calls at or below the path `scope` that look alike, the most alike first; one query."""
    if len(grams(text)) < 2:
        return []
    calls = Call.objects.public().open().within(scope).exclude(pk=besides).order_by("-id")
    rows = list(calls.only("id", "public_text", "category", "state", "due_at", "raised_at", "place_id")[:CANDIDATES])
    scores = likeness(text, [row.public_text for row in rows])
    ranked = []
    for score, row in zip(scores, rows, strict=True):
        if category and row.category == category and score > 0:
            score += SAME_CATEGORY
        if score >= LIKE_ENOUGH:
            ranked.append((-score, -row.pk, row))
    return [row for _score, _pk, row in sorted(ranked, key=lambda one: one[:2])[:limit]]


def likeness(text: str, others: list[str]) -> list[float]:
    """How alike a text is to each of the others, 0 to 1: the cosine of their pairs of characters, rare ones weighing more."""
    own, theirs = set(grams(text)), [set(grams(other)) for other in others]
    known = Counter(gram for one in theirs for gram in one)
    total = len(theirs) + 1

    def weight(gram: str) -> float:
        return math.log(1 + total / max(1, known[gram])) ** 2

    mass = sum(map(weight, own))
    return [
        sum(map(weight, own & other)) / math.sqrt(mass * sum(map(weight, other))) if own and other else 0.0
        for other in theirs
    ]

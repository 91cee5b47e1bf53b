"""Reads of wishes that span tables."""

from huying.wishes import rules
from huying.wishes.models import Claim, Wish
from huying.wishes.rules import Leaf

# More than a tree can carry readably; the oldest that came true make room.
MOST_LEAVES = 2000

__all__ = ["MOST_LEAVES", "Leaf", "leaves", "open_claim"]


def leaves(place) -> list[Leaf]:
    """The leaves of a place's tree by slot: one query. Of more than MOST_LEAVES the newest; words and alias are for everybody."""
    rows = (
        Wish.objects.public()
        .within(place.path)
        .order_by("-slot", "-pk")
        .values_list("pk", "public_text", "alias", "kind", "state", "slot")[:MOST_LEAVES]
    )
    return [
        Leaf(pk, words, alias, kind, state, state == rules.CONFIRMED, slot)
        for pk, words, alias, kind, state, slot in reversed(rows)
    ]


def open_claim(wish: Wish) -> Claim | None:
    """The claim that holds a wish now, with who made it, or None."""
    return wish.claims.open().select_related("person", "unit").first()

"""Every state × step, and every step × who: the table in workflow.py against one written by hand from domain.md."""

import pytest

from huying.kernel.scopes import ANONYMOUS, SYSTEM, link_holder
from huying.kernel.testing import assert_table
from huying.wishes.choices import State
from huying.wishes.models import Wish
from huying.wishes.tests.scene import in_state, verify_unit
from huying.wishes.workflow import WISH

TREE = {"published", "claimed", "contact", "fulfilled", "confirmed", "closed"}
KEEP = {"zhi", "gao", "qin"}
GIVE = {"xu", "tian", "lu", "zhi", "gao", "qin", "jie", "zhao"}
VOICE = {"wisher", "lu", "zhi", "gao", "qin"}
# step: (states that it may be taken from, state after, who may)
WAY = {
    "verify": ({"collected"}, "verified", KEEP),
    "publish": ({"verified"}, "published", KEEP),
    "reword": ({"verified"} | TREE, None, KEEP),
    "decline": ({"collected", "verified", "published"}, "declined", KEEP),
    "move": ({"collected", "verified", "published"}, "moved", KEEP),
    "claim": ({"published"}, "claimed", GIVE),
    "answer": (set(), "claimed", {"gao", "qin"}),  # not before its 30 days
    "join": ({"claimed", "contact"}, None, GIVE),
    "reveal": ({"claimed", "contact", "fulfilled"}, None, {"xu"}),
    "contact": ({"claimed", "contact"}, "contact", {"xu"}),
    "fulfil": ({"claimed", "contact"}, "fulfilled", {"xu"}),
    "say": ({"claimed", "contact", "fulfilled"}, None, {"xu", *VOICE}),
    "release": ({"claimed", "contact"}, "published", {"xu", "gao", "qin"}),
    "confirm": ({"fulfilled", "closed"}, "confirmed", VOICE),
    "close": ({"fulfilled"}, "closed", {"system", *VOICE}),
    "reoffer": ({"fulfilled"}, "published", VOICE),
    "take_down": ({"collected", "verified"} | TREE, "withdrawn", VOICE),
    "remind": ({"claimed"}, None, {"system"}),
    "lapse": ({"claimed"}, "published", {"system"}),
    "answer_due": ({"published"}, None, {"system"}),
    "ask_again": ({"fulfilled"}, None, {"system"}),
}


def fill(step, row):
    """What a step needs on the locked row."""
    if step in ("verify", "reword"):
        row.public_text, row.alias, row.kind = "想要一个风扇", "一位奶奶", "thing"
        row.verified_at, row.verified_by_id = row.collected_at, row.verified_by_id or row.written_by_id
    elif step == "publish":
        row.published_at = row.collected_at
        row.published_by_id = row.verified_by_id
        row.slot = 10_000 + row.pk
    elif step == "decline":
        row.declined_reason = "请找民政窗口"
    elif step in ("claim", "answer"):
        row.claimed_at = row.collected_at
    elif step == "fulfil":
        row.fulfilled_at = row.collected_at


@pytest.mark.slow
def test_the_table_is_the_one_of_the_domain(stage):
    verify_unit(stage)
    actors = {
        "anonymous": ANONYMOUS,
        "system": SYSTEM,
        "wisher": lambda wish: link_holder("wish", wish.pk),
        "another wisher": lambda wish: link_holder("wish", wish.pk + 1000),
        "caller": lambda wish: link_holder("call", wish.pk),
        **{name: stage.actor(name) for name in ("wu", "xu", "tian", "lu", "zhi", "gao", "qin", "jie", "zhao")},
    }
    kept: dict[str, Wish] = {}

    def make(state):
        """A fresh row of a state, copied from one that the real actions made."""
        if state not in kept:
            kept[state] = in_state(stage, state)
        return again(kept[state])

    went = assert_table(WISH, make, actors, State.values, fill)
    expected = {(state, step, who) for step, (states, _target, may) in WAY.items() for state in states for who in may}
    assert went == expected


def again(pattern: Wish) -> Wish:
    """Another wish just like this one, with its claim."""
    import secrets

    wish = Wish.objects.get(pk=pattern.pk)
    claims = list(wish.claims.all())
    wish.pk, wish.intake_key, wish._state.adding = None, secrets.token_hex(8), True
    if wish.slot:
        wish.slot = secrets.randbelow(1_000_000_000)
    wish.save()
    for claim in claims:
        claim.pk, claim.wish, claim._state.adding = None, wish, True
        claim.save()
    return wish


def test_every_step_leads_where_the_domain_says():
    assert {name: step.target for name, step in WISH.steps.items()} == {
        name: target for name, (_states, target, _may) in WAY.items()
    }

"""Which step fits a call best now: the one button of a row, and the order of the rest in the menu."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.calls import rules
from huying.calls.catalogue import category
from huying.calls.models import Call
from huying.calls.workflow import CALL, in_unit
from huying.kernel.scopes import Actor
from huying.kernel.workflow import Step


def _review_is_due(call: Call, actor: Actor) -> bool:
    return call.review_on is not None and call.review_on <= timezone.localdate()


def _not_ours(call: Call, actor: Actor) -> bool:
    """Whether the duty list puts the matter elsewhere than at the desk where it lies."""
    found = category(call.category)
    return call.unit_id is None and found is not None and found.duty(call.level) != "lead"


def _never_contacted(call: Call, actor: Actor) -> bool:
    """Whether the owner has an assigned call on which the resident has not heard from anybody."""
    return call.contacted_at is None and call.unit_id is not None and not in_unit(actor, call)


def _ours_to_do(call: Call, actor: Actor) -> bool:
    """Whether the actor does the work: its unit, or its owner when no unit has it."""
    return in_unit(actor, call) or (call.unit_id is None and call.owner_id == actor.id)


def _always(call: Call, actor: Actor) -> bool:
    return True


# In this order: what others wait for, then what nobody has taken, then the work itself.
ORDER = (
    ("uphold", _always),
    ("extend", _always),
    ("accept", _always),
    ("take", _always),
    ("unpark", _review_is_due),
    ("assign", _not_ours),
    ("start", _ours_to_do),
    ("resolve", _ours_to_do),
    ("contact", _never_contacted),
)

# The rest of what staff may do, as the menu lists it. `overrule`, `refuse_extension` and `settle` are answers within a form
# of their pair; `close` and `refer` likewise belong to `confirm` and `reopen`.
MENU = (
    ("uphold", "extend", "accept", "take", "start", "resolve", "contact", "unreached", "note"),
    ("assign", "hand_over", "ask_assist", "escalate", "offer_up", "send_down", "dispute", "return"),
    ("classify", "reword", "add_words", "ask_extension", "park", "unpark", "merge", "unmerge", "decline", "make_wish"),
    ("confirm", "reopen", "withdraw"),
)
PAIRED = {"overrule": "uphold", "refuse_extension": "extend", "settle": "accept", "close": "confirm", "refer": "reopen"}

ICONS = {
    "accept": "hand",
    "settle": "leaf",
    "decline": "guide",
    "make_wish": "leaf",
    "offer_up": "escalate",
    "escalate": "escalate",
    "send_down": "arrow-right",
    "take": "hand",
    "hand_over": "people",
    "assign": "send",
    "start": "clock",
    "return": "return",
    "dispute": "return",
    "uphold": "check",
    "ask_assist": "people",
    "ask_extension": "calendar",
    "extend": "calendar",
    "park": "parked",
    "unpark": "clock",
    "contact": "phone",
    "unreached": "phone",
    "note": "edit",
    "classify": "tag",
    "reword": "edit",
    "add_words": "plus",
    "resolve": "leaf",
    "merge": "merge",
    "unmerge": "return",
    "withdraw": "return",
    "confirm": "face-good",
    "reopen": "reopen",
}
# Some steps are one of two answers to a question: the button asks the question.
LABELS = {"uphold": _("裁定异议"), "extend": _("批延期"), "confirm": _("记居民的评价")}
# The letter that opens a step's form by keyboard.
KEYS = {
    "accept": "a",
    "take": "t",
    "start": "s",
    "resolve": "r",
    "contact": "c",
    "note": "n",
    "assign": "d",
    "uphold": "y",
    "extend": "y",
    "escalate": "u",
    "offer_up": "u",
    "park": "p",
    "merge": "m",
    "decline": "g",
    "unpark": "b",
}
# Steps that need nothing more than the tap.
PLAIN = ("take", "start", "unpark", "unmerge")
# What takes a step back: shown once, right after it.
UNDO = {"park": "unpark", "merge": "unmerge"}


def label(name: str):
    """What a step's button says."""
    return LABELS.get(PAIRED.get(name, name)) or CALL[name].label


def fits(name: str, call: Call, actor: Actor) -> bool:
    """Whether the actor may take the step now; asks nothing of the database once the rows are dressed."""
    step = CALL[name]
    return call.state in step.sources and step.may(actor, call) and step.when(call)


def fitting(call: Call, actor: Actor, prefer: Iterable[str] = ()) -> Step | None:
    """The one step to offer on a call; those of `prefer` first. None when nothing is to be done now."""
    for name in prefer:
        if fits(name, call, actor):
            return CALL[name]
    for name, wanted in ORDER:
        if wanted(call, actor) and fits(name, call, actor):
            return CALL[name]
    return None


def menu(call: Call, actor: Actor, without: str = "") -> list[list[Step]]:
    """The other steps that the actor may take, in groups; empty groups are left out."""
    able = {step.name for step in CALL.available(call, actor)}
    able |= {PAIRED[name] for name in able if name in PAIRED}
    groups = [[CALL[name] for name in group if name in able and name != without] for group in MENU]
    return [group for group in groups if group]


def level_of_desk(actor: Actor) -> str:
    """The lowest level at which the actor has a desk; '' for somebody who holds no post that answers calls."""
    levels = [rules.LEVEL_OF_ROLE[post.role] for post in actor.posts if post.role in rules.LEVEL_OF_ROLE]
    return min(levels, key=rules.rank) if levels else ""

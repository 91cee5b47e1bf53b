"""Which action a step of the API is, and which of the body's fields it takes."""

from collections.abc import Callable

from huying.calls import actions
from huying.calls.models import Call
from huying.directory.models import Unit
from huying.directory.queries import units_for
from huying.kernel.errors import BadInput
from huying.kernel.scopes import Actor


def _unit(call: Call, number: int | None) -> Unit:
    """A unit that serves the call's place; BadInput for any other."""
    found = next((unit for unit in units_for(call.place) if unit.pk == number), None)
    if found is None:
        raise BadInput("this unit does not serve the place", fields={"unit": "unknown here"})
    return found


def _other(call: Call, number: int | None, by: Actor) -> Call:
    found = Call.objects.visible_to(by).filter(pk=number or 0).first()
    if found is None:
        raise BadInput("there is no such call to merge into", fields={"into": "unknown"})
    return found


STEPS: dict[str, Callable] = {
    "accept": lambda c, b, g: actions.accept(
        c, b.category, urgency=b.urgency, public_text=b.public_text, public=b.public, **g
    ),
    "settle": lambda c, b, g: actions.settle(
        c, b.outcome, b.category, public_text=b.public_text, public=b.public, contacted=b.contacted, **g
    ),
    "decline": lambda c, b, g: actions.decline(c, b.guided, b.guided_to, **g),
    "make_wish": lambda c, b, g: actions.make_wish(c, **g),
    "offer_up": lambda c, b, g: actions.offer_up(c, reason=b.reason, **g),
    "take": lambda c, b, g: actions.take(c, **g),
    "hand_over": lambda c, b, g: actions.hand_over(c, b.person or 0, **g),
    "assign": lambda c, b, g: actions.assign(c, _unit(c, b.unit), text=b.text, **g),
    "escalate": lambda c, b, g: actions.escalate(c, b.reason, **g),
    "send_down": lambda c, b, g: actions.send_down(c, b.text, **g),
    "start": lambda c, b, g: actions.start(c, **g),
    "return": lambda c, b, g: actions.return_(c, b.reason, **g),
    "dispute": lambda c, b, g: actions.dispute(c, b.reason, b.right_owner, **g),
    "uphold": lambda c, b, g: actions.uphold(c, text=b.text, **g),
    "overrule": lambda c, b, g: actions.overrule(c, b.text, **g),
    "ask_assist": lambda c, b, g: actions.ask_assist(c, _unit(c, b.unit), **g),
    "ask_extension": lambda c, b, g: actions.ask_extension(c, b.days or 0, b.reason, **g),
    "extend": lambda c, b, g: actions.extend(c, **g),
    "refuse_extension": lambda c, b, g: actions.refuse_extension(c, b.text, **g),
    "park": lambda c, b, g: actions.park(
        c,
        reason=b.reason,
        basis=b.basis,
        person=b.responsible,
        review_on=b.review_on,
        public_words=b.public_words,
        **g,
    ),
    "unpark": lambda c, b, g: actions.unpark(c, **g),
    "contact": lambda c, b, g: actions.contact(c, b.text, **g),
    "unreached": lambda c, b, g: actions.unreached(c, b.text, **g),
    "note": lambda c, b, g: actions.note(c, b.text, **g),
    "classify": lambda c, b, g: actions.classify(c, b.category, urgency=b.urgency, **g),
    "reword": lambda c, b, g: actions.reword(c, b.public_text, b.public, **g),
    "resolve": lambda c, b, g: actions.resolve(c, b.outcome, **g),
    "merge": lambda c, b, g: actions.merge(c, _other(c, b.into, g["by"]), **g),
    "unmerge": lambda c, b, g: actions.unmerge(c, **g),
}
RESIDENT_STEPS: dict[str, Callable] = {
    "add_words": lambda c, b, by: actions.add_words(c, b.text, by=by),
    "withdraw": lambda c, b, by: actions.withdraw(c, by=by, reason=b.text),
    "confirm": lambda c, b, by: actions.confirm(c, b.rating, by=by, text=b.text),
    "close": lambda c, b, by: actions.close(c, b.rating, by=by, text=b.text),
    "reopen": lambda c, b, by: actions.reopen(c, b.text, by=by),
}

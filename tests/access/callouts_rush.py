"""Signing up behind the link of a message: the link is the key, whoever else is logged in."""

from huying.callouts.tests.scene import a_callout, a_shift, asked, crowd

from .columns import POST_ONLY, WHO

TABLE: dict = {"o/<str:secret>/shift/<int:shift>/": POST_ONLY}
POSTED: dict = {"o/<str:secret>/shift/<int:shift>/": dict.fromkeys(WHO, 303)}


def scene(stage, raise_one) -> dict:
    """The link of a volunteer's message, and a post of the call-out that it is of."""
    callout = a_callout(stage)
    shift = a_shift(callout)
    one = asked(callout, crowd(stage, 1)[0])
    return {"o/<str:secret>/shift/<int:shift>": shift.pk, "o/<str:secret>": one.secret}

"""Every write of appraisals: entries and replies, which are never changed, and the word to units at a quarter's end."""

from huying.appraisals.actions.entries import correct, give, reply
from huying.appraisals.actions.keeping import erase_old, tell_quarter

__all__ = ["correct", "erase_old", "give", "reply", "tell_quarter"]

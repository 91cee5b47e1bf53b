"""The facts that wishes publish: the only module of this context that a sibling may import.

The subject is the wish; facts: `claim`, `person` (who claimed) and `unit` (0 or missing: for themselves), where one is meant.
"""

COLLECTED = "wishes.collected"
VERIFIED = "wishes.verified"
DECLINED = "wishes.declined"
PUBLISHED = "wishes.published"
CLAIMED = "wishes.claimed"
JOINED = "wishes.joined"  # another giver of a large wish
CONTACTED = "wishes.contacted"
FULFILLED = "wishes.fulfilled"
CONFIRMED = "wishes.confirmed"  # the smiley
CLOSED = "wishes.closed"  # no word within the days for it
REOFFERED = "wishes.reoffered"  # not what was wished: offered again
RELEASED = "wishes.released"  # the claimant gave the claim back
LAPSED = "wishes.lapsed"  # no contact within 7 days
ANSWER_DUE = "wishes.answer_due"  # unclaimed for 30 days: the community answers
TAKEN_DOWN = "wishes.taken_down"
REVEALED = "wishes.revealed"  # the claimant opened name and address
BECOMES_CALL = "wishes.becomes_call"
REMINDED = "wishes.reminded"  # the claimant, before the claim lapses
ASKED_AGAIN = "wishes.asked_again"  # the wisher, whether it came true
REWORDED = "wishes.reworded"
SAID = "wishes.said"  # words between claimant and wisher
BOX_TAKEN = "wishes.box_taken"  # a list from a paper box; the subject is the list

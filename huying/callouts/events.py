"""The facts that call-outs publish: the only module of this context that a sibling may import.

The subject is the call-out, the sign-up or the volunteer; facts: `callout`, `shift`, `signup`, `person` (whom it
concerns), `minutes`, where one is meant. Ids, codes and numbers only.
"""

# A call-out
POSTED = "callouts.posted"
CHANGED = "callouts.changed"
CLOSED = "callouts.closed"  # no more sign-ups
REOPENED = "callouts.reopened"
CALLED_OFF = "callouts.called_off"
FINISHED = "callouts.finished"
ASKED = "callouts.asked"  # a wave was told; `wave`, `count`
ANSWERED = "callouts.answered"  # somebody can come; that somebody cannot is nobody's record
INSURED = "callouts.insured"  # accident insurance was confirmed for a post
PROPOSED = "callouts.proposed"  # a first assignment was worked out
PUBLISHED = "callouts.published"  # and published
# A sign-up
SIGNED_UP = "callouts.signed_up"
QUEUED = "callouts.queued"
OFFERED = "callouts.offered"  # a place, until a time
ACCEPTED = "callouts.accepted"
DECLINED = "callouts.declined"
LAPSED = "callouts.lapsed"
WITHDRAWN = "callouts.withdrawn"
CANCELLED = "callouts.cancelled"  # the call-out or the post fell away
SWAPPED = "callouts.swapped"
# At the place
CHECKED_IN = "callouts.checked_in"
CHECKED_OUT = "callouts.checked_out"
NOT_THERE = "callouts.not_there"  # a check-in was taken back
GRANTED = "callouts.granted"  # hours, beside those measured
CORRECTED = "callouts.corrected"
SHOWN = "callouts.hours_shown"  # to the person, before they count
HELD_BACK = "callouts.hours_held_back"  # that was taken back
QUESTIONED = "callouts.hours_questioned"
ANSWERED_HOURS = "callouts.hours_answered"
COUNTED = "callouts.counted"
# Volunteers
REGISTERED = "callouts.registered"
CONFIRMED = "callouts.confirmed"  # by the community
PROVEN = "callouts.proven"  # a skill
TRANSFERRED = "callouts.transferred"
LEFT = "callouts.left"
CERTIFIED = "callouts.certified"
DECLINED_VOLUNTEER = "callouts.volunteer_declined"  # with words, told to the person
CHANGED_VOLUNTEER = "callouts.volunteer_changed"  # what they can, when, how often: by themselves
GUARDIAN_AGREED = "callouts.guardian_agreed"
GUARDIAN_WITHDREW = "callouts.guardian_withdrew"
UNPROVEN = "callouts.unproven"  # a proof was taken back
PROOF_ENDING = "callouts.proof_ending"  # soon
ERASED = "callouts.volunteer_erased"
REVOKED = "callouts.certificate_revoked"
# Numbers at a site; the subject is the queue or the slip, facts: `queue`, `number`, `lane`
QUEUE_OPENED = "callouts.queue_opened"
QUEUE_CHANGED = "callouts.queue_changed"  # how many lanes are open
QUEUE_CLOSED = "callouts.queue_closed"
QUEUE_REOPENED = "callouts.queue_reopened"
NUMBER_TAKEN = "callouts.number_taken"
NUMBER_CALLED = "callouts.number_called"
NUMBER_FINISHED = "callouts.number_finished"
NUMBER_MISSED = "callouts.number_missed"
NUMBER_BACK = "callouts.number_back"  # whoever missed it is there after all
NUMBER_UNDONE = "callouts.number_undone"  # the call was a slip of the finger
NUMBER_RESUMED = "callouts.number_resumed"  # and whoever was served before it is served still
NUMBER_LEFT = "callouts.number_left"

"""The facts that report-in publishes: the only module of this context that a sibling may import."""

# Units and members; the subject is the unit's report or the member.
UNIT_ASKED = "reportin.unit_asked"
UNIT_RECEIVED = "reportin.unit_received"
UNIT_DECLINED = "reportin.unit_declined"
UNIT_ENDED = "reportin.unit_ended"
MEMBER_REGISTERED = "reportin.member_registered"  # facts: person, unit
MEMBER_MOVED = "reportin.member_moved"  # facts: person, unit, to (the new community)
MEMBER_LEFT = "reportin.member_left"  # facts: person, unit
MEMBER_CHANGED = "reportin.member_changed"  # facts: person
MEMBER_UNLINKED = "reportin.member_unlinked"  # the unit says that somebody is not of it; facts: person, unit
EXEMPTED = "reportin.exempted"
EXEMPTION_ENDED = "reportin.exemption_ended"
EXEMPTION_ERASED = "reportin.exemption_erased"
UNIT_INVITED = "reportin.unit_invited"
UNIT_INVITATION_REVOKED = "reportin.unit_invitation_revoked"
# A unit invites its people; the subject is the list, then each slip. An invitation makes nobody a member.
PEOPLE_INVITED = "reportin.people_invited"  # facts: unit, count
INVITATION_DECLINED = "reportin.invitation_declined"  # facts: unit
INVITATION_REVOKED = "reportin.invitation_revoked"  # facts: unit
INVITATIONS_ERASED = "reportin.invitations_erased"  # facts: count
# The three lists. Facts name `person` and `unit` where somebody takes something on.
NEED_POSTED = "reportin.need_posted"
NEED_DISPATCHED = "reportin.need_dispatched"  # offered to some, who may take it; facts: units, persons (how many)
NEED_CLAIMED = "reportin.need_claimed"  # facts: project, person, unit, poster
NEED_RELEASED = "reportin.need_released"
NEED_WITHDRAWN = "reportin.need_withdrawn"
NEED_REMINDED = "reportin.need_reminded"
RESOURCE_POSTED = "reportin.resource_posted"
RESOURCE_CLOSED = "reportin.resource_closed"
# A project's facts: need, poster, person and unit (who took it on); of a helper: person and unit (who helps), holder.
PROJECT_STARTED = "reportin.project_started"
PROJECT_REPLANNED = "reportin.project_replanned"
PROJECT_STEP_DONE = "reportin.project_step_done"
PROJECT_DONE = "reportin.project_done"
PROJECT_CROSSED_OFF = "reportin.project_crossed_off"  # facts besides: helpers (their ids)
PROJECT_REOPENED = "reportin.project_reopened"
PROJECT_STOPPED = "reportin.project_stopped"
PROJECT_DUE_SOON = "reportin.project_due_soon"  # facts: about (start, due, overdue)
PROJECT_ASKED = "reportin.project_asked"  # done, and nobody has said yet whether it came
HELPER_JOINED = "reportin.helper_joined"
HELPER_LEFT = "reportin.helper_left"

"""The facts that modes publish. Ids and codes only: what a household needs stands nowhere in the log."""

SWITCHED_ON = "modes.switched_on"  # subject: the mode; facts: mode_kind, level, until
EXTENDED = "modes.extended"  # facts: until
LEVEL_CHANGED = "modes.level_changed"  # facts: level, was
ENDED = "modes.ended"  # facts: level
EXPIRED = "modes.expired"  # as above, by time
REPORTED = "modes.reported"  # subject: the mode; its report was made
# The place of these is the community: a household's own would say where somebody needs help.
HOUSEHOLD_ADDED = "modes.household_added"  # subject: the household
HOUSEHOLD_REMOVED = "modes.household_removed"  # facts: why withdrawn | lapsed
HOUSEHOLDS_OPENED = "modes.households_opened"  # subject: the place of the list; facts: count, role, mode

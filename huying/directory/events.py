"""What directory publishes. Every fact is an id or a code."""

REGISTERED = "directory.registered"  # subject: the unit; facts: unit_kind
VERIFIED = "directory.verified"  # subject: the unit
CLOSED = "directory.closed"  # subject: the unit
SEATED = "directory.seated"  # subject: the seat; facts: person, unit
UNSEATED = "directory.unseated"  # subject: the seat; facts: person, unit

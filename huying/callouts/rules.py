"""The pure rules of call-outs: states, who may do what, times. No Django, no clock."""

import datetime as dt
import math

OPEN, CLOSED, FINISHED, CALLED_OFF = "open", "closed", "finished", "called_off"
# Of a call-out whose people are wanted, or on their way.
LIVE = (OPEN, CLOSED)

WAITING, OFFERED, CONFIRMED = "waiting", "offered", "confirmed"
WITHDRAWN, DECLINED, LAPSED, CANCELLED = "withdrawn", "declined", "lapsed", "cancelled"
# Of a sign-up that stands; a person has one such at most for a post.
STANDING = (WAITING, OFFERED, CONFIRMED)
# Of a sign-up that holds a place: counted in `Shift.taken`, never overlapping another of the same person.
HOLDING = (OFFERED, CONFIRMED)

# Whoever posts call-outs, at or below the place where they hold their post.
ORGANISERS = (
    "compound_secretary",
    "community_worker",
    "community_secretary",
    "street_staff",
    "district_staff",
    "city_staff",
)
# Whoever keeps the register of volunteers.
KEEPERS = ("community_worker", "community_secretary")
# How far a call-out is heard, from near to far.
REACHES = ("compound", "community", "street", "district")
# What a post asks of the body, and what a volunteer may say they would rather not do.
BODY = ("standing", "lifting", "stairs", "outdoors", "night")

# No call-out is older or longer than these, whatever the policy says: the database knows them too.
LONGEST = dt.timedelta(days=92)
LONGEST_SHIFT = dt.timedelta(hours=24)
MOST_PLACES = 10_000
# Of one person's shifts that begin on one day, in one week; the policy's limits are lower.
MOST_MINUTES_A_DAY, MOST_MINUTES_A_WEEK = 24 * 60, 84 * 60


def age_on(born: dt.date, day: dt.date) -> int:
    """Whole years on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def measured_minutes(came: dt.datetime, left: dt.datetime) -> int:
    """Minutes from check-in to check-out, begun ones dropped; 0 when they stand the wrong way round."""
    return max(0, math.floor((left - came).total_seconds() / 60))

"""Reads at the place: who is there, who is missing, who could still come; and everybody's own hours."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef
from django.utils import timezone

from huying.callouts import rules, rules_hours
from huying.callouts.catalogue import numbers
from huying.callouts.models import Asked, Attendance, Callout, Question, Shift, Signup

THERE, LEFT, MISSING, COMING, OFFERED = "there", "left", "missing", "coming", "offered"
MOST_ASKABLE = 60


@dataclass
class Spot:
    """Somebody who holds a place in a post, as the list at the place shows them."""

    signup: Signup
    state: str
    attendance: Attendance | None = None

    @property
    def name(self) -> str:
        """The display name, such as 徐志愿者."""
        return self.signup.person.name


@dataclass
class Crew:
    """A post with its people; `waiting` is its waiting list in order of arrival."""

    shift: Shift
    now: bool
    over: bool
    spots: list[Spot] = field(default_factory=list)
    waiting: list[Signup] = field(default_factory=list)

    def count(self, *states: str) -> int:
        """How many are in one of some states."""
        return sum(spot.state in states for spot in self.spots)

    @property
    def there(self) -> int:
        """Who is there now."""
        return self.count(THERE)

    @property
    def missing(self) -> int:
        """Who should be there and is not."""
        return self.count(MISSING)

    @property
    def wanted(self) -> int:
        """How many more could come: empty places and those whose people are missing."""
        return 0 if self.over else max(0, self.shift.capacity - self.count(THERE, LEFT, COMING, OFFERED))


@dataclass
class Board:
    """What one page shows of a day at the place."""

    callout: Callout
    day: dt.date
    days: list[dt.date]
    crews: list[Crew]
    askable: list[Asked]

    def total(self, name: str) -> int:
        """The sum of a figure over the posts that are not over."""
        return sum(getattr(crew, name) for crew in self.crews if not crew.over)

    @property
    def there(self) -> int:
        """Who is there now."""
        return self.total("there")

    @property
    def missing(self) -> int:
        """Who should be there and is not."""
        return self.total("missing")

    @property
    def wanted(self) -> int:
        """How many more could come."""
        return self.total("wanted")

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return sum(len(crew.waiting) for crew in self.crews if not crew.over)


def day_of(callout: Callout, now: dt.datetime, wanted: dt.date | None = None) -> tuple[dt.date, list[dt.date]]:
    """The day to show, and all days of the call-out: today when there are posts, else the next such day, else the last."""
    begins = callout.shifts.order_by("starts_at").values_list("starts_at", "ends_at")
    days: list[dt.date] = []
    running = None
    for start, end in begins:
        day = timezone.localdate(start)
        if day not in days:
            days.append(day)
        # A night's post belongs to the day on which it began.
        if start <= now < end and running is None:
            running = day
    today = timezone.localdate(now)
    if wanted in days:
        return wanted, days
    if running is not None:
        return running, days
    later = [day for day in days if day >= today]
    return (later[0] if later else days[-1] if days else today), days


def state_of(spot: Signup, found: Attendance | None, shift: Shift, now: dt.datetime) -> str:
    """Where somebody is at a moment: there, left, missing, coming, or not yet decided."""
    if found is not None and found.in_at is not None:
        return LEFT if found.out_at is not None else THERE
    if spot.state == rules.OFFERED:
        return OFFERED
    grace = dt.timedelta(minutes=numbers()["checkin"]["missing_minutes"])
    return MISSING if now >= shift.starts_at + grace else COMING


def board(callout: Callout, *, now: dt.datetime | None = None, day: dt.date | None = None) -> Board:
    """The posts of a day with their people: the same few queries for any number of them."""
    now = now or timezone.now()
    shown, days = day_of(callout, now, day)
    begin = timezone.make_aware(dt.datetime.combine(shown, dt.time()))
    shifts = callout.shifts.filter(starts_at__gte=begin, starts_at__lt=begin + dt.timedelta(days=1))
    crews = {
        shift.pk: Crew(shift, shift.starts_at <= now < shift.ends_at, now >= shift.ends_at)
        for shift in shifts.order_by("starts_at", "id")
    }
    standing = Signup.objects.standing().filter(shift__in=crews).select_related("person").order_by("id")
    came = {one.signup_id: one for one in Attendance.objects.filter(signup__shift__in=crews)}
    for one in standing:
        crew = crews[one.shift_id]
        if one.state == rules.WAITING:
            crew.waiting.append(one)
            continue
        found = came.get(one.pk)
        crew.spots.append(Spot(one, state_of(one, found, crew.shift, now), found))
    return Board(callout, shown, days, list(crews.values()), askable(callout))


def askable(callout: Callout) -> list[Asked]:
    """Those who said that they can come and hold no place, in the order in which they were asked."""
    held = Signup.objects.holding().filter(shift__callout=callout, person=OuterRef("person"))
    said = Asked.objects.filter(callout=callout, answer="can").exclude(Exists(held))
    return list(said.select_related("person").order_by("id")[:MOST_ASKABLE])


def with_room(callout: Callout, now: dt.datetime) -> list[Shift]:
    """The posts that somebody who simply comes could join now: open to check-in, with a free place."""
    early = dt.timedelta(minutes=numbers()["checkin"]["early_minutes"])
    shifts = callout.shifts.filter(starts_at__lte=now + early, ends_at__gt=now).order_by("starts_at", "id")
    return [shift for shift in shifts if shift.free > 0 and (not shift.risky or shift.insured_at is not None)]


def own_signups(callout: Callout, person_id: int) -> list[tuple[Signup, Attendance | None]]:
    """Somebody's sign-ups for a call-out that stand, the earliest post first, each with its attendance."""
    rows = Signup.objects.standing().filter(shift__callout=callout, person_id=person_id)
    rows = list(rows.select_related("shift__callout").order_by("shift__starts_at", "id"))
    came = {one.signup_id: one for one in Attendance.objects.filter(signup__in=rows)}
    for row in rows:
        if row.pk in came:
            came[row.pk].signup = row
    return [(row, came.get(row.pk)) for row in rows]


# Hours

RUNNING, OPEN, SHORT, SHOWN, ASKED, COUNTED = "running", "open", "short", "shown", "asked", "counted"


@dataclass
class Hours:
    """One post in somebody's record: measured and granted minutes beside each other, and how far they are.

    state: running (not over), open (the organiser looks at them), short (too little was measured), shown (until
    `shown_until`), asked (the person says that they are not right), counted.
    """

    attendance: Attendance
    state: str
    measured: int
    granted: int | None
    counts: bool

    @property
    def signup(self) -> Signup:
        """The sign-up behind it."""
        return self.attendance.signup

    @property
    def shift(self) -> Shift:
        """The post."""
        return self.attendance.signup.shift

    @property
    def callout(self) -> Callout:
        """The call-out."""
        return self.attendance.signup.shift.callout

    @property
    def shown_until(self) -> dt.datetime | None:
        """Until when it is shown before it counts."""
        return self.attendance.shown_until


def hours(attendance: Attendance, asked: bool, share: float) -> Hours:
    """An attendance as a line of the record; needs its sign-up with shift and call-out."""
    shift = attendance.signup.shift
    window = rules_hours.Window(shift.starts_at, shift.ends_at)
    measured = attendance.measured
    counts = rules_hours.is_enough(window, measured, share)
    if attendance.is_there:
        state = RUNNING
    elif asked:
        state = ASKED
    elif attendance.counted_at is not None:
        state = COUNTED
    elif attendance.shown_until is not None:
        state = SHOWN
    else:
        state = OPEN if counts or attendance.granted_minutes is not None else SHORT
    return Hours(attendance, state, measured, attendance.granted_minutes, counts)


def _lines(rows) -> list[Hours]:
    open_question = Question.objects.filter(attendance=OuterRef("pk"), answered_at__isnull=True)
    rows = rows.select_related("signup__shift__callout__place", "signup__person").annotate(asked=Exists(open_question))
    rows = rows.prefetch_related("corrections", "questions")
    share = numbers()["hours"]["least_share"]
    return [hours(one, one.asked, share) for one in rows]


def hours_of(person_id: int, *, callout: Callout | None = None) -> list[Hours]:
    """Somebody's own hours, the newest post first. Nobody else's stand beside them, and nothing is added up over people."""
    rows = Attendance.objects.filter(signup__person_id=person_id)
    if callout is not None:
        rows = rows.filter(signup__shift__callout=callout)
    # Who never came and was granted nothing has no line.
    rows = rows.exclude(in_at__isnull=True, minutes=0, granted_minutes__isnull=True)
    return _lines(rows.order_by("-signup__shift__starts_at", "-pk"))


def hours_in(callout: Callout) -> list[Hours]:
    """The hours of a call-out for its organiser: by post, and within it in the order of signing up."""
    rows = Attendance.objects.filter(signup__shift__callout=callout)
    return _lines(rows.order_by("signup__shift__starts_at", "signup__shift_id", "signup_id"))


def without_hours(callout: Callout) -> list[Signup]:
    """Confirmed sign-ups of posts that are over and that nobody checked in to: minutes may be granted to them."""
    came = Attendance.objects.filter(signup=OuterRef("pk"))
    rows = Signup.objects.filter(shift__callout=callout, state=rules.CONFIRMED, shift__ends_at__lte=timezone.now())
    rows = rows.exclude(Exists(came)).select_related("person", "shift")
    return list(rows.order_by("shift__starts_at", "shift_id", "id"))

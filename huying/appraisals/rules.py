"""Periods, and what the record counts and leaves out. No Django, no clock."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

WISH, NEED, CALL, REPORT = "wish", "need", "call", "report"
FAMILIES = (WISH, NEED, CALL, REPORT)

# What was done in a moment: took on, did, heard that it was good; joined as a member.
TAKEN, DONE, CONFIRMED, JOINED = "taken", "done", "confirmed", "joined"

# How something that was taken on or done went on. None of it is held against anybody.
UNDERWAY = "underway"
GIVEN_BACK, LAPSED, WITHDRAWN, SENT_ON = "given_back", "lapsed", "withdrawn", "sent_on"
AGAIN, NO_WORD, NOT_CONTENT = "again", "no_word", "not_content"
LEFT = "left"
FINISHED = "finished"

# (family, stage) in the order in which they are shown.
FIGURES = (
    (WISH, TAKEN),
    (WISH, DONE),
    (WISH, CONFIRMED),
    (NEED, TAKEN),
    (NEED, DONE),
    (NEED, CONFIRMED),
    (CALL, TAKEN),
    (CALL, DONE),
    (CALL, CONFIRMED),
    (REPORT, JOINED),
)
# A figure leaves out what went on in these ways; the first is what it counts, so all stand beside it.
LEAVES_OUT = {
    TAKEN: (GIVEN_BACK, LAPSED, WITHDRAWN, SENT_ON),
    DONE: (AGAIN,),
    CONFIRMED: (),
    JOINED: (LEFT,),
}
# Counted, and said beside the count: how it stood when the period ended.
BESIDE = (UNDERWAY, NO_WORD, NOT_CONTENT)


@dataclass(frozen=True, order=True)
class Period:
    """A year, or with `quarter` 1 to 4 a quarter of it."""

    year: int
    quarter: int = 0

    @property
    def first(self) -> dt.date:
        """Its first day."""
        return dt.date(self.year, max(0, self.quarter - 1) * 3 + 1, 1)

    @property
    def after(self) -> dt.date:
        """The first day after it."""
        if self.quarter in (0, 4):
            return dt.date(self.year + 1, 1, 1)
        return dt.date(self.year, self.quarter * 3 + 1, 1)

    @property
    def last(self) -> dt.date:
        """Its last day."""
        return self.after - dt.timedelta(days=1)

    @property
    def code(self) -> str:
        """How it stands in an address: '2026', '2026-q3'."""
        return f"{self.year}-q{self.quarter}" if self.quarter else str(self.year)

    @property
    def months(self) -> list[int]:
        """Its months."""
        return [*range(self.first.month, self.last.month + 1)]

    def is_over(self, today: dt.date) -> bool:
        """Whether it has ended."""
        return today >= self.after

    def before(self) -> "Period":
        """The one before it, of the same length."""
        if not self.quarter:
            return Period(self.year - 1)
        return Period(self.year, self.quarter - 1) if self.quarter > 1 else Period(self.year - 1, 4)

    def next(self) -> "Period":
        """The one after it, of the same length."""
        if not self.quarter:
            return Period(self.year + 1)
        return Period(self.year, self.quarter + 1) if self.quarter < 4 else Period(self.year + 1, 1)


def quarter_of(day: dt.date) -> Period:
    """The quarter that a day lies in."""
    return Period(day.year, (day.month - 1) // 3 + 1)


@dataclass(frozen=True)
class Figure:
    """A count with what it leaves out; `beside` says how what was counted stands, where that is of use."""

    family: str
    stage: str
    count: int
    excluded: dict[str, int] = field(default_factory=dict)
    beside: dict[str, int] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """How it stands in an address: 'wish-taken'."""
        return f"{self.family}-{self.stage}"

    @property
    def says_something(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.count or sum(self.excluded.values()))


def counted(stage: str, outcome: str) -> bool:
    """Whether a moment of this stage that went on in this way is counted."""
    return outcome not in LEAVES_OUT[stage]


def figures(moments: Iterable[tuple[str, str, str]]) -> list[Figure]:
    """The figures of (family, stage, outcome) triples, all of them, in their order."""
    heap: dict[tuple[str, str], dict[str, int]] = {key: {} for key in FIGURES}
    for family, stage, outcome in moments:
        ways = heap[family, stage]
        ways[outcome] = ways.get(outcome, 0) + 1
    return [
        Figure(
            family,
            stage,
            sum(n for outcome, n in ways.items() if counted(stage, outcome)),
            {outcome: ways[outcome] for outcome in LEAVES_OUT[stage] if outcome in ways},
            {outcome: ways[outcome] for outcome in BESIDE if outcome in ways and family != REPORT},
        )
        for (family, stage), ways in heap.items()
    ]


def clean(text: str) -> str:
    """Words as they are kept: line ends as \\n, no control characters, no white space around them."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in plain if c == "\n" or c.isprintable()).strip()

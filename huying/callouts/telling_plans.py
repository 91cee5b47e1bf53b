"""A first assignment as people see it: posts with their seats, who sits there and why, who is still without one."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from huying.callouts.models import Callout, Proposal, Shift, Signup
from huying.callouts.queries_assign import Candidate, candidates, shifts_of

# What speaks for somebody: words and icon by code.
WHY = {
    "wish": (_("想去这个岗"), "heart"),
    "skill": (_("有这项技能"), "star"),
    "together": (_("和同伴一起"), "people"),
    "near": (_("住得近"), "pin"),
    "rested": (_("近来没怎么排班"), "leaf"),
}
# Why seats of a post stay empty: the rule after which nobody was left.
EMPTY = {
    "time": _("说能来的人，时间都对不上"),
    "busy": _("能来的人那时都有别的岗"),
    "hours": _("能来的人这几天排满了，要休息"),
    "skill": _("说能来的人里，没有人登记这项技能"),
    "body": _("说能来的人里，没有人方便做这个"),
    "age": _("说能来的人，年龄都不合"),
    "elsewhere": _("合适的人都排在别的岗了"),
    "nobody": _("人不够"),
    "all_here": _("人不够"),
}
# Why a line could not be published: what the sign-up said.
REFUSED = {
    "overlap": _("那段时间已有别的岗"),
    "rest": _("要休息"),
    "full": _("岗位满了"),
    "insurance": _("还没有确认意外险"),
    "day_hours": _("这一天排满了"),
    "week_hours": _("这一周排满了"),
}


@dataclass
class Card:
    """Somebody at a post, or without one."""

    person_id: int
    name: str
    shift_id: int = 0
    chips: list[tuple] = field(default_factory=list)
    words: str = ""
    # Whether they hold the place already and cannot be moved here.
    fixed: bool = False
    state: str = ""
    by_hand: bool = False
    any_post: bool = False
    refused: str = ""


@dataclass
class Column:
    """A post with its seats."""

    shift: Shift
    cards: list[Card]
    empty: int
    why_empty: str = ""

    @property
    def seats(self) -> range:
        """One for each empty seat, a few at most: the number stands beside them."""
        return range(min(self.empty, 8))


@dataclass
class Board:
    """The whole draft."""

    columns: list[Column]
    without: list[Card]
    placed: int
    confirmed_at_once: int
    offered: int


def board_of(callout: Callout, proposal: Proposal | None) -> Board:
    """What the page shows: a handful of queries, however many people there are."""
    people, shifts = candidates(callout), shifts_of(callout)
    held: dict[int, list[Signup]] = {}
    for signup in (
        Signup.objects.holding().filter(shift__callout=callout).select_related("person").order_by("shift_id", "pk")
    ):
        held.setdefault(signup.shift_id, []).append(signup)
    lines = list(proposal.placings.select_related("person").order_by("shift_id", "pk")) if proposal else []
    standing = {signup.person_id for signups in held.values() for signup in signups}
    columns = []
    for shift in shifts:
        cards = [
            Card(one.person_id, one.person.name, shift.pk, fixed=True, state=one.get_state_display())
            for one in held.get(shift.pk, [])
        ]
        cards += [_card(line, people.get(line.person_id)) for line in lines if line.shift_id == shift.pk]
        why = EMPTY.get(proposal.empty.get(str(shift.pk), ""), "") if proposal else ""
        columns.append(Column(shift, cards, max(0, shift.capacity - len(cards)), str(why)))
    placed = {line.person_id for line in lines}
    without = [
        Card(one.person_id, one.name, words=one.words, any_post=one.any_post)
        for one in people.values()
        if one.person_id not in placed and one.person_id not in standing
    ]
    at_once = {person for person in placed if person in people and people[person].any_post}
    return Board(columns, without, len(placed), len(at_once), len(placed - at_once))


def _card(line, one: Candidate | None) -> Card:
    chips = [(str(WHY[code][0]), WHY[code][1]) for code in line.why if code in WHY]
    return Card(
        line.person_id,
        line.person.name,
        line.shift_id,
        chips=chips,
        words=one.words if one else "",
        by_hand=line.by_hand,
        any_post=bool(one and one.any_post),
        refused=str(REFUSED.get(line.refused, _("没有排上"))) if line.refused else "",
    )

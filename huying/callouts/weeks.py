"""A week of free hours in words and as a table of ticks, in the parts of a day of the policy."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from huying.callouts import rules_volunteers as rules
from huying.callouts.queries_volunteers import presets
from huying.kernel.policy import load

DAYS = [
    pgettext_lazy("week", "周一"),
    pgettext_lazy("week", "周二"),
    pgettext_lazy("week", "周三"),
    pgettext_lazy("week", "周四"),
    pgettext_lazy("week", "周五"),
    pgettext_lazy("week", "周六"),
    pgettext_lazy("week", "周日"),
]
PARTS = {
    "morning": gettext_lazy("上午"),
    "noon": gettext_lazy("中午"),
    "afternoon": gettext_lazy("下午"),
    "evening": gettext_lazy("晚上"),
    "night": gettext_lazy("夜里"),
}
PRESETS = {
    "weekday_evenings": gettext_lazy("平日晚上"),
    "weekends": pgettext_lazy("week", "周末白天"),
    "weekday_days": gettext_lazy("平日白天"),
}


def days() -> list[str]:
    """The days, Monday first."""
    return [str(name) for name in DAYS]


def preset_names() -> list[tuple[str, str]]:
    """(code, name) of the weeks that one button gives; one that an installation adds goes by its code."""
    return [(code, str(PRESETS.get(code, code))) for code in presets()]


@dataclass(frozen=True)
class Part:
    """A part of the day as the table has it."""

    code: str
    name: str
    span: str
    # (label of the hour, [(value, what it is in words, ticked) for each day])
    hours: list[tuple[str, list[tuple[str, str, bool]]]]


def _label(hour: int) -> str:
    return f"{hour:02d}–{(hour + 1) % 24 or 24:02d}"


def grid(week: list[int]) -> list[Part]:
    """The table of ticks: parts of the day, their hours, and in each hour seven days."""
    found = []
    for code, (start, end) in load("callouts")["day"].items():
        span = range(start, end) if start < end else (*range(start, rules.HOURS), *range(end))
        hours = [
            (
                _label(hour),
                [
                    (
                        f"{day}-{hour}",
                        _("%(day)s %(hour)s 点") % {"day": DAYS[day], "hour": _label(hour)},
                        bool(week[day] >> hour & 1),
                    )
                    for day in range(rules.DAYS)
                ],
            )
            for hour in span
        ]
        found.append(Part(code, str(PARTS.get(code, code)), f"{start}–{end}", hours))
    return found


def in_words(week: list[int]) -> list[tuple[str, str]]:
    """(day, its free hours) of the days that have some; the same hours on several days stand once."""
    by_hours: dict[str, list[str]] = {}
    for day, bits in enumerate(week):
        if bits:
            spans = "、".join(f"{start}:00–{end}:00" for start, end in rules.spans_of(bits))
            by_hours.setdefault(spans, []).append(str(DAYS[day]))
    return [("、".join(names), _("整天") if spans == "0:00–24:00" else spans) for spans, names in by_hours.items()]

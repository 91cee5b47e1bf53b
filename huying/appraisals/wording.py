"""Records in plain words, ready to be handed on."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from huying.appraisals import rules
from huying.appraisals.catalogue import FIGURES, OUTCOMES
from huying.appraisals.queries import Record
from huying.appraisals.rules import Figure, Period

# A figure as one says it, with its measure word.
SAID = {
    "wish-taken": gettext_lazy("认领心愿 %(n)s 个"),
    "wish-done": gettext_lazy("实现心愿 %(n)s 个"),
    "wish-confirmed": gettext_lazy("得到笑脸 %(n)s 个"),
    "need-taken": gettext_lazy("认领需求 %(n)s 项"),
    "need-done": gettext_lazy("做完项目 %(n)s 项"),
    "need-confirmed": gettext_lazy("销号 %(n)s 项"),
    "call-taken": gettext_lazy("接到诉求 %(n)s 件"),
    "call-done": gettext_lazy("办结诉求 %(n)s 件"),
    "call-confirmed": gettext_lazy("居民确认办好 %(n)s 件"),
    "report-joined": gettext_lazy("新报到 %(n)s 人"),
}


def period_words(period: Period) -> str:
    """A period as one says it."""
    if period.quarter:
        return _("%(year)s 年第 %(quarter)s 季度") % {"year": period.year, "quarter": period.quarter}
    return _("%(year)s 年") % {"year": period.year}


def figure_words(code: str, count: int) -> str:
    """A figure as one says it: '认领心愿 3 个'."""
    return str(SAID[code]) % {"n": count}


def in_words(record: Record) -> str:
    """What the record counts, in one line; '' when it counts nothing."""
    return _("，").join(figure_words(f.code, f.count) for f in record.figures if f.count)


def left_out(figures: Iterable[Figure]) -> str:
    """What the figures leave out, in one line; '' when that is nothing."""
    parts = [
        _("%(figure)s：%(way)s %(n)s") % {"figure": FIGURES[f.code], "way": OUTCOMES[way], "n": n}
        for f in figures
        for way, n in f.excluded.items()
    ]
    return _("；").join(parts)


def told(name: str, record: Record) -> str:
    """A paragraph to hand on: what a unit's people did in a period, and what is not counted."""
    when = period_words(record.period)
    counted = in_words(record)
    if not counted:
        return _("%(when)s，%(unit)s没有记下的事。没有做不等于不好，也不影响任何人。") % {"when": when, "unit": name}
    words = _("%(when)s，%(unit)s") % {"when": when, "unit": name}
    if record.persons:
        words += ngettext("有 %(n)s 人参加，", "有 %(n)s 人参加，", record.persons) % {"n": record.persons}
    words += _("%(what)s。") % {"what": counted}
    rest = left_out(record.figures)
    if rest:
        words += _("另外不计入的（%(rest)s），不算在谁头上。") % {"rest": rest}
    return words


def kinds() -> dict[str, str]:
    """The kinds of what is done, as the picture names them."""
    return {rules.WISH: _("实现了心愿"), rules.NEED: _("做完项目"), rules.CALL: _("办结诉求")}


# How a figure is counted, for whoever wants to know.
HOW = {
    rules.TAKEN: gettext_lazy("按认领、接单的日子数；退回、到期、撤回、转走的不计入"),
    rules.DONE: gettext_lazy("按做完的日子数；要再做一次的不计入"),
    rules.CONFIRMED: gettext_lazy("按对方说好的日子数"),
    rules.JOINED: gettext_lazy("按报到的日子数；已转走的不计入"),
}

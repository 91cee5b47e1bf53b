"""Records as a workbook: figures with what each leaves out, what was done by date, people by name."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _

from huying.appraisals import wording
from huying.appraisals.catalogue import FIGURES, OUTCOMES, level_words, way_words
from huying.appraisals.matters import Line
from huying.appraisals.queries import Record
from huying.kernel.sheets import workbook as sheets_of


def workbook(sheets: Iterable[tuple[str, list[list]]]) -> bytes:
    """Sheets of (title, rows) as XLSX, as wide as their words; the first row of each is its head."""
    parts = list(sheets)
    return sheets_of(parts, {title: _widths(rows) for title, rows in parts})


def _widths(rows: list[list]) -> list[int]:
    columns = max((len(row) for row in rows), default=0)
    length = lambda value: sum(2 if ord(sign) > 255 else 1 for sign in str(value))  # noqa: E731
    return [
        max(10, min(60, 2 + max((length(row[at]) for row in rows if at < len(row)), default=0)))
        for at in range(min(columns, 8))
    ]


def figures(record: Record) -> list[list]:
    """Each figure with how it stands and, named one by one, what it leaves out."""
    rows = [[_("事项"), _("数"), _("其中"), _("不计入的"), _("怎么数的")]]
    for figure in record.figures:
        beside = _("；").join(f"{way_words(figure.stage, way)} {n}" for way, n in figure.beside.items())
        left = _("；").join(f"{OUTCOMES[way]} {n}" for way, n in figure.excluded.items())
        rows.append([str(FIGURES[figure.code]), figure.count, beside, left or _("无"), str(wording.HOW[figure.stage])])
    rows.append([_("参加的人"), record.persons, "", "", _("每个人只数一次，不分先后")])
    return rows


def by_date(lines: Iterable[Line]) -> list[list]:
    """What was done, oldest first."""
    rows = [[_("日期"), _("谁"), _("做的事"), _("在哪里"), _("内容"), _("怎样了")]]
    for line in lines:
        day = timezone.localtime(line.deed.at).strftime("%Y-%m-%d")
        rows.append([day, line.who, line.what, line.where, line.words, line.stands])
    return rows


def people(rows: Iterable[dict]) -> list[list]:
    """People by name, what they did in words: no column of numbers by which they could be put in an order."""
    head = [_("姓名（按姓名排）"), _("做的事"), _("本单位的评议"), _("一句话"), _("本人答复")]
    return [head, *([r["name"], r["did"], r["level"], r["words"], r["reply"]] for r in rows)]


def said(entries: Iterable) -> list[list]:
    """What communities said of the unit, corrections and replies with it."""
    rows = [[_("日期"), _("谁评议"), _("评议"), _("一句话"), _("状态"), _("单位答复")]]
    for entry in entries:
        replies = _("；").join(reply.text for reply in entry.replies.all())
        state = _("已更正") if hasattr(entry, "corrected_by") else ""
        day = timezone.localtime(entry.at).strftime("%Y-%m-%d")
        rows.append([day, str(entry.place or entry.from_unit), level_words(entry.level), entry.words, state, replies])
    return rows

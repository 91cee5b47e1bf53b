"""A list of calls as a table, for a spreadsheet: the matter and the place, never who called."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.translation import gettext as _

from huying.calls.catalogue import category_name
from huying.calls.models import Call
from huying.calls.queries_rows import dress
from huying.kernel.sheets import harmless, workbook
from huying.people.private_words import nameless

MOST = 100_000
_CHUNK = 500


def head() -> list[str]:
    """The names of the columns."""
    return [
        _("编号"),
        _("状态"),
        _("类别"),
        _("时限"),
        _("在哪一级"),
        _("地方"),
        _("来自"),
        _("诉求内容"),
        _("主办单位"),
        _("提出"),
        _("受理"),
        _("首次联系"),
        _("期限"),
        _("办结"),
        _("结束"),
        _("办理结果"),
        _("居民的评价"),
        _("重办次数"),
    ]


def lines(calls) -> Iterator[list]:
    """One line for each call, newest first, at most MOST; dressed in chunks so that memory stays small."""
    chunk: list[Call] = []
    for call in calls.select_related("unit").order_by("-pk")[:MOST].iterator(chunk_size=_CHUNK):
        chunk.append(call)
        if len(chunk) == _CHUNK:
            yield from map(_line, dress(chunk, wide=True))
            chunk = []
    yield from map(_line, dress(chunk, wide=True))


def _line(call: Call) -> list:
    return [
        call.number,
        str(call.get_state_display()),
        category_name(call.category),
        str(call.get_urgency_display()),
        str(call.get_level_display()),
        call.where,
        str(call.get_channel_display()),
        nameless(call.text),
        call.unit.name if call.unit else "",
        *(
            _moment(moment)
            for moment in (
                call.raised_at,
                call.accepted_at,
                call.contacted_at,
                call.due_at,
                call.resolved_at,
                call.ended_at,
            )
        ),
        nameless(call.outcome),
        str(call.get_rating_display()),
        call.reopened,
    ]


def _moment(moment) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


def as_csv(rows: Iterable[list]) -> Iterator[bytes]:
    """The table as CSV in UTF-8 with a mark in front, which spreadsheets need to read Chinese."""
    yield b"\xef\xbb\xbf"
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in [head()]:
        writer.writerow(row)
    for row in rows:
        writer.writerow(map(harmless, row))
        if buffer.tell() > 64 * 1024:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def as_xlsx(rows: Iterable[list]) -> bytes:
    """The table as a workbook of one sheet."""
    return workbook([(_("诉求"), itertools.chain([head()], rows))])

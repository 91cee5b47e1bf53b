"""Importing administrative divisions: all of the files or nothing, in one transaction and a handful of statements."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huying.kernel.scopes import SYSTEM, Actor
from huying.places import division_files
from huying.places.division_files import Problem
from huying.places.division_import import Import, Progress, Refused

DATA = Path(__file__).resolve().parent / "data"
XIAN = DATA / "divisions-xian.csv"

_SHOWN_PROBLEMS = 200


@dataclass
class Report:
    """What an import did; when `rejected` is not empty, it did nothing."""

    rows: int = 0
    added: int = 0
    renamed: int = 0
    ended: int = 0
    unchanged: int = 0
    retired: int = 0
    orphans: int = 0
    rejected: list[Problem] = field(default_factory=list)

    def __str__(self) -> str:
        if self.rejected:
            count = len(self.rejected)
            lines = [
                ngettext("有 %(count)d 处不对，什么都没有导入：", "有 %(count)d 处不对，什么都没有导入：", count)
                % {"count": count}
            ]
            lines += map(str, self.rejected[:_SHOWN_PROBLEMS])
            if count > _SHOWN_PROBLEMS:
                lines.append(_("……另有 %d 处。") % (count - _SHOWN_PROBLEMS))
            return "\n".join(lines)
        lines = [
            _("读了 %(rows)d 行：新增 %(added)d，改名 %(renamed)d，停用 %(ended)d，不变 %(unchanged)d。")
            % {
                "rows": self.rows,
                "added": self.added,
                "renamed": self.renamed,
                "ended": self.ended,
                "unchanged": self.unchanged,
            }
        ]
        if self.retired:
            lines.append(_("%d 个代码已由别的地点承接，没有重新启用。") % self.retired)
        if self.orphans:
            lines.append(_("停用的地点下面还有 %d 个小区或楼栋，请为它们定下新的上级。") % self.orphans)
        return "\n".join(lines)


def import_divisions(
    paths: Iterable[Path | str],
    progress: Progress | None = None,
    *,
    by: Actor = SYSTEM,
    on: dt.date | None = None,
    allow_ending: bool = False,
) -> Report:
    """Make the tree agree with the files from the day `on` (today): add, rename, end; never delete.

    What vanished is ended only inside what the files cover: the smallest division that all their rows share. Bad rows,
    and files that would end much without `allow_ending`, are told in `report.rejected`; nothing is changed then.
    """
    show = progress or (lambda done, total, what: None)
    read = division_files.read(paths, lambda rows: show(rows, None, _("读取")))
    report = Report(rows=len(read.names), rejected=read.problems)
    if report.rejected:
        return report
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            Import(cursor, read, report, show, on or timezone.localdate(), by, allow_ending).run()
    except Refused:
        pass
    return report


def load_xian(progress: Progress | None = None, *, by: Actor = SYSTEM) -> Report:
    """Load Xi'an's divisions and the outlines of its districts, which come with the package; idempotent."""
    from huying.places.outlines import load_outlines

    with transaction.atomic():
        report = import_divisions([XIAN], progress, by=by)
        if not report.rejected:
            load_outlines()
    return report

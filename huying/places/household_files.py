"""Reading lists of buildings and households from XLSX or CSV, whatever their columns are called and however ordered.

Only what names a door is read. Columns about persons are never looked at, let alone kept.
"""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from huying.kernel.errors import BadInput
from huying.kernel.grams import plain
from huying.places.division_files import name_is_wrong

LARGEST_FILE = 5 * 1024 * 1024
MOST_ROWS = 20_000
_LARGEST_UNPACKED = 40 * 1024 * 1024
_MOST_PARTS = 500
_MOST_COLUMNS = 60
_HEADER_WITHIN = 10
_LONGEST = 30
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LIKE_A_NUMBER_OF_A_PERSON = 8

COLUMNS = {
    "compound": ("小区", "小区名称", "小区名", "院落", "院落名称", "家属院", "物业小区", "楼盘", "compound"),
    "building": ("楼栋", "楼栋号", "楼号", "栋号", "幢号", "楼", "栋", "楼幢", "幢", "楼宇", "楼栋名称", "building"),
    "entrance": ("单元", "单元号", "楼门", "门洞", "单元门", "楼门号", "梯", "entrance"),
    "household": (
        "门牌号",
        "户",
        "户号",
        "房号",
        "室号",
        "室",
        "门牌",
        "房间号",
        "房屋号",
        "门号",
        "房间",
        "household",
    ),
}
_COLUMN_OF = {alias: name for name, aliases in COLUMNS.items() for alias in aliases}
# Words in a header that speak of a person.
_PERSONAL = [
    "姓名",
    "户主",
    "业主",
    "住户",
    "租客",
    "电话",
    "手机",
    "联系",
    "身份证",
    "证件",
    "性别",
    "年龄",
    "出生",
    "民族",
    "党员",
    "政治",
    "工作单位",
    "微信",
    "邮箱",
    "残疾",
    "低保",
]


@dataclass(slots=True)
class Sheet:
    """What a file holds: good rows as (line, compound, building, entrance, household), and those that are not."""

    rows: list[tuple[int, str, str, str, str]] = field(default_factory=list)
    rejected: list[tuple[int, str, str, str, str, str]] = field(default_factory=list)  # line, reason, the four cells
    columns: list[str] = field(default_factory=list)
    personal: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def as_json(self) -> dict:
        """As plain lists, to be kept between the preview and the word to go on."""
        return asdict(self)


def read(content: bytes, *, needs_compound: bool) -> Sheet:
    """The rows of a file; BadInput, in the user's words, when it is no table of buildings at all."""
    return _sheet(lines_of(content), needs_compound)


def lines_of(content: bytes) -> Iterator[tuple[int, list[object]]]:
    """The lines of an XLSX or CSV as (number, cells); BadInput for what is no table, or means to do harm."""
    if len(content) > LARGEST_FILE:
        raise BadInput(_("文件超过 5 MB，请分成几份。"), fields={"file": _("文件太大。")})
    if not content.strip():
        raise BadInput(_("文件是空的。"), fields={"file": _("文件是空的。")})
    if content.startswith(_OLD_EXCEL):
        raise BadInput(_("这是老式的 .xls 文件，请另存为 .xlsx 或 CSV 再上传。"), fields={"file": _("格式不对。")})
    return _xlsx(content) if content[:2] == b"PK" else _csv(content)


def _xlsx(content: bytes) -> Iterator[tuple[int, list[object]]]:
    _refuse_bombs(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = next((each for each in book.worksheets if each.sheet_state == "visible"), None)
        if sheet is None:
            return
        # What the file says of its own size is not to be trusted.
        sheet.reset_dimensions()
        for line, cells in enumerate(sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS), 1):
            yield line, list(cells)
    except BadInput:
        raise
    except Exception as error:  # openpyxl raises whatever it trips over in a broken file
        raise BadInput(
            _("这个表格打不开，可能已经损坏。请重新另存一份再上传。"), fields={"file": _("打不开。")}
        ) from error


def _refuse_bombs(content: bytes) -> None:
    refusal = BadInput(_("这个文件不像是表格，没有打开。"), fields={"file": _("格式不对。")})
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _LARGEST_UNPACKED:
                raise refusal
            if "xl/workbook.xml" not in archive.namelist():
                raise refusal
            for part in parts:
                # An entity that refers to entities grows without end; no spreadsheet needs one.
                if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.read(part)[:2_000]:
                    raise refusal
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError) as error:
        raise refusal from error


def _csv(content: bytes) -> Iterator[tuple[int, list[object]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise BadInput(_("认不出文字编码，请另存为 UTF-8 编码的 CSV 或 .xlsx。"), fields={"file": _("编码不对。")})
    if "\x00" in text:
        raise BadInput(_("这个文件不像是表格，没有打开。"), fields={"file": _("格式不对。")})
    head = text[:2_000]
    delimiter = max(",\t;", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 0
    try:
        for cells in reader:
            yield line + 1, list(cells[:_MOST_COLUMNS])
            line = reader.line_num
    except csv.Error as error:
        words = _("第 %d 行读不下去，可能是引号没有成对。") % (line + 1)
        raise BadInput(words, fields={"file": words}) from error


def _sheet(lines: Iterable[tuple[int, list[object]]], needs_compound: bool) -> Sheet:
    sheet = Sheet()
    where: dict[str, int] = {}
    for line, cells in lines:
        if not where:
            where = _header(cells, sheet)
            if not where and line >= _HEADER_WITHIN:
                break
            continue
        if not any(text_of(cell)[0] for cell in cells):
            continue
        if len(sheet.rows) + len(sheet.rejected) >= MOST_ROWS:
            words = _("一次最多 %d 行，请分成几份。") % MOST_ROWS
            raise BadInput(words, fields={"file": words})
        _take(line, cells, where, sheet, needs_compound)
    if not where:
        words = _("没有找到表头。请让第一行写上：小区、楼栋、单元、门牌号（至少要有楼栋）。")
        raise BadInput(words, fields={"file": words})
    if not sheet.rows and not sheet.rejected:
        raise BadInput(_("只有表头，没有一行数据。"), fields={"file": _("没有数据。")})
    return sheet


def _header(cells: list[object], sheet: Sheet) -> dict[str, int]:
    """Which column is which; empty when this line is no header."""
    words = ["".join(plain(text_of(cell)[0]).split()).strip("*:()_") for cell in cells]
    where: dict[str, int] = {}
    for number, word in enumerate(words):
        name = _COLUMN_OF.get(word)
        if name and name not in where:
            where[name] = number
    if "building" not in where:
        return {}
    sheet.columns = list(where)
    for number, word in enumerate(words):
        if word and number not in where.values() and word not in ("序号", "编号", "社区", "街道", "备注", "no"):
            (sheet.personal if any(part in word for part in _PERSONAL) else sheet.unknown).append(word[:20])
    return where


def _take(line: int, cells: list[object], where: dict[str, int], sheet: Sheet, needs_compound: bool) -> None:
    texts, wrong = [], ""
    for name in COLUMNS:
        at = where.get(name)
        text, why = text_of(cells[at]) if at is not None and at < len(cells) else ("", "")
        texts.append(text[: 2 * _LONGEST])
        wrong = wrong or why or _wrong(name, text)
    compound, building, entrance, household = texts
    if not wrong and needs_compound and "compound" in where and not compound:
        wrong = _("没有写小区")
    if not wrong and not building:
        wrong = _("没有写楼号")
    if wrong:
        if any(_digits(text) >= _LIKE_A_NUMBER_OF_A_PERSON for text in texts):
            texts = ["…" if _digits(text) >= _LIKE_A_NUMBER_OF_A_PERSON else text for text in texts]
        sheet.rejected.append((line, wrong, *texts))
    else:
        sheet.rows.append((line, compound, building, entrance, household))


def _wrong(name: str, text: str) -> str:
    if not text:
        return ""
    label = {"compound": _("小区"), "building": _("楼号"), "entrance": _("单元"), "household": _("门牌号")}[name]
    if _digits(text) >= _LIKE_A_NUMBER_OF_A_PERSON:
        return _("%s像是电话或证件号码，这里不收") % label
    if text.startswith("#") and text.endswith(("!", "?", "/A")):
        return _("%s是一个算错的公式") % label
    if len(text) > _LONGEST or name_is_wrong(text):
        return _("%s写得不对，或者太长") % label
    return ""


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


def text_of(cell: object) -> tuple[str, str]:
    """A cell as text, and what is wrong with it as such."""
    if cell is None:
        return "", ""
    if isinstance(cell, dt.date | dt.time):
        return str(cell), _("有一格被表格软件改成了日期，请把那一列设成“文本”再填")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip(), ""

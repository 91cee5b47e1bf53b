"""A unit's list of its people, read from XLSX or CSV: name, staff number, community; nothing else is looked at."""

from dataclasses import asdict, dataclass, field

from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput
from huying.kernel.grams import plain
from huying.kernel.sheets import workbook
from huying.places.household_files import lines_of, text_of

COLUMNS = {
    "name": ("姓名", "名字", "称呼", "党员姓名", "党员", "人员", "name"),
    "number": ("工号", "编号", "职工号", "人员编号", "员工号", "number"),
    "community": ("社区", "居住社区", "所在社区", "报到社区", "小区", "居住小区", "community"),
}
_COLUMN_OF = {alias: name for name, aliases in COLUMNS.items() for alias in aliases}
_HEADER_WITHIN = 10
_LONGEST = {"name": 20, "number": 20, "community": 60}
# What has so many digits is a phone or an identity card, which nobody asks for here.
_LIKE_A_NUMBER_OF_A_PERSON = 11


@dataclass(slots=True)
class People:
    """What a file holds: good rows as (line, name, number, community); those that are not, with why."""

    rows: list[tuple[int, str, str, str]] = field(default_factory=list)
    rejected: list[tuple[int, str, str, str, str]] = field(default_factory=list)  # line, why, the three cells
    ignored: list[str] = field(default_factory=list)

    def as_json(self) -> dict:
        """As plain lists."""
        return asdict(self)


def read(content: bytes, most: int) -> People:
    """The people of a file; BadInput, in the user's words, when it is no list of people at all."""
    people, where = People(), {}
    for line, cells in lines_of(content):
        if not where:
            where = _header(cells, people)
            if not where and line >= _HEADER_WITHIN:
                break
            continue
        if not any(text_of(cell)[0] for cell in cells):
            continue
        if len(people.rows) + len(people.rejected) >= most:
            words = _("一次最多 %d 人，请分成几份。") % most
            raise BadInput(words, fields={"file": words})
        _take(line, cells, where, people)
    if not where:
        words = _("没有找到表头。请让第一行写上：姓名、工号、社区（至少要有姓名）。")
        raise BadInput(words, fields={"file": words})
    if not people.rows and not people.rejected:
        raise BadInput(_("只有表头，没有一行数据。"), fields={"file": _("没有数据。")})
    return people


def _header(cells: list[object], people: People) -> dict[str, int]:
    words = ["".join(plain(text_of(cell)[0]).split()).strip("*:()_") for cell in cells]
    where: dict[str, int] = {}
    for number, word in enumerate(words):
        name = _COLUMN_OF.get(word)
        if name and name not in where:
            where[name] = number
    if "name" not in where:
        return {}
    people.ignored = [
        word[:20] for at, word in enumerate(words) if word and at not in where.values() and word not in ("序号", "no")
    ]
    return where


def _take(line: int, cells: list[object], where: dict[str, int], people: People) -> None:
    texts, wrong = [], ""
    for name in COLUMNS:
        at = where.get(name)
        text, why = text_of(cells[at]) if at is not None and at < len(cells) else ("", "")
        text = " ".join(text.split())
        wrong = wrong or why or _wrong(name, text)
        texts.append(_hidden(text)[: 2 * _LONGEST[name]])
    if not wrong and not texts[0]:
        wrong = _("没有写姓名")
    if wrong:
        people.rejected.append((line, wrong, *texts))
    else:
        people.rows.append((line, *texts))


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)


def _hidden(text: str) -> str:
    return "…" if _digits(text) >= _LIKE_A_NUMBER_OF_A_PERSON else text


def _wrong(name: str, text: str) -> str:
    if not text:
        return ""
    label = {"name": _("姓名"), "number": _("工号"), "community": _("社区")}[name]
    if _digits(text) >= _LIKE_A_NUMBER_OF_A_PERSON:
        return _("%s像是电话或证件号码，这里不收") % label
    if text.startswith("#") and text.endswith(("!", "?", "/A")):
        return _("%s是一个算错的公式") % label
    if len(text) > _LONGEST[name] or not text.isprintable() or (name == "name" and not any(c.isalpha() for c in text)):
        return _("%s写得不对，或者太长") % label
    return ""


def template() -> bytes:
    """An empty list with its head and an example that nobody takes for a person."""
    head = [_("姓名"), _("工号"), _("社区")]
    return workbook([(_("名单"), [head])])

"""Tables for a spreadsheet: what anybody wrote is text in it, and never a formula."""

import io
from collections.abc import Iterable

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What begins like a formula is a formula to a spreadsheet, whoever wrote it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MOST_WIDTHS = "ABCDEFGH"


def harmless(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula, without the signs that a workbook cannot hold."""
    if not isinstance(cell, str):
        return cell
    cell = ILLEGAL_CHARACTERS_RE.sub("", cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def workbook(sheets: Iterable[tuple[str, Iterable[list]]], widths: dict[str, list[int]] | None = None) -> bytes:
    """Sheets of (title, rows) as XLSX, the first row of each its head; `widths`: of a sheet's first columns, in letters."""
    book = Workbook(write_only=True)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for letter, wide in zip(_MOST_WIDTHS, (widths or {}).get(title, ()), strict=False):
            sheet.column_dimensions[letter].width = wide
        for row in rows:
            sheet.append([harmless(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

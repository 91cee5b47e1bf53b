"""In which order a page, a table or a file names people: what tests/test_no_ranking.py compares."""

import csv
import io
import json
from html.parser import HTMLParser

import openpyxl

HOLDERS = {"main", "aside", "table", "tbody", "ul", "ol", "dl", "select", "svg", "form"}
VOID = {"br", "hr", "img", "input", "link", "meta", "use", "path", "rect", "circle", "line", "source", "wbr", "col"}
Orders = dict[str, set[tuple[str, ...]]]


class _Lists(HTMLParser):
    """The text of every list-like element of a page, nested ones included."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stack: list[tuple[str, str, list[str]]] = []
        self.found: list[tuple[str, str]] = []
        self.shown: list[str] = []
        self.quiet = 0

    def handle_starttag(self, tag, attributes):
        """Open an element."""
        given = dict(attributes)
        for name in ("title", "aria-label", "placeholder", "alt", "value"):
            self._take(given.get(name) or "")
        if tag in VOID:
            return
        self.quiet += tag in ("script", "style")
        self.stack.append((tag, given.get("class") or "", []))

    def handle_endtag(self, tag):
        """Close it, and with it what was left open inside."""
        if tag in VOID or not any(open_tag == tag for open_tag, _c, _t in self.stack):
            return
        while self.stack:
            name, classes, words = self.stack.pop()
            self.quiet -= name in ("script", "style")
            if name in HOLDERS:
                self.found.append((f"{name}.{classes}", " ".join(words)))
            if name == tag:
                break

    def handle_data(self, data):
        """Words: those of scripts are told too, since a chart is drawn from them, but not shown as text."""
        self._take(data)

    def _take(self, words: str) -> None:
        if words.strip():
            for _tag, _classes, held in self.stack:
                held.append(words)
            if not self.quiet:
                self.shown.append(words)


def order_of(text: str, names: list[str]) -> tuple[str, ...]:
    """The names that stand in a text, by where each stands first."""
    return tuple(sorted((name for name in names if name in text), key=text.index))


def _orders(parts: list[tuple[str, str]], names: list[str]) -> Orders:
    found: Orders = {}
    for key, text in parts:
        order = order_of(text, names)
        if len(order) > 1:
            found.setdefault(key, set()).add(order)
    return found


def parts_of(response) -> tuple[list[tuple[str, str]], str]:
    """The lists of a response, each with a name, and all that is shown in it."""
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if kind == "text/html":
        page = _Lists()
        page.feed(body.decode())
        return page.found, " ".join(page.shown)
    if "spreadsheetml" in kind:
        book = openpyxl.load_workbook(io.BytesIO(body))
        parts = []
        for sheet in book:
            rows = [
                " ".join(str(cell) for cell in row if cell is not None) for row in sheet.iter_rows(values_only=True)
            ]
            parts.append((f"sheet.{sheet.title}", "\n".join(rows)))
        return parts, "\n".join(text for _key, text in parts)
    if kind == "text/csv":
        text = body.decode("utf-8-sig")
        list(csv.reader(io.StringIO(text)))
        return [("csv", text)], text
    if kind in ("application/json", "application/problem+json"):
        text = json.dumps(json.loads(body), ensure_ascii=False)
        return [("json", text)], text
    if kind.startswith("image/svg") or kind.startswith("text/") or "xml" in kind:
        text = body.decode()
        return [(kind, text)], text
    return [], ""


def orders(response, names: list[str]) -> Orders:
    """The orders in which the lists of a response name people, by list."""
    return _orders(parts_of(response)[0], names)

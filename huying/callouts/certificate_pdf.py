"""The certificate as a PDF of A4, drawn by reportlab.

The letters are those of STSong-Light, one of the fonts that PDF readers bring along for Chinese (Adobe-GB1, ISO 32000-1,
9.7.5): a name in the file and no font, so that a page stays at a few kilobytes and no licence is asked.
"""

import io
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONT = "STSong-Light"
_INK, _SOFT, _LINE, _RED = colors.HexColor("#241f1a"), colors.HexColor("#665d52"), colors.HexColor("#b9ab97"), "#b83a20"


def _styles() -> dict[str, ParagraphStyle]:
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    base = {"fontName": FONT, "textColor": _INK, "wordWrap": "CJK"}
    return {
        "title": ParagraphStyle("title", fontSize=26, leading=36, alignment=TA_CENTER, **base),
        "lead": ParagraphStyle("lead", fontSize=12.5, leading=22, firstLineIndent=25, **base),
        "cell": ParagraphStyle("cell", fontSize=9.5, leading=13, **base),
        "small": ParagraphStyle("small", fontSize=9, leading=14, **(base | {"textColor": _SOFT})),
        "number": ParagraphStyle("number", fontSize=11, leading=16, alignment=TA_CENTER, **base),
        "right": ParagraphStyle("right", fontSize=11, leading=19, **base),
        "void": ParagraphStyle("void", fontSize=14, leading=22, alignment=TA_CENTER, **(base | {"textColor": _RED})),
    }


def _code(address: str, size: float = 34 * mm) -> Drawing:
    """The address as a QR code, drawn as shapes."""
    widget = QrCodeWidget(address, barLevel="M")
    left, low, right, high = widget.getBounds()
    drawing = Drawing(size, size, transform=[size / (right - left), 0, 0, size / (high - low), 0, 0])
    drawing.add(widget)
    return drawing


def drawn(paper: dict) -> bytes:
    """The PDF of a paper as views/certificates.py gives it: words ready to be read, and the address of its check."""
    style, out = _styles(), io.BytesIO()
    say = lambda words, name: Paragraph(escape(str(words)), style[name])  # noqa: E731
    margin = 20 * mm
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=18 * mm,
        bottomMargin=16 * mm,
        title=f"{paper['title']} {paper['number']}",
        author=paper["issuer"],
        lang="zh-CN",
    )
    story = [say(paper["title"], "title"), say(f"{_('编号')} {paper['number']}", "number"), Spacer(1, 6 * mm)]
    if paper["revoked"]:
        story += [say(paper["revoked"], "void"), Spacer(1, 4 * mm)]
    story += [say(paper["lead"], "lead"), Spacer(1, 4 * mm)]
    head = [say(words, "cell") for words in paper["columns"]]
    rows = [[say(cell, "cell") for cell in row] for row in paper["rows"]]
    total = [say(cell, "cell") for cell in paper["total"]]
    table = Table([head, *rows, total], colWidths=[w * mm for w in (31, 47, 34, 29, 29)], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, 0), 1, _INK),
                ("LINEBELOW", (0, 1), (-1, -2), 0.4, _LINE),
                ("LINEABOVE", (0, -1), (-1, -1), 1, _INK),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 4),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    story += [table, Spacer(1, 2 * mm), say(paper["columns_words"], "small")]
    if paper["trainings"]:
        story += [Spacer(1, 3 * mm), *(say(words, "small") for words in paper["trainings"])]
    foot = [[say(words, "right")] for words in paper["foot"]]
    story += [
        Spacer(1, 8 * mm),
        Table(
            [[_code(paper["address"]), Table(foot, colWidths=[118 * mm])]],
            colWidths=[46 * mm, 124 * mm],
            style=TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (0, 0), 0)]),
        ),
        say(paper["check_words"], "small"),
    ]
    document.build(story)
    return out.getvalue()

"""The small picture of a record: for each month a column, made of the kinds of what was done."""

from huying.appraisals import rules
from huying.appraisals.queries import Record

KINDS = (rules.WISH, rules.NEED, rules.CALL)
HIGH = 90
# How far apart columns stand and how wide they are: twelve of them must stay legible on a phone.
QUARTER, YEAR = (60, 36), (30, 18)


def columns(record: Record) -> dict | None:
    """{'width', 'height', 'months': [{'month', 'total', 'x', 'y', 'pieces'}]}, in units; None when nothing was done."""
    totals = {month: sum(of.get(kind, 0) for kind in KINDS) for month, of in record.months.items()}
    most = max(totals.values(), default=0)
    if not most:
        return None
    step, wide = YEAR if record.period.quarter == 0 else QUARTER
    months = []
    for at, (month, of) in enumerate(record.months.items()):
        x, top, pieces = at * step + (step - wide) / 2, float(HIGH), []
        for kind in KINDS:
            if of.get(kind):
                tall = HIGH * of[kind] / most
                top -= tall
                pieces.append({"kind": kind, "y": round(top, 2), "height": round(tall, 2), "count": of[kind]})
        months.append(
            {
                "month": month,
                "total": totals[month],
                "x": x,
                "middle": x + wide / 2,
                "y": round(top, 2),
                "pieces": pieces,
            }
        )
    return {"width": step * len(months), "height": HIGH, "bar": wide, "months": months}

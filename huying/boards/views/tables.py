"""The figures of a place and a period as CSV."""

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huying.boards import figures as sums
from huying.boards import words
from huying.boards.forms import period_of
from huying.boards.shown import Reader
from huying.boards.views.links import for_staff
from huying.calls.catalogue import category_name
from huying.calls.choices import Urgency
from huying.kernel.gate import allow, anyone
from huying.places.models import Place


def _rates(found: sums.Figures, reader: Reader) -> list[list]:
    rows = []
    for rate in found.rates:
        label, seen = words.RATES[rate.code][0], reader.rate(rate)
        if seen is None:
            rows.append([label, "", "", "", "", "", _("件数太少，不公布。")])
            continue
        low, high = seen.interval
        share = "" if seen.few or seen.share is None else round(seen.share * 100, 1)
        left = "；".join(f"{name} {n}" for name, n, _href in reader.excluded(seen))
        part, whole = reader.number(seen.part), reader.number(seen.whole)
        rows.append([label, part, whole, share, round(low * 100, 1), round(high * 100, 1), left])
    return rows


@require_GET
@allow(anyone)
def as_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The same figures as on the page (UTF-8 with BOM, so that office programs read the Chinese)."""
    place = get_object_or_404(Place.objects.public().defer("outline"), pk=pk)
    reader = Reader(for_staff(request.actor, place))
    _form, since, until = period_of(request.GET)
    found = sums.figures(place, since, until)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="huying-{place.pk}-{since}-{until}.csv"'
    response.write("\ufeff")
    out = csv.writer(response)
    out.writerow([_("地点"), str(place), _("从"), since, _("到"), until])
    out.writerow([])
    out.writerow([_("指标"), _("分子"), _("分母"), "%", _("95% 区间下限"), _("95% 区间上限"), _("不计入的件数")])
    out.writerows(_rates(found, reader))
    head = [words.COUNTS[name] for name in sums.COUNTS]
    counts = lambda row: [reader.count(row[name]) for name in sums.COUNTS]  # noqa: E731
    out.writerows([[], [_("合计"), "", *head], ["", "", *counts(found.counts)]])
    for title, key, name in (
        (_("类别"), "category", lambda row: category_name(row["category"]) or _("未分类")),
        (_("时限"), "urgency", lambda row: dict(Urgency.choices).get(row["urgency"], row["urgency"])),
        (_("日期"), "day", lambda row: row["day"].isoformat()),
    ):
        out.writerows([[], [title, "", *head], *([name(row), "", *counts(row)] for row in found.by[key])])
    out.writerows([[], [_("下一级"), "", *head]])
    out.writerows(
        [str(row["place"]), row["place"].code or "", *counts(row)] for row in sums.by_place(place, since, until)
    )
    return response

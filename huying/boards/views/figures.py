"""The figures of a place and a period: as pictures, as numbers with what they leave out, as CSV, and the lists behind."""

import csv
import datetime as dt
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huying.boards import figures as sums
from huying.boards import svg, words
from huying.boards.forms import PRESETS, period_of
from huying.boards.rules import SMALL
from huying.calls.catalogue import category_name
from huying.calls.choices import Urgency
from huying.calls.models import Call
from huying.calls.rules import HANDLERS
from huying.kernel.gate import allow, anyone, holding
from huying.kernel.scopes import Actor
from huying.places.models import Place

PARTS = ("open", "done", "not_done")


def for_staff(actor: Actor, place: Place) -> bool:
    """Whether the actor sees the full figures of a place: those who handle calls there, above it, or within it."""
    return actor.holds(HANDLERS, place.path)


def _shown(count: int, staff: bool) -> str:
    """A count as the reader may see it: to the public, small ones are not told."""
    return str(count) if staff or count == 0 or count >= SMALL else _("少于 %(n)d") % {"n": SMALL}


def _stat(rate, staff: bool, link) -> dict:
    label, note = words.RATES[rate.code]
    seen = rate if staff else rate.public()
    if seen is None:
        hidden = dict.fromkeys(("value", "n", "low", "high", "point"))
        return {**hidden, "label": label, "note": _("件数太少,不公布。"), "excluded": [], "href": ""}
    low, high = seen.interval
    return {
        "label": label,
        "note": note,
        "n": seen.whole,
        # With few cases the interval stands alone: a bare percentage of a handful says nothing.
        "value": None if seen.few or seen.share is None else round(seen.share * 100),
        "low": low if seen.whole else None,
        "high": high if seen.whole else None,
        "point": None if seen.few else seen.share,
        "excluded": [(words.LEFT_OUT[code], n) for code, n in seen.excluded.items()],
        "href": link(sums.RATES[rate.code][0]) if staff and seen.whole else "",
    }


def _day_chart(found: sums.Figures) -> dict:
    per_day = {row["day"]: row for row in found.by["day"]}
    days = [found.since + dt.timedelta(days=n) for n in range((found.until - found.since).days + 1)]
    return {
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 40, "right": 12, "top": 32, "bottom": 28},
        "legend": {"top": 0},
        "xAxis": {"type": "category", "data": [f"{d.month}-{d.day}" for d in days]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "name": _("提出"),
                "type": "bar",
                "data": [per_day.get(d, {}).get("calls", 0) for d in days],
                "barMaxWidth": 18,
            },
            {
                "name": _("其中已办成"),
                "type": "bar",
                "data": [per_day.get(d, {}).get("done", 0) for d in days],
                "barMaxWidth": 18,
            },
        ],
    }


def _table(rows: list[dict], names, staff: bool) -> list[dict]:
    svg.bars(rows, PARTS, "calls")
    out = []
    for row in rows:
        satisfied = sums.rate("satisfaction", row)
        on_time = sums.rate("on_time", row)
        out.append(
            {
                "name": names(row),
                "bar": row["bar"] if staff or row["calls"] >= SMALL else [],
                "counts": [_shown(row[name], staff) for name in ("calls", *PARTS)],
                "contact": words.span(row["contact"]) if staff or row["calls"] >= SMALL else "—",
                "answer": words.span(row["answer"]) if staff or row["calls"] >= SMALL else "—",
                "on_time": _percent(on_time, staff),
                "satisfaction": _percent(satisfied, staff),
                "row": row,
            }
        )
    return out


def _percent(rate, staff: bool) -> str:
    seen = rate if staff else rate.public()
    if seen is None or not seen.whole:
        return "—"
    if seen.few:
        low, high = seen.interval
        return f"{round(low * 100)}–{round(high * 100)}%"
    return f"{round(seen.share * 100)}%"


def _url(name: str, place: Place, since, until, **more) -> str:
    args = [place.pk, *more.pop("args", ())]
    return reverse(name, args=args) + "?" + urlencode({"since": since, "until": until, **more})


@require_GET
@allow(anyone)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The figures page: map first, then small multiples, then numbers with their excluded counts; every number opens its list."""
    place = get_object_or_404(Place.objects.public(), pk=pk)
    staff = for_staff(request.actor, place)
    form, since, until = period_of(request.GET)
    found = sums.figures(place, since, until)

    def link(count, category=None):
        more = {} if category is None else {"category": category}
        return _url("boards:list", place, since, until, args=[count], **more)

    below = sums.by_place(place, since, until) if place.kind != "entrance" else []
    svg.bars(below, PARTS, "calls")
    for row in below:
        row["url"] = _url("boards:figures", row["place"], since, until)
        row["shown"] = [_shown(row[name], staff) for name in ("calls", *PARTS)]
        if not staff and 0 < row["calls"] < SMALL:
            row["bar"] = []
    context = {
        "place": place,
        "above": place.ancestors().order_by("path"),
        "form": form,
        "since": since,
        "until": until,
        "presets": [
            {"label": label, "href": f"?days={days}", "current": request.GET.get("days") == days}
            for days, label in PRESETS
        ],
        "staff": staff,
        "figures": found,
        "counts": [
            (words.COUNTS[c], _shown(found.counts[c], staff), link(c) if staff else "")
            for c in ("calls", *PARTS, "parked")
        ],
        "stats": [_stat(rate, staff, link) for rate in found.rates],
        "contact": words.span(found.contact),
        "answer": words.span(found.answer),
        "per": found.per_ten_thousand if staff or found.counts["calls"] >= SMALL else None,
        "chart": _day_chart(found) if staff or found.counts["calls"] >= 10 * SMALL else None,
        "categories": _table(found.by["category"], lambda r: category_name(r["category"]) or _("未分类"), staff),
        "classes": _table(found.by["urgency"], lambda r: dict(Urgency.choices).get(r["urgency"], r["urgency"]), staff),
        "below": below,
        "map": svg.district_map(
            below if staff else [r for r in below if r["calls"] >= SMALL or not r["calls"]], "calls"
        ),
        "csv": _url("boards:csv", place, since, until),
    }
    for entry in context["categories"]:
        entry["href"] = link("calls", entry["row"]["category"]) if staff else ""
    return render(request, "boards/figures.html", context)


@require_GET
@allow(anyone)
def as_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The same figures as CSV (UTF-8 with BOM, so that office programs read the Chinese)."""
    place = get_object_or_404(Place.objects.public(), pk=pk)
    staff = for_staff(request.actor, place)
    _form, since, until = period_of(request.GET)
    found = sums.figures(place, since, until)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="huying-{place.pk}-{since}-{until}.csv"'
    response.write("\ufeff")
    out = csv.writer(response)
    out.writerow([_("地点"), str(place), _("从"), since, _("到"), until])
    out.writerow([])
    out.writerow([_("指标"), _("分子"), _("分母"), "%", _("95% 区间下限"), _("95% 区间上限"), _("不计入的件数")])
    for rate in found.rates:
        seen = rate if staff else rate.public()
        if seen is None:
            out.writerow([words.RATES[rate.code][0], "", "", "", "", "", _("件数太少,不公布。")])
            continue
        low, high = seen.interval
        share = "" if seen.few or seen.share is None else round(seen.share * 100, 1)
        left = ";".join(f"{words.LEFT_OUT[code]} {n}" for code, n in seen.excluded.items())
        out.writerow(
            [words.RATES[rate.code][0], seen.part, seen.whole, share, round(low * 100, 1), round(high * 100, 1), left]
        )
    out.writerow([])
    head = [words.COUNTS[name] for name in sums.COUNTS]
    out.writerow([_("合计"), "", *head])
    out.writerow(["", "", *(_shown(found.counts[name], staff) for name in sums.COUNTS)])
    for title, key, name in (
        (_("类别"), "category", lambda r: category_name(r["category"]) or _("未分类")),
        (_("时限"), "urgency", lambda r: dict(Urgency.choices).get(r["urgency"], r["urgency"])),
        (_("日期"), "day", lambda r: r["day"].isoformat()),
    ):
        out.writerow([])
        out.writerow([title, "", *head])
        for row in found.by[key]:
            out.writerow([name(row), "", *(_shown(row[c], staff) for c in sums.COUNTS)])
    out.writerow([])
    out.writerow([_("下一级"), "", *head])
    for row in sums.by_place(place, since, until):
        out.writerow([str(row["place"]), row["place"].code or "", *(_shown(row[c], staff) for c in sums.COUNTS)])
    return response


@require_GET
@allow(holding(*HANDLERS))
def behind(request: HttpRequest, pk: int, count: str) -> HttpResponse:
    """The calls behind a number."""
    place = get_object_or_404(Place.objects.public(), pk=pk)
    if count not in sums.COUNTS or not for_staff(request.actor, place):
        raise Http404
    _form, since, until = period_of(request.GET)
    category = request.GET.get("category")
    ids, more = sums.call_ids(place, since, until, count, category)
    calls = Call.objects.visible_to(request.actor).filter(pk__in=ids).select_related("place").order_by("-pk")
    context = {
        "place": place,
        "since": since,
        "until": until,
        "title": words.COUNTS[count],
        "category": category_name(category) if category else "",
        "calls": [{"call": call, "category": category_name(call.category)} for call in calls],
        "more": more,
        "back": _url("boards:figures", place, since, until),
    }
    return render(request, "boards/behind.html", context)

"""The figures of a place and a period: a map, small multiples, the numbers with what they leave out."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from huying.boards import figures as sums
from huying.boards import svg, words
from huying.boards.forms import period_of, presets
from huying.boards.rules import SMALL, before, starts, unit_for
from huying.boards.shown import Reader
from huying.boards.views.links import address, behind, for_staff
from huying.calls.catalogue import category, category_name
from huying.calls.choices import Urgency
from huying.calls.rules import HANDLERS
from huying.kernel.gate import allow, anyone, holding
from huying.places.models import Place

# So many small pictures stand on a page, of places and of kinds; the tables below have them all.
PLACES, KINDS = 40, 12
HEADLINES = ("calls", "open", *sums.PARTS[:2], "parked")


def _chart(unit: str, days: list[dt.date], pairs: list[tuple[int, int]]) -> dict:
    labels = [f"{d.year}-{d.month}" if unit == "month" else f"{d.month}-{d.day}" for d in days]
    bars = {"type": "bar", "barMaxWidth": 18, "barGap": "0%"}
    return {
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 44, "right": 12, "top": 36, "bottom": 28},
        "legend": {"top": 0},
        "xAxis": {"type": "category", "data": labels},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {"name": _("提出"), "data": [calls for calls, _done in pairs], **bars},
            {"name": _("其中已办成"), "data": [done for _calls, done in pairs], **bars},
        ],
    }


def _cells(row: dict, reader: Reader, link) -> list[dict]:
    """The counts of a row of a table, each with the list behind it."""
    names = ("calls", *sums.PARTS)
    return [
        {
            "label": words.COUNTS[name],
            "count": reader.count(row[name]),
            "href": link(name) if link and row[name] else "",
        }
        for name in names
    ]


def _bars(rows: list[dict], reader: Reader) -> None:
    most = max((row["calls"] for row in rows), default=0)
    for row in rows:
        parts = {name: reader.number(row[name]) or 0 for name in (*sums.PARTS, "beside")}
        row["bar"] = svg.bar(parts, most) if reader.number(row["calls"]) else []


def _table(rows: list[dict], name_of, link_of, reader: Reader) -> list[dict]:
    """The rows of a breakdown: counts, bar, medians and rates."""
    _bars(rows, reader)
    told = lambda row: reader.number(row["calls"])  # noqa: E731
    return [
        {
            "name": name_of(row),
            "bar": row["bar"],
            "cells": _cells(row, reader, link_of(row) if link_of else None),
            "contact": words.span(row["contact"]) if told(row) else "—",
            "answer": words.span(row["answer"]) if told(row) else "—",
            "on_time": reader.percent(sums.rate("on_time", row)),
            "satisfaction": reader.percent(sums.rate("satisfaction", row)),
        }
        for row in rows
    ]


def _tells(pairs: list[tuple[int, int]], reader: Reader) -> bool:
    """Whether columns say something: to the public, whose small counts are left out, three of them must stand."""
    return sum(1 for calls, _done in pairs if calls) >= (1 if reader.staff else 3)


def _pictures(entries: list[dict], runs: dict, days: list[dt.date], reader: Reader, most: int) -> list[dict]:
    """Small multiples, all to one scale: entries of {'key', 'name', 'href', 'calls', …} that have something to show."""
    drawn = []
    for entry in entries:
        of = runs.get(entry["key"], {})
        pairs = [reader.pair(*of.get(day, (0, 0))) for day in days]
        if _tells(pairs, reader):
            drawn.append((entry, pairs))
    drawn = drawn[:most]
    high = max((calls for _entry, pairs in drawn for calls, _done in pairs), default=0)
    return [{**entry, **svg.columns(pairs, high), "most": high} for entry, pairs in drawn]


@require_GET
@allow(anyone)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The figures page: map first, then small multiples, then numbers with their excluded counts; every number opens its list."""
    place = get_object_or_404(Place.objects.public().defer("outline"), pk=pk)
    reader = Reader(for_staff(request.actor, place))
    form, since, until = period_of(request.GET)
    found = sums.figures(place, since, until)
    earlier = sums.counts_of(place, *before(since, until))
    unit = unit_for(since, until, public=not reader.staff)
    days = starts(since, until, unit)
    runs = sums.runs(place, since, until, unit)
    link = behind(place, since, until) if reader.staff else None

    below = sums.by_place(place, since, until)
    _bars(below, reader)
    for row in below:
        row["url"] = address("boards:figures", row["place"], since, until)
        row["shown"] = reader.count(row["calls"])
        row["cells"] = _cells(row, reader, behind(row["place"], since, until) if reader.staff else None)
    places = [
        {
            "key": row["place"].path,
            "name": str(row["place"]),
            "href": row["url"],
            "count": row["shown"],
            "change": words.change(reader.number(row["calls"]), reader.number(row["earlier"])),
        }
        for row in below
    ]
    name_of = lambda row: category_name(row["category"]) or _("未分类")  # noqa: E731
    kinds = [
        {
            "key": row["category"],
            "name": name_of(row),
            "icon": kind.icon if (kind := category(row["category"])) else "dots",
            "href": link("calls", category=row["category"]) if link else "",
            "count": reader.count(row["calls"]),
        }
        for row in found.by["category"]
        # To the scale of the most common kind, the rarest would be an empty picture.
        if row["calls"] * 50 >= found.by["category"][0]["calls"]
    ]
    pairs = [reader.pair(*runs["all"].get(day, (0, 0))) for day in days]
    known = reader.number(found.counts["calls"])
    context = {
        "shell": "staff.html" if reader.staff else "public.html",
        "place": place,
        "above": place.ancestors().exclude(kind="province").defer("outline"),
        "form": form,
        "since": since,
        "until": until,
        "presets": presets(since, until),
        "staff": reader.staff,
        "small": SMALL,
        "headlines": [
            {
                "label": words.COUNTS[name],
                "count": reader.count(found.counts[name]),
                "change": words.change(reader.number(found.counts[name]), reader.number(earlier[name]))
                if name == "calls"
                else "",
                "href": link(name) if link and found.counts[name] else "",
            }
            for name in HEADLINES
        ],
        "contact": words.span(found.contact) if known else "—",
        "answer": words.span(found.answer) if known else "—",
        "per": found.per_ten_thousand if known else None,
        "stats": [reader.stat(rate, sums.rate(rate.code, earlier), link) for rate in found.rates],
        "map": svg.area_map(below, [reader.number(row["calls"]) for row in below], 1 if reader.staff else SMALL),
        "unit": words.UNITS[unit],
        "chart": _chart(unit, days, pairs) if _tells(pairs, reader) else None,
        "days": [
            {"day": day, "calls": reader.count(calls), "done": reader.count(done)}
            for day in days
            for calls, done in (runs["all"].get(day, (0, 0)),)
        ],
        "place_pictures": _pictures(places, runs["place"], days, reader, PLACES),
        "kind_pictures": _pictures(kinds, runs["category"], days, reader, KINDS),
        "below": below,
        "parts": words.PARTS.items(),
        "categories": _table(
            found.by["category"],
            name_of,
            link and (lambda row: lambda count: link(count, category=row["category"])),
            reader,
        ),
        "classes": _table(
            found.by["urgency"],
            lambda row: dict(Urgency.choices).get(row["urgency"], row["urgency"]),
            link and (lambda row: lambda count: link(count, urgency=row["urgency"])),
            reader,
        ),
        "csv": address("boards:csv", place, since, until),
        "nothing": not found.counts["calls"],
    }
    return render(request, "boards/figures.html", context)


@require_GET
@allow(holding(*HANDLERS))
def mine(request: HttpRequest) -> HttpResponse:
    """To the figures of the actor's own place: the largest where they handle calls."""
    own = min((post for post in request.actor.posts if post.role in HANDLERS), key=lambda post: post.path.count("."))
    return redirect(reverse("boards:figures", args=[own.place_id]))

"""The board of the three lists of a place: for everybody without a name of a person, for those who serve there with buttons."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from huying.directory.catalogue import services, skills
from huying.directory.queries import may_give
from huying.kernel.gate import allow, anyone, logged_in
from huying.kernel.live import LiveResponse
from huying.kernel.sheets import XLSX
from huying.reportin import rules_lists as rules
from huying.reportin.choices_lists import NeedState
from huying.reportin.export_lists import as_xlsx
from huying.reportin.live_lists import lists_within
from huying.reportin.queries_board import LISTS, Board
from huying.reportin.queries_board import board as read
from huying.reportin.queries_where import board_of, dress
from huying.reportin.telling_lists import ICONS, TONES
from huying.reportin.views import cards
from huying.reportin.views.lists_base import find_place, private, shell

MOST_PAGES = 500


@require_safe
@allow(logged_in)
def home(request: HttpRequest) -> HttpResponse:
    """On to the board of the actor's own community; to what waits for them when they have none."""
    own = board_of(request.actor)
    return redirect(reverse("reportin:board", args=[own.slug]) if own is not None else reverse("reportin:lists-mine"))


@require_safe
@allow(anyone)
@private
def board(request: HttpRequest, place: str) -> HttpResponse:
    """The board; asked by htmx only what has changed."""
    found, asked = find_place(place), _asked(request)
    told = read(found, service=asked["service"], state=asked["state"], only=asked["list"], page=asked["page"])
    here = reverse("reportin:board", args=[found.slug])
    context = {
        "shell": shell(request),
        "place": found,
        "here": here,
        "asked": asked,
        "show": asked["show"],
        "flow": _flow(told, here, asked),
        "columns": _columns(request, told, here, asked),
        "kinds": _kinds(here, asked),
        "may_post": request.actor.holds(rules.POSTERS, found.path),
        "may_give": may_give(request.actor),
        "narrowed": bool(asked["service"] or asked["state"]),
        "pager": _pager(told, here, asked),
    }
    part = "#lists" if getattr(request, "htmx", False) and not request.htmx.history_restore_request else ""
    return render(request, f"reportin/lists/board.html{part}", context)


def _asked(request: HttpRequest) -> dict:
    """What the address asks for; whatever is not known is left out."""
    given, codes = request.GET, {**services(), **skills()}
    only = given.get("list", "")
    page = given.get("page", "1")
    show = given.get("show", "needs")
    return {
        "list": only if only in LISTS else "",
        "state": given.get("state", "") if only in LISTS and given.get("state") in rules.SHOWN else "",
        "service": given.get("service", "") if given.get("service") in codes else "",
        "show": show if show in LISTS else "needs",
        "page": min(int(page), MOST_PAGES) if page.isdecimal() and page.isascii() and page != "0" else 1,
    }


def _address(here: str, asked: dict, **changed) -> str:
    query = {name: value for name, value in (asked | changed).items() if value and (name, value) != ("page", 1)}
    if query.get("show") == "needs":
        query.pop("show")
    return f"{here}?{urlencode(query)}" if query else here


def _flow(told: Board, here: str, asked: dict) -> list[dict]:
    """How many needs stand where, as a picture from left to right; each number opens its list."""
    most = max(told.counts.values(), default=0) or 1
    return [
        {
            "label": NeedState(code).label,
            "count": told.counts[code],
            "tone": TONES[code][0],
            "icon": TONES[code][1],
            # The circle's area follows the number.
            "radius": round(13 + 15 * (told.counts[code] / most) ** 0.5, 1),
            "href": _address(here, asked, list="needs", state=code, show="needs", page=1),
            "current": asked["list"] == "needs" and asked["state"] == code,
        }
        for code in rules.SHOWN
    ]


def _columns(request, told: Board, here: str, asked: dict) -> list[dict]:
    titles = {
        "needs": (pgettext("list", "需求"), _("谁家要搭把手"), "call"),
        "resources": (pgettext("list", "资源"), _("谁能出一份力"), "leaf"),
        "projects": (pgettext("list", "项目"), _("正在办和办成的"), "check"),
    }
    makers = {"needs": cards.need, "resources": cards.resource, "projects": cards.project}
    return [
        {
            "code": code,
            "title": titles[code][0],
            "lead": titles[code][1],
            "icon": titles[code][2],
            "count": told.totals[code],
            "rows": [makers[code](row, request.actor) for row in dress(told.rows.get(code, []))],
            "all": _address(here, asked, list=code, state="", show=code, page=1),
            "tab": _address(here, asked, show=code, list=code if asked["list"] else "", state="", page=1),
            "rest": told.totals[code] - len(told.rows.get(code, [])),
        }
        for code in LISTS
        if not asked["list"] or code == asked["list"]
    ]


def _kinds(here: str, asked: dict) -> list[dict]:
    """The kinds of service as chips with pictures, 'all' first."""
    all_of_it = {"label": _("全部"), "icon": "list", "code": ""}
    kinds = [
        all_of_it,
        *({"label": name, "icon": ICONS.get(code, "hand"), "code": code} for code, name in services().items()),
    ]
    if asked["service"] in skills():
        name = skills()[asked["service"]]
        kinds.insert(1, {"label": name, "icon": ICONS.get(asked["service"], "hand"), "code": asked["service"]})
    for kind in kinds:
        kind["href"] = _address(here, asked, service=kind["code"], page=1)
        kind["current"] = kind["code"] == asked["service"]
    return kinds


def _pager(told: Board, here: str, asked: dict) -> dict:
    page = asked["page"]
    return {
        "earlier": _address(here, asked, page=page - 1) if asked["list"] and page > 1 else "",
        "later": _address(here, asked, page=page + 1) if told.more else "",
        "words": _("第 %(n)d 页") % {"n": page},
    }


@require_safe
@allow(anyone)
def table(request: HttpRequest, place: str) -> HttpResponse:
    """The three lists as a workbook, in an open format, without the name of a person."""
    found = find_place(place)
    response = HttpResponse(as_xlsx(found), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="lists-{found.slug}.xlsx"'
    return response


@require_safe
@allow(anyone)
def live(request: HttpRequest, place: str) -> LiveResponse:
    """Wakes when something changes on a board."""
    return LiveResponse([lists_within(find_place(place).path)], gap=2)

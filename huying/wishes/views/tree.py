"""The wish tree: the page, the screen in the hall, what live pages fetch, the sheet for the printer, the picture as a file."""

import hashlib
from functools import lru_cache

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_safe

from huying.kernel.gate import allow, anyone
from huying.kernel.live import LiveResponse
from huying.places.models import Place
from huying.wishes import queries_tree as trees
from huying.wishes import tree, tree_symbols
from huying.wishes.choices import Kind, State
from huying.wishes.live import tree_of
from huying.wishes.rules import Leaf

PAGE = 24
GROVE = 24
# The list on paper has no second page to turn to; beyond this it says that there is more.
ON_SHEET = 400
SIZES = ("a4", "a3")
# Seconds between two messages of a live stream: a rush of claims is one change to look at.
GAP = 2
ICONS = {"open": "leaf", "taken": "hand", "given": "heart", "smile": "face-good", "rest": "check"}
TONES = {"open": "call", "taken": "info", "given": "warn", "smile": "answer", "rest": "quiet"}


def _tree(tag: str) -> Place:
    """The place whose single tree is meant; 404 where there are many."""
    place = trees.place_by(tag)
    if place.kind not in trees.OWN:
        raise Http404
    return place


def _address() -> str:
    """Where a leaf leads, with 0 in the place of the wish's number: reversing it for each of 2,000 leaves would take its time."""
    return reverse("wish-leaf", args=[0])


def _flip(place: Place) -> int:
    """Half of all trees look the other way, so that neighbours are told apart."""
    return -1 if place.pk % 2 else 1


@lru_cache(maxsize=24)
def _picture(place: Place, key: tuple, language: str) -> tree.Picture:
    """The picture of a tree as it stands."""
    del language
    head, _zero, rest = _address().partition("0")
    leaves, _left = trees.drawn(place, key)
    return tree.picture(leaves, lambda leaf: f"{head}{leaf.pk}{rest}", flip=_flip(place))


def counted(standing: trees.Standing) -> list[dict]:
    """How many wishes have which shape, in words, for the line under the tree."""
    words = {
        "open": ngettext("%(n)s 片绿叶：等人认领", "%(n)s 片绿叶：等人认领", standing.of("open")),
        "taken": ngettext("%(n)s 个花苞：有人认领了", "%(n)s 个花苞：有人认领了", standing.of("taken")),
        "given": ngettext("%(n)s 朵花：送到了，等回话", "%(n)s 朵花：送到了，等回话", standing.of("given")),
        "smile": ngettext("%(n)s 张笑脸：实现了", "%(n)s 张笑脸：实现了", standing.of("smile")),
        "rest": ngettext("%(n)s 片黄叶：已结束", "%(n)s 片黄叶：已结束", standing.of("rest")),
    }
    symbols = {"open": "g3", "taken": "k0", "given": "f0", "smile": "s0", "rest": "r0"}
    return [
        {"shape": shape, "symbol": symbols[shape], "words": text % {"n": standing.of(shape)}}
        for shape, text in words.items()
        if standing.of(shape)
    ]


def said(standing: trees.Standing) -> str:
    """Wishes and smiles in one sentence."""
    total, smiles = standing.of(), standing.of("smile")
    if not total:
        return _("还没有心愿")
    wishes = ngettext("%(n)s 个心愿", "%(n)s 个心愿", total) % {"n": total}
    if not smiles:
        return wishes
    return wishes + _("，") + ngettext("%(n)s 个实现了，笑了", "%(n)s 个实现了，笑了", smiles) % {"n": smiles}


def _shown(place: Place, standing: trees.Standing) -> dict:
    """What the picture's part of a page needs."""
    _leaves, left = trees.drawn(place, standing.key)
    return {
        "place": place,
        "picture": _picture(place, standing.key, get_language()),
        "symbols": mark_safe(tree_symbols.symbols()),  # noqa: S308 (our own SVG)
        "land": mark_safe(tree_symbols.land()),  # noqa: S308
        "meadow": mark_safe(tree_symbols.meadow()),  # noqa: S308
        "said": said(standing),
        "counts": counted(standing),
        "left": left,
        "total": standing.of(),
    }


def row(leaf: Leaf) -> dict:
    """A wish of the list in words."""
    shape = tree.SHAPES[leaf.state]
    return {
        "leaf": leaf,
        "shape": shape,
        "kind": Kind(leaf.kind).label if leaf.kind else "",
        "state": State(leaf.state).label,
        "icon": ICONS[shape],
        "tone": TONES[shape],
        "href": reverse("wish-leaf", args=[leaf.pk]),
        "open": shape == "open",
    }


def _list(request: HttpRequest, place: Place) -> dict:
    """A page of the list beside the tree, with its filter."""
    shown = request.GET.get("show", "")
    shown = shown if shown in trees.SHOWN_AS else ""
    text = request.GET.get("page", "1")
    page = int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 6 else 1
    page = max(1, page)
    wishes = list(trees.listed(place, shown)[(page - 1) * PAGE : page * PAGE + 1])
    base = reverse("wish-tree", args=[place.slug])

    def address(show: str, number: int = 1) -> str:
        words = [f"show={show}"] if show else []
        words += [f"page={number}"] if number > 1 else []
        return base + ("?" + "&".join(words) if words else "")

    labels = (("", _("全部")), ("open", _("等人认领")), ("taken", _("有人在办")), ("smile", _("实现了")))
    return {
        "rows": [row(trees.as_leaf(wish)) for wish in wishes[:PAGE]],
        "page": page,
        "shown": shown,
        "earlier": address(shown, page - 1) if page > 1 else "",
        "later": address(shown, page + 1) if len(wishes) > PAGE else "",
        "tabs": [{"label": label, "href": address(code), "current": shown == code} for code, label in labels],
        "everything": base,
        "here": address(shown, page),
    }


def _wish_url(place: Place) -> str:
    """Where somebody makes a wish; '' where the place has ended."""
    if not place.is_current():
        return ""
    return reverse("wish-make", args=[place.slug])


@require_safe
@allow(anyone)
def page(request: HttpRequest, tag: str) -> HttpResponse:
    """A place's wish tree and the list beside it; above a community the small trees of all of them."""
    place = trees.place_by(tag)
    home = trees.home_of(place)
    if home != place:
        return redirect("wish-tree", tag=home.slug)
    if place.kind not in trees.OWN:
        return grove(request, place)
    context = _list(request, place)
    if request.htmx and request.htmx.target == "wish-list":
        return render(request, "wishes/tree.html#list", context)
    context |= _shown(place, trees.standing(place))
    context |= {
        "wish_url": _wish_url(place),
        "next_places": trees.successors(place),
        "ended": not place.is_current(),
        "compounds": trees.compounds_of(place),
        "above": [one for one in place.ancestors() if one.kind in ("community", "street")],
    }
    return render(request, "wishes/tree.html", context)


def grove(request: HttpRequest, place: Place) -> HttpResponse:
    """The small trees of a street, a district or a city, by name, each leading to its own page."""
    text = request.GET.get("page", "1")
    number = max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    found = list(trees.trees_of(place)[(number - 1) * GROVE : number * GROVE + 1])
    places = [one.place for one in found[:GROVE]]
    counts = trees.counts_of([one.pk for one in places])
    base = reverse("wish-tree", args=[place.slug])
    return render(
        request,
        "wishes/tree_grove.html",
        {
            "place": place,
            "trees": [
                {
                    "place": one,
                    "said": said(trees.Standing(tuple(counts[one.pk].items()), ())),
                    "picture": small_tree(one, counts[one.pk]),
                }
                for one in places
            ],
            "symbols": mark_safe(tree_symbols.symbols()),  # noqa: S308
            "land": mark_safe(tree_symbols.land()),  # noqa: S308
            "meadow": mark_safe(tree_symbols.meadow()),  # noqa: S308
            "several": any(sum(one.values()) > trees.SMALL for one in counts.values()),
            "earlier": f"{base}?page={number - 1}" if number > 1 else "",
            "later": f"{base}?page={number + 1}" if len(found) > GROVE else "",
        },
    )


def small_tree(place: Place, counts: dict[str, int]) -> tree.Picture:
    """A tree to recognise a place by: its leaves lead nowhere and say nothing."""
    return tree.small(trees.small(counts), flip=_flip(place))


@require_safe
@allow(anyone)
def hall(request: HttpRequest, tag: str) -> HttpResponse:
    """The tree alone, for the screen in the hall: no log-in, nothing private, for days."""
    place = _tree(tag)
    context = _shown(place, trees.standing(place))
    address = _wish_url(place) or reverse("wish-tree", args=[place.slug])
    context |= {
        "code": qr(settings.BASE_URL + address),
        "smiles": trees.latest_smiles(place),
        "next_places": trees.successors(place),
    }
    return render(request, "wishes/tree_hall.html", context)


def _etag(request: HttpRequest, tag: str) -> str:
    place = _tree(tag)
    request.tree = (place, trees.standing(place))
    told = hashlib.sha256(repr((place.pk, request.tree[1].key, get_language())).encode()).hexdigest()
    return f'"{told[:20]}"'


@require_safe
@allow(anyone)
@condition(etag_func=_etag)
def now(request: HttpRequest, tag: str) -> HttpResponse:
    """The picture and the counts as they stand, for a page that is open; 304 where nothing has changed."""
    place, standing = request.tree
    context = _shown(place, standing) | {"smiles": trees.latest_smiles(place)}
    return render(request, "wishes/tree_now.html", context)


@require_safe
@allow(anyone)
@condition(etag_func=_etag)
def words(request: HttpRequest, tag: str) -> JsonResponse:
    """What each leaf says, for the card beside it: fetched when somebody first points at a leaf or comes near."""
    leaves, _left = trees.drawn(*_known(request))
    flip = _flip(request.tree[0])
    told = {}
    for one in leaves:
        leaf = one.leaf
        angle = one.site.angle if flip == 1 else (180 - one.site.angle) % 360
        told[leaf.pk] = [
            leaf.words,
            leaf.alias,
            str(Kind(leaf.kind).label) if leaf.kind else "",
            str(State(leaf.state).label),
            tree.lay(leaf.words, angle, leaf.smiling),
        ]
    return JsonResponse(told)


def _known(request: HttpRequest) -> tuple[Place, tuple]:
    place, standing = request.tree
    return place, standing.key


@require_safe
@allow(anyone)
def sheet(request: HttpRequest, tag: str) -> HttpResponse:
    """Tree and list on paper, A4 or A3, to be understood without colours."""
    place = _tree(tag)
    size = request.GET.get("size", "")
    wishes = [row(trees.as_leaf(wish)) for wish in trees.listed(place).order_by("slot")[: ON_SHEET + 1]]
    context = _shown(place, trees.standing(place))
    context |= {
        "size": size if size in SIZES else SIZES[0],
        "sizes": SIZES,
        "rows": wishes[:ON_SHEET],
        "more": context["total"] - ON_SHEET if len(wishes) > ON_SHEET else 0,
        "code": qr(settings.BASE_URL + reverse("wish-tree", args=[place.slug])),
        "today": timezone.localdate(),
    }
    return render(request, "wishes/tree_sheet.html", context)


@require_safe
@allow(anyone)
def file(request: HttpRequest, tag: str) -> HttpResponse:
    """The tree as an SVG that stands alone: to keep, and what the browser makes a PNG of."""
    place = _tree(tag)
    standing = trees.standing(place)
    leaves, _left = trees.drawn(place, standing.key)
    title = _("%(place)s心愿树") % {"place": place}
    note = f"{said(standing)} · {timezone.localdate():%Y-%m-%d}"
    text = tree.as_file(leaves, title, note, flip=_flip(place))
    response = HttpResponse(text, content_type="image/svg+xml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="wish-tree-{place.slug}.svg"'
    return response


@require_safe
@allow(anyone)
def live(request: HttpRequest, tag: str) -> LiveResponse:
    """Wakes when a leaf of the tree changes."""
    return LiveResponse([tree_of(_tree(tag).path)], gap=GAP)


def qr(address: str) -> SafeString:
    """The address as an inline SVG without a size of its own."""
    code = segno.make_qr(address, error="m")
    return mark_safe(code.svg_inline(border=2, omitsize=True, dark="#000", light="#fff"))  # noqa: S308 (our own SVG)

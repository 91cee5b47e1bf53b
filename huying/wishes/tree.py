"""The wish tree as SVG, drawn from its leaves. No Django: strings in, strings out; where things stand says tree_rules.py."""

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from huying.wishes import rules
from huying.wishes.rules import Leaf
from huying.wishes.tree_rules import Camera, Site, camera, limbs, shape, site_of, trunk_at
from huying.wishes.tree_symbols import DARK_TONES, in_file, land, meadow, on_page, plain, plain_face, symbols

# What is drawn for each state: a leaf waits for somebody; a bud has somebody; a flower was brought; a smile came true.
SHAPES = {
    rules.PUBLISHED: "open",
    rules.CLAIMED: "taken",
    rules.CONTACT: "taken",
    rules.FULFILLED: "given",
    rules.CONFIRMED: "smile",
    rules.CLOSED: "rest",
}
# Symbols of each shape, which differ in tone: (first letter, how many).
TONES = {"open": ("g", 6), "taken": ("k", 2), "given": ("f", 2), "smile": ("s", 4), "rest": ("r", 2)}
# So few leaves carry their words from the beginning.
WORDED = 60
# So few have their words large enough to be read at once, on a phone, and on a wide screen.
NEAR, NEARISH = 6, 40
# With more, leaves are so small that their veins would only cost time; they come when one looks closer.
TINY = 700
# Twigs of a tree without leaves.
BARE = 7
# How large a sign of the words on a leaf is, and the smaller size that is taken where all of them then fit.
SIGNS = (13.5, 11.5)
CLOSING = "，。、！？；：）”》…,.!?;:)"
# How far the blade's ellipse reaches from its middle, along and across.
LONG, BROAD = 45, 31.5


@dataclass(frozen=True)
class Drawn:
    """A leaf with its place on this tree."""

    leaf: Leaf
    number: int
    site: Site

    @property
    def shape(self) -> str:
        """What it is drawn as: open, taken, given, smile, rest."""
        return SHAPES[self.leaf.state]


def place_leaves(leaves: Iterable[Leaf], places: dict[int, int] | None = None) -> tuple[list[Drawn], list[Leaf]]:
    """Leaves on their sites, oldest first, and those whose site a newer leaf has taken.

    places: slot -> number of the leaf, where a tree counts by itself (a compound's); by default the slot is the number.
    """
    at: dict[int, tuple[int, Leaf]] = {}
    without: list[Leaf] = []
    for leaf in leaves:
        number = leaf.slot if places is None else places[leaf.slot]
        n = site_of(number)
        before = at.get(n)
        if before and before[0] > number:
            without.append(leaf)
            continue
        if before:
            without.append(before[1])
        at[n] = (number, leaf)
    sites = shape().sites
    drawn = [Drawn(leaf, n, sites[n]) for n, (_number, leaf) in sorted(at.items())]
    return drawn, without


def symbol(drawn: Drawn) -> str:
    """The symbol of a leaf: its shape by its state, its tone by its number, always the same."""
    letter, tones = TONES[drawn.shape]
    return f"{letter}{(drawn.leaf.pk * 2654435761 >> 7) % tones}"


def wide(words: str) -> float:
    """How many Chinese signs a text is wide."""
    return sum(1 if ord(sign) > 0x2E7F else 0.56 for sign in words)


def room(angle: int, low: float, high: float) -> float:
    """How wide a level line between two heights above or below the middle of a leaf that points to `angle` may be."""
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    narrowest = math.inf
    for y in (low, high):
        # Where the level line at y cuts the turned ellipse; the text stands in the middle, so the nearer cut counts.
        a = (cos / LONG) ** 2 + (sin / BROAD) ** 2
        b = 2 * y * sin * cos * (1 / LONG**2 - 1 / BROAD**2)
        c = y * y * ((sin / LONG) ** 2 + (cos / BROAD) ** 2) - 1
        inside = b * b - 4 * a * c
        if inside <= 0:
            return 0.0
        half = math.sqrt(inside) / (2 * a)
        narrowest = min(narrowest, half - abs(b / (2 * a)))
    return max(0.0, 2 * narrowest)


class Laid(NamedTuple):
    """Words as they stand on a leaf: the size of their signs, and lines as (y, words)."""

    size: float
    lines: tuple[tuple[float, str], ...]


@lru_cache(maxsize=4096)
def lay(words: str, angle: int, face: bool = False) -> Laid:
    """The words of a leaf in level lines that fit into it; what is too long ends in '…'. `face`: above them stands a face."""
    words = re.sub(rf"\s+([{re.escape(CLOSING)}])", r"\1", " ".join(words.split()))
    best, most = Laid(SIGNS[0], ()), -1.0
    for size in SIGNS:
        for count in (1, 2, 3, 4):
            lines, rest = _lines(words, angle, size, count, 9 if face else 0)
            held = wide(words) - wide(rest)
            if lines and held > most + 0.5:
                best, most = Laid(size, _ended(lines, rest)), held
            if lines and not rest:
                return Laid(size, tuple(lines))
    return best


def _lines(words: str, angle: int, size: float, count: int, down: float) -> tuple[list[tuple[float, str]], str]:
    """Words in so many lines, and the rest that found no room; no lines when one of them would be empty."""
    line = size * 1.22
    top, lines = max(down - count * line / 2, -9 if down else -math.inf), []
    for n in range(count):
        low = top + n * line
        part = _cut(words, room(angle, low + 1, low + line - 2) / size)
        if not part:
            return [], words
        words = words[len(part) :].lstrip()
        lines.append((round(low + line * 0.77, 1), part.rstrip()))
    return lines, words


def _cut(words: str, signs: float) -> str:
    """As much of the words as is at most so many signs wide; no line begins with a sign that closes a sentence."""
    used = 0.0
    for n, sign in enumerate(words):
        used += wide(sign)
        if used > signs + (0.6 if sign in CLOSING else 0.05):
            while n and words[n] in CLOSING:
                n -= 1
            return words[:n]
    return words


def _ended(lines: list[tuple[float, str]], rest: str) -> tuple[tuple[float, str], ...]:
    if rest and lines:
        y, last = lines[-1]
        lines = [*lines[:-1], (y, last[:-1].rstrip(CLOSING + " ") + "…")]
    return tuple(lines)


def words_on(leaf: Leaf, angle: int) -> str:
    """The words of a leaf as an SVG text that stands level on it."""
    laid = lay(leaf.words, angle, leaf.smiling)
    spans = "".join(f'<tspan x="0" y="{y:g}">{html.escape(line)}</tspan>' for y, line in laid.lines)
    return f'<text class="words-on" font-size="{laid.size:g}">{spans}</text>' if spans else ""


def leaf_mark(drawn: Drawn, href: str, *, words: bool, flip: int = 1, fine: bool = True) -> str:
    """One leaf: a link, its blade turned, its face and its words level; not fine: outlines alone."""
    leaf, site = drawn.leaf, drawn.site
    angle = site.angle if flip == 1 else (180 - site.angle) % 360
    mark = symbol(drawn)
    turned = f' transform="rotate({angle})"'
    inside = f'<use href="#{mark}"{turned}/>' if fine else plain(mark, turned, on_page)
    if drawn.shape == "smile":
        inside += '<use href="#face"/>' if fine else plain_face(on_page)
    elif drawn.shape == "rest" and fine:
        inside += '<use href="#tick"/>'
    if words:
        inside += f"{words_on(leaf, angle)}<title>{html.escape(leaf.words)}</title>"
    return (
        f'<a id="w{leaf.pk}" class="{mark[0]} {mark}" href="{href}" tabindex="-1" '
        f'transform="translate({flip * site.x} {site.y})">{inside}</a>'
    )


@dataclass(frozen=True)
class Picture:
    """The tree ready to be put into a page: the SVG's parts and what is looked at."""

    view: Camera
    wood: str
    leaves: str
    land: str
    near: str

    @property
    def box(self) -> str:
        """The viewBox."""
        return f"{self.view.x:.0f} {self.view.y:.0f} {self.view.width:.0f} {self.view.height:.0f}"


@lru_cache(maxsize=64)
def wood(numbers: tuple[int, ...], ground: float, flip: int = 1) -> str:
    """Trunk and branches that bear these sites, with light on the thick ones."""
    pieces, trunk = limbs(numbers, ground)
    paths, shine = [], []
    for n, limb in enumerate(pieces):
        if limb.width > 13:
            paths.append(f'<g stroke-width="{limb.width:g}"><path id="limb{n}" d="{limb.d}"/></g>')
            shine.append(
                f'<use href="#limb{n}" stroke-width="{limb.width * 0.3:.1f}" transform="translate({-flip * limb.width * 0.2:.1f} 0)"/>'
            )
        else:
            paths.append(f'<path stroke-width="{limb.width:g}" d="{limb.d}"/>')
    x = trunk_at(ground)
    roots = f'<use href="#roots" transform="translate({x:.0f} {ground:.0f}) scale({trunk / 20:.2f})"/>' if trunk else ""
    mirrored = ' transform="scale(-1 1)"' if flip == -1 else ""
    return f'<g{mirrored}><g class="wood">{"".join(paths)}</g>{roots}<g class="shine">{"".join(shine)}</g></g>'


def picture(
    drawn: Sequence[Drawn], address, *, words: bool | None = None, flip: int = 1, fine: bool | None = None
) -> Picture:
    """The tree of these leaves. address(leaf) -> where its link leads; words: on each leaf (default: when they are few)."""
    # A tree that waits for its first leaf stands there bare.
    numbers = tuple(one.number for one in drawn) or tuple(range(BARE))
    view = camera(numbers)
    worded = len(drawn) <= WORDED if words is None else words
    fine = len(drawn) <= TINY if fine is None else fine
    leaves = "".join(leaf_mark(one, address(one.leaf), words=worded, flip=flip, fine=fine) for one in drawn)
    sizes = ((NEAR, "near"), (NEARISH, "nearish"), (TINY, "far"))
    near = next((name for most, name in sizes if len(drawn) <= most), "far tiny")
    return Picture(view, wood(numbers, view.ground, flip), leaves, _land(view), near)


def small(shapes: Sequence[str], flip: int = 1) -> Picture:
    """A tree of bare shapes without words or links, to recognise a place by."""
    numbers = tuple(range(len(shapes)))
    view = camera(numbers)
    sites, marks = shape().sites, []
    for n, name in enumerate(shapes):
        letter, tones = TONES[name]
        site = sites[n]
        angle = site.angle if flip == 1 else (180 - site.angle) % 360
        at = f"translate({flip * site.x} {site.y})"
        marks.append(f'<use href="#{letter}{n * 7 % tones}" transform="{at} rotate({angle})"/>')
        if name == "smile":
            marks.append(f'<use href="#face" transform="{at}"/>')
    return Picture(view, wood(numbers, view.ground, flip), "".join(marks), _land(view), "far")


def _land(view: Camera) -> str:
    """Where the land lies, whose 1000 units are as wide as what is looked at."""
    return f"translate(0 {view.ground:.0f}) scale({max(view.width, view.height * 0.8) / 1000:.3f})"


def as_file(drawn: Sequence[Drawn], title: str, note: str, *, flip: int = 1) -> str:
    """The tree as an SVG that stands alone, with its title, in the colours of the day."""
    made = picture(drawn, lambda leaf: f"#w{leaf.pk}", flip=flip, fine=True)
    view, paint = made.view, in_file
    margin = 0.04 * view.height
    side = max(view.width, view.height) + 2 * margin
    x, y = -side / 2, view.y + view.height + margin - side - 0.13 * side
    high = 1.13 * side
    middle, size = 0, side / 24
    leaves = _coloured(made.leaves)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x:.0f} {y:.0f} {side:.0f} {high:.0f}" width="1600" height="{1600 * high / side:.0f}" '
        f'font-family="PingFang SC, HarmonyOS Sans SC, Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, sans-serif">'
        f"<title>{html.escape(title)}</title>{symbols(paint)}"
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{side:.0f}" height="{high:.0f}" fill="{paint("sky")}"/>'
        f'<g transform="{made.land}">{land(paint)}</g>{_painted(made.wood, paint)}<g transform="{made.land}">{meadow(paint)}</g>{leaves}'
        f'<g text-anchor="middle" fill="{paint("ink")}"><text x="{middle}" y="{y + 1.7 * size:.0f}" font-size="{size:.0f}" font-weight="700">{html.escape(title)}</text>'
        f'<text x="{middle}" y="{y + 2.75 * size:.0f}" font-size="{size * 0.5:.0f}">{html.escape(note)}</text></g></svg>'
    )


def _painted(wood_: str, paint) -> str:
    """Trunk and branches with their colours written into them."""
    return wood_.replace(
        '<g class="wood">',
        f'<g fill="none" stroke="{paint("bark")}" stroke-linecap="round" stroke-linejoin="round">',
    ).replace(
        '<g class="shine">',
        f'<g fill="none" stroke="{paint("bark-light")}" stroke-linecap="round" stroke-opacity=".5">',
    )


def _coloured(leaves: str) -> str:
    """Leaves whose words are coloured as on a page: light on dark tones."""
    dark = "|".join(DARK_TONES)
    out = re.sub(
        rf'(<a id="w\d+" class="\w (?:{dark})"[^>]*>(?:(?!</a>).)*?)<text class="words-on"',
        rf'\1<text text-anchor="middle" fill="{in_file("on-dark")}"',
        leaves,
    )
    out = out.replace('<text class="words-on"', f'<text text-anchor="middle" fill="{in_file("ink")}"')
    if "<tspan" in out:
        # Where words stand on a leaf its face is small, above them.
        out = out.replace('<use href="#face"/>', '<use href="#face" transform="translate(0 -17) scale(.55)"/>')
    return out

"""The shapes of the wish tree, each within the hull of tree_rules.py, and the land that it stands on. Pure: strings only.

`paint` turns the name of a colour into what stands in a fill: a custom property on a page, a plain colour in a file.
"""

import math
from collections.abc import Callable
from functools import lru_cache

Paint = Callable[[str], str]

BLADE = "M-50 0C-45-29-18-38 6-33 25-29 38-11 50 0 38 11 25 29 6 33-18 38-45 29-50 0Z"
SHADE = "M-50 0C-45 29-18 38 6 33 25 29 38 11 50 0 20 4-20 4-50 0Z"
BUD = "M-50 0C-42-22-12-29 14-20 31-14 41-5 47 0 41 5 31 14 14 20-12 29-42 22-50 0Z"
FACE = "M-9-8v4M9-8v4M-15 4Q0 21 15 4"
VEINS = "M-50 0Q0-2 43 0M-30 0-13-21M-31 0-11 20M-8-1 11-21M-9 1 13 20M15-1 29-14M14 1 30 13"

# A flower's petals: how far from its middle, and how large.
PETAL_AT, PETAL = 18, 13

# The colours of the day, for files that stand alone; on pages tokens.css and dark.css name them.
DAY = {
    "leaf-0": "#2f7048", "leaf-1": "#37824f", "leaf-2": "#5da35a", "leaf-3": "#74ae55", "leaf-4": "#93bf69",
    "leaf-5": "#2a6152", "bud-0": "#d5dd96", "bud-1": "#c3d487", "bud-in": "#e7a08a", "calyx": "#4f8a4c",
    "flower-0": "#f7d3c6", "flower-1": "#f6deb0", "heart": "#d79b2a", "smile-0": "#f0b23e", "smile-1": "#ee9a45",
    "smile-2": "#ec8350", "smile-3": "#f5cb62", "cheek": "#d9482b", "rest-0": "#cdb07a", "rest-1": "#c2a583",
    "ink": "#241f1a", "on-dark": "#fffdfa", "vein": "#fffdfa", "bark": "#7c5b43", "bark-light": "#9a775b",
    "sky": "#faf6ef", "sun": "#fbdcb4", "far": "#e8ece0", "hill": "#d9e4cb", "grass": "#bfd4a4", "blade": "#8fb377",
}  # fmt: skip
# Tones on which words are light.
DARK_TONES = ("g0", "g1", "g5")


def on_page(name: str) -> str:
    """A colour as a page paints it, by day and by night."""
    return f"var(--tree-{name})"


def in_file(name: str) -> str:
    """A colour as a file that stands alone has it."""
    return DAY[name]


def _leaf(ident: str, fill: str, vein: str, strong: float = 0.42) -> str:
    return (
        f'<g id="{ident}"><path d="{BLADE}" fill="{fill}"/><path d="{SHADE}" fill-opacity=".09" stroke="none"/>'
        f'<path d="{VEINS}" fill="none" stroke="{vein}" stroke-opacity="{strong}" stroke-width="2.2" stroke-linecap="round"/></g>'
    )


def _bud(ident: str, fill: str, paint: Paint) -> str:
    """A bud that is about to open: somebody is at it."""
    return (
        f'<g id="{ident}"><path d="{BUD}" fill="{fill}"/>'
        f'<path d="M-12-8C6-20 30-12 47 0 30 12 6 20-12 8-4 4-4-4-12-8Z" fill="{paint("bud-in")}"/>'
        f'<path d="M-20-2C0-16 26-12 42 0 20-4 0-2-20 10Z" fill="{fill}"/>'
        f'<path d="M-50 0C-45-17-30-23-14-22-24-12-16-7-6-4-16-2-16 2-6 4-16 7-24 12-14 22-30 23-45 17-50 0Z" fill="{paint("calyx")}"/></g>'
    )


def _petals() -> str:
    centres = [
        (round(PETAL_AT * math.sin(math.radians(turn)), 1), round(-PETAL_AT * math.cos(math.radians(turn)), 1))
        for turn in (18, 90, 162, 234, 306)
    ]
    round_ = f"a{PETAL} {PETAL} 0 1 0 {2 * PETAL} 0a{PETAL} {PETAL} 0 1 0-{2 * PETAL} 0"
    return "".join(f"M{x - PETAL:g} {y:g}{round_}" for x, y in centres)


def _flower(ident: str, fill: str, paint: Paint) -> str:
    """A flower: it was brought, and the wisher's word is awaited."""
    return (
        f'<g id="{ident}"><path d="M-50 0H-12" stroke="{paint("calyx")}" stroke-width="5" stroke-linecap="round"/>'
        f'<path d="{PETALS}" fill="{fill}" stroke="{paint("bud-in")}" stroke-width="1.6"/>'
        f'<circle r="9" fill="{paint("heart")}"/></g>'
    )


PETALS = _petals()
# Each shape by its outline alone, in one tone: for thousands of leaves, each some pixels large.
PLAIN = {"g": BLADE, "s": BLADE, "r": BLADE, "k": BUD, "f": PETALS}
TONED = {"g": "leaf", "s": "smile", "r": "rest", "k": "bud", "f": "flower"}


def plain(mark: str, turned: str, paint: Paint) -> str:
    """A shape ('g3') as its outline alone, in the tone of its symbol."""
    return f'<path d="{PLAIN[mark[0]]}" fill="{paint(f"{TONED[mark[0]]}-{mark[1:]}")}"{turned}/>'


def plain_face(paint: Paint) -> str:
    """The face as one path."""
    return f'<path d="{FACE}" {_line(paint)}/>'


def _line(paint: Paint) -> str:
    return f'fill="none" stroke="{paint("ink")}" stroke-width="4.6" stroke-linecap="round" stroke-linejoin="round"'


@lru_cache(maxsize=4)
def symbols(paint: Paint = on_page) -> str:
    """All that leaves are drawn of: g leaf, k bud, f flower, s smiling leaf, r leaf at rest, and face and tick."""
    vein = paint("vein")
    parts = [_leaf(f"g{n}", paint(f"leaf-{n}"), vein) for n in range(6)]
    parts += [_leaf(f"s{n}", paint(f"smile-{n}"), vein, 0.3) for n in range(4)]
    parts += [_leaf(f"r{n}", paint(f"rest-{n}"), vein) for n in range(2)]
    parts += [_bud(f"k{n}", paint(f"bud-{n}"), paint) for n in range(2)]
    parts += [_flower(f"f{n}", paint(f"flower-{n}"), paint) for n in range(2)]
    cheeks = f'<path d="M-20 4h.1M20 4h.1" stroke="{paint("cheek")}" stroke-opacity=".42" stroke-width="8" stroke-linecap="round"/>'
    parts.append(f'<g id="face"><path d="{FACE}" {_line(paint)}/>{cheeks}</g>')
    parts.append(f'<path id="tick" d="M-10 1l7 8 14-17" stroke-opacity=".6" {_line(paint)}/>')
    # As wide as the trunk is at the ground (20 units), with roots to both sides.
    parts.append(
        f'<path id="roots" fill="{paint("bark")}" d="M-8.5-14C-9-8-11-3-15 0-20 2-26 3-33 4-20 6-14 5-9 4-7 7-8 9-10 12-3 9-1 6 0 4 2 7 5 9 11 11 9 7 9 5 10 4 15 6 22 6 32 3 24 2 19 1 14-1 10-4 9-8 8.5-14Z"/>'
    )
    return f"<defs>{''.join(parts)}</defs>"


@lru_cache(maxsize=4)
def land(paint: Paint = on_page) -> str:
    """Hills, sun and meadow behind the tree: 1000 units are the width of what is looked at, the ground is at 0."""
    return (
        f'<circle class="sun" cx="600" cy="-680" r="58" fill="{paint("sun")}"/>'
        f'<path fill="{paint("far")}" d="M-3200 40C-2400 20-1500-60-1050-84-820-96-700-30-560-60-430-90-330-196-215-204-120-210-70-140 30-150 120-160 190-232 300-226 420-218 480-120 640-104 800-90 900-150 1080-140 1500-110 2400 10 3200 40Z"/>'
        f'<path fill="{paint("hill")}" d="M-3200 60C-2000 20-900-70-480-66-200-62 60-20 320-34 700-54 1800 0 3200 60Z"/>'
    )


@lru_cache(maxsize=4)
def meadow(paint: Paint = on_page) -> str:
    """The ground in front of the trunk, in the units of `land`."""
    tufts = "".join(
        f"M{x} {y}q-1.5-{h * 0.6:g}-5-{h}M{x} {y}q0-{h * 0.7:g} 1-{h * 1.25:g}M{x} {y}q2-{h * 0.6:g} 6-{h * 0.9:g}"
        for x, y, h in (
            (-44, 12, 13), (38, 14, 12), (-122, 24, 14), (150, 28, 13), (-236, 36, 12), (262, 34, 14), (-330, 22, 11),
            (352, 50, 13), (-420, 46, 13), (450, 30, 11), (86, 40, 13), (-80, 46, 12), (540, 54, 12), (-560, 40, 12),
        )
    )  # fmt: skip
    return (
        f'<path fill="{paint("grass")}" d="M-3200 84C-1600 30-600 0 0 1 600 0 1600 30 3200 84V1400H-3200Z"/>'
        f'<path d="{tufts}" fill="none" stroke="{paint("blade")}" stroke-width="2.4" stroke-linecap="round"/>'
    )

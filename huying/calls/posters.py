"""Posters for the door: a large QR code, and words that somebody without a phone can follow too."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from huying.calls.whereabouts import neighbours, phone_for, standing
from huying.kernel.errors import BadInput
from huying.places import queries
from huying.places.models import Place

SIZES = ("a4", "a5")
LEVELS = ("building", "entrance")
# Above a community nobody prints in one go.
PRINTED = ("community", "grid", "compound", "building", "entrance")
STYLES = ("css/layers.css", "css/tokens.css", "css/base.css", "css/components/icon.css", "css/pages/poster.css")


@dataclass(frozen=True)
class Poster:
    """One poster: the place in two lines, its address, and the address as a QR code (SVG)."""

    above: str
    name: str
    address: str
    code: SafeString
    phone: str

    @property
    def short(self) -> str:
        """The address as somebody types it."""
        return self.address.partition("://")[2].rstrip("/")


def posters_for(place: Place, level: str = "building") -> list[Poster]:
    """A poster for each building at or below a place, or for each entrance; and one for the gate of each compound.

    BadInput when the place is larger than a community, or has nothing that carries a code.
    """
    if place.kind not in PRINTED:
        raise BadInput(_("一次最多印一个社区，请选社区、小区或楼栋。"))
    places = [place, *(one for one in neighbours(place.path) if one.pk != place.pk)]
    shown = [one for one in places if one.tag and _wanted(one, place, level, places)]
    if not shown:
        raise BadInput(_("这里还没有楼栋，也没有二维码。先把楼栋录进来，再印。"))
    compounds = {one.path: one for one in places if one.kind == "compound"}
    here, phone = standing(place), phone_for(place)
    return [
        _poster(one, here.compound or compounds.get(_compound_path(one, compounds)), places, phone) for one in shown
    ]


def _wanted(one: Place, place: Place, level: str, places: list[Place]) -> bool:
    if one.pk == place.pk or one.kind == "compound":
        return True
    if level == "entrance":
        # A building without entrances has its own door.
        return one.kind == "entrance" or not any(
            other.parent_id == one.pk and other.kind == "entrance" for other in places
        )
    return one.kind == "building"


def _compound_path(one: Place, compounds: dict[str, Place]) -> str:
    return next((path for path in compounds if one.path.startswith(path + ".")), "")


def _poster(one: Place, compound: Place | None, places: Iterable[Place], phone: str) -> Poster:
    parents = {place.pk: place for place in places}
    name = str(one)
    if one.kind == "entrance" and one.parent_id in parents:
        name = f"{parents[one.parent_id]} {name}"
    elif one.kind == "entrance":
        name = f"{one.parent} {name}"
    above = str(compound) if compound is not None and compound.pk != one.pk else ""
    address = settings.BASE_URL + reverse("call-raise", args=[one.tag])
    return Poster(above, name, address, qr_svg(address), phone)


def qr_svg(address: str) -> SafeString:
    """The address as an inline SVG without a size of its own; a quarter of it may be dirty and it is still read."""
    code = segno.make_qr(address, error="q")
    return mark_safe(code.svg_inline(border=2, omitsize=True, dark="#000", light="#fff"))  # noqa: S308 (our own SVG)


def pages_of(posters: list[Poster], size: str) -> list[list[Poster]]:
    """The posters as they lie on sheets of A4: one, or two of A5 to be cut apart."""
    step = 2 if size == "a5" else 1
    return [posters[at : at + step] for at in range(0, len(posters), step)]


def find_place(text: str) -> Place:
    """The place that a name, a division code or a QR tag means; BadInput when none or several are meant."""
    text = text.strip()
    exact = Place.objects.current().filter(code=text).first() if text.isdigit() else None
    exact = exact or Place.objects.current().filter(tag=text.lower()).first()
    if exact is not None:
        return exact
    found = queries.search(text, kinds=("community", "compound", "building"), limit=8)
    named = [place for place in found if text in (place.name, place.short_name)] or found
    if len(named) == 1:
        return named[0]
    if not named:
        raise BadInput(_("没有找到“%(text)s”。") % {"text": text})
    where = queries.whereabouts(named)
    several = _("、").join(f"{where[place.pk]}{place}（{place.code or place.tag}）" for place in named)
    raise BadInput(_("叫这个名字的不止一处，请用括号里的编号：%(several)s") % {"several": several})


def write_posters(place: Place | str, out: Path, size: str = "a4", level: str = "building") -> str:
    """Write the posters of a place as one self-contained HTML file, to be printed from a browser; returns a summary."""
    if not isinstance(place, Place):
        place = find_place(place)
    posters = posters_for(place, level)
    style = "\n".join(Path(finders.find(name)).read_text(encoding="utf-8") for name in STYLES)
    context = {
        "place": place,
        "pages": pages_of(posters, size),
        "size": size,
        "spoken": settings.LANGUAGE_CODE,
        "style": mark_safe(style),  # noqa: S308 (our own style sheets)
    }
    out.write_text(render_to_string("calls/posters/alone.html", context), encoding="utf-8")
    return _("%(place)s：%(n)d 张。") % {"place": place, "n": len(posters)}

"""Pictures that need no script: a map of the places below, and bars, as plain SVG."""

import math

from huying.places.models import Place


def rings(outline: dict) -> list[list[list[float]]]:
    """The rings of a GeoJSON Polygon or MultiPolygon, outer and inner alike."""
    if outline["type"] == "Polygon":
        return outline["coordinates"]
    return [ring for polygon in outline["coordinates"] for ring in polygon]


def district_map(rows: list[dict], value: str, width: int = 640) -> dict | None:
    """Areas of a map: rows of {'place', value…} → {'width', 'height', 'areas': [{'d', 'x', 'y', 'band', 'row'}]}.

    Equirectangular around the middle latitude. `band` 0…4 by fifths of the largest value. None when no place has an outline.
    """
    shaped = [row for row in rows if row["place"].outline]
    if not shaped:
        return None
    points = [point for row in shaped for ring in rings(row["place"].outline) for point in ring]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = width / ((east - west) * squeeze)
    most = max((row[value] for row in shaped), default=0) or 1

    def at(lng: float, lat: float) -> tuple[float, float]:
        return round((lng - west) * squeeze * scale, 1), round((north - lat) * scale, 1)

    areas = []
    for row in shaped:
        drawn = []
        for ring in rings(row["place"].outline):
            drawn.append("M" + "L".join(f"{x} {y}" for x, y in (at(*p[:2]) for p in ring)) + "Z")
        place: Place = row["place"]
        x, y = at(place.lng, place.lat) if place.lng is not None else at(*rings(place.outline)[0][0][:2])
        band = 0 if not row[value] else min(4, 1 + int(3.999 * row[value] / most))
        areas.append({"d": "".join(drawn), "x": x, "y": y, "band": band, "row": row})
    return {"width": width, "height": round((north - south) * scale, 1), "areas": areas}


def bars(rows: list[dict], parts: tuple[str, ...], whole: str) -> None:
    """Give each row its 'bar': the parts as widths in percent of the largest whole, for one small SVG a row."""
    most = max((row[whole] for row in rows), default=0) or 1
    for row in rows:
        at, row["bar"] = 0.0, []
        for part in parts:
            wide = 100 * row[part] / most
            row["bar"].append({"part": part, "x": round(at, 2), "width": round(wide, 2)})
            at += wide

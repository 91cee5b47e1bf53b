"""The outlines of Xi'an's districts, as they come with the package."""

import json

from django.db import transaction

from huying.places.divisions import DATA
from huying.places.models import Kind, Place

OUTLINES = DATA / "xian-districts.geojson"
CITY = "61.6101"


def load_outlines() -> int:
    """Give each district its outline and centre (WGS-84) where it has none yet; returns how many got one."""
    # By name: the outlines still bear the code that Huyi had as a county.
    features = {each["properties"]["name"]: each for each in json.loads(OUTLINES.read_text("utf-8"))["features"]}
    bare = Place.objects.current().filter(
        path__within=CITY, kind=Kind.DISTRICT, name__in=features, outline__isnull=True
    )
    with transaction.atomic():
        for place in bare:
            feature = features[place.name]
            place.outline = {key: feature["geometry"][key] for key in ("type", "coordinates")}
            place.lng, place.lat = feature["properties"]["centre"]
            place.save(update_fields=["outline", "lng", "lat"])
    return len(bare)

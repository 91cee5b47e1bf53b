"""The outlines of Xi'an's districts, as they come with the package."""

import json

from django.db import transaction

from huying.places.divisions import DATA
from huying.places.models import Place

OUTLINES = DATA / "xian-districts.geojson"


def load_outlines() -> int:
    """Give each district its outline and centre (WGS-84) where it has none yet; returns how many got one."""
    features = {feature["id"]: feature for feature in json.loads(OUTLINES.read_text("utf-8"))["features"]}
    given = 0
    with transaction.atomic():
        for place in Place.objects.current().filter(code__in=features, outline=None):
            feature = features[place.code]
            place.outline = feature["geometry"]
            place.lng, place.lat = feature["properties"]["centre"]
            place.save(update_fields=["outline", "lng", "lat"])
            given += 1
    return given

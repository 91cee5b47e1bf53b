"""What a deed was about, in words that the reader may see; else only its kind, its day and its place."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from huying.appraisals.catalogue import FIGURES, way_words
from huying.appraisals.models import Deed
from huying.appraisals.rules import CONFIRMED, JOINED, UNDERWAY
from huying.calls.models import Call
from huying.kernel.scopes import Actor
from huying.places.models import Place
from huying.reportin.models import Need, Project
from huying.wishes.models import Wish

SHORT = 60


@dataclass
class Line:
    """A deed as a row: when, who, what, where, and how it stood."""

    deed: Deed
    what: str
    who: str
    where: str
    stands: str
    words: str = ""
    href: str = ""


def lines(deeds: Iterable[Deed], actor: Actor) -> list[Line]:
    """The deeds as rows, in the order given: six queries however many they are."""
    deeds = list(deeds)
    told = _told(deeds, actor)
    names = dict(Place.objects.filter(pk__in={d.place_id for d in deeds} - {None}).values_list("pk", "short_name"))
    rows = []
    for deed in deeds:
        words, href = told.get((deed.subject_type, deed.subject_id), ("", ""))
        who = deed.person.name if deed.person_id else deed.unit.name
        plain = deed.stage == CONFIRMED or (deed.way == UNDERWAY and deed.stage == JOINED)
        stands = "" if plain else way_words(deed.stage, deed.way)
        where = names.get(deed.place_id, "")
        rows.append(Line(deed, str(FIGURES[f"{deed.family}-{deed.stage}"]), who, where, stands, words[:SHORT], href))
    return rows


def _told(deeds: list[Deed], actor: Actor) -> dict[tuple[str, int], tuple[str, str]]:
    """Words and address of each matter that the actor may see."""
    ids: dict[str, set[int]] = {}
    for deed in deeds:
        ids.setdefault(deed.subject_type, set()).add(deed.subject_id)
    found: dict[tuple[str, int], tuple[str, str]] = {}
    if "call" in ids:
        for call in Call.objects.visible_to(actor).filter(pk__in=ids["call"]):
            found["call", call.pk] = (call.public_text, reverse("call-detail", args=[call.pk]))
    if "wish" in ids:
        # What hangs on the tree everybody reads.
        wishes = Wish.objects.filter(pk__in=ids["wish"])
        for wish in [*wishes.public(), *wishes.visible_to(actor)]:
            found["wish", wish.pk] = (wish.public_text, "")
    if "need" in ids:
        for need in Need.objects.filter(pk__in=ids["need"]).visible_to(actor):
            found["need", need.pk] = (need.text, "")
    if "project" in ids:
        for project in Project.objects.filter(pk__in=ids["project"]).visible_to(actor).select_related("need"):
            found["project", project.pk] = (project.need.text, "")
    return found

"""A list from a paper box: looked at first, then taken in, none twice, with what was not taken and why."""

import hashlib
import json
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.scopes import Actor
from huying.places.models import Place
from huying.places.rules import BUILDING, numbered
from huying.wishes import box_files, events, rules
from huying.wishes.actions.collect import Intake, collect
from huying.wishes.models import BoxList

_KINDS = ("community", "compound")


def may_box(actor: Actor, place: Place) -> bool:
    """Whether the actor takes in lists for a place: a community or a compound below their post."""
    return place.kind in _KINDS and actor.holds(rules.KEEPERS, place.path)


def propose_box(place: Place, name: str, content: bytes, *, by: Actor) -> BoxList:
    """Read a list and keep what it says, sealed, until somebody has looked at it; BadInput when it is no list."""
    if not may_box(by, place):
        raise Forbidden(_("只有这里的书记或社区工作者能导入。"))
    if not place.is_current():
        raise BadInput(_("这个地点已经停用。"), fields={"place": _("这个地点已经停用。")})
    sheet = box_files.read(content, _buildings(place))
    batch = BoxList.objects.create(
        place=place,
        by_id=by.id,
        file=name[-100:],
        rows_sealed=json.dumps(sheet.rows, ensure_ascii=False),
        count=len(sheet.rows),
        rejected=sheet.rejected,
    )
    batch.refresh_from_db()
    return batch


def _buildings(place: Place) -> dict[str, int]:
    """A building's number, however it is written → its id; a number that two compounds share is nobody's."""
    found: dict[str, int | None] = {}
    for pk, name in Place.objects.within(place).current().filter(kind="building").values_list("pk", "name"):
        key = numbered(BUILDING, name)[1]
        found[key] = None if key in found else pk
    return {key: pk for key, pk in found.items() if pk is not None}


def rows_of(batch: BoxList) -> list[dict]:
    """The rows that wait to be taken in; none once they were, or when the list has lain too long."""
    return json.loads(batch.rows_sealed.open()) if batch.rows_sealed is not None else []


def take_box(batch: BoxList, *, by: Actor, tell: Callable[[int, int], None] = lambda done, total: None) -> BoxList:
    """Collect the wishes of a list; one that is there already stays as it is. Goes on where it was interrupted."""
    if not may_box(by, batch.place):
        raise Forbidden(_("只有这里的书记或社区工作者能导入。"))
    if batch.done_at is not None:
        return batch
    rows = rows_of(batch)
    if not rows:
        raise StepRefused(_("这份清单放得太久，已经清掉了，请重新上传。"), code="gone")
    added = 0
    places = {place.pk: place for place in Place.objects.filter(pk__in={row["place"] for row in rows} - {None})}
    for done, row in enumerate(rows, 1):
        _wish, new = collect(_intake(row, places.get(row["place"], batch.place)), by=by)
        added += new
        tell(done, len(rows))
    with transaction.atomic():
        batch = BoxList.objects.select_for_update(of=("self",)).select_related("place").get(pk=batch.pk)
        batch.done_at, batch.added, batch.rows_sealed = timezone.now(), added, None
        batch.save(update_fields=["done_at", "added", "rows_sealed"])
        record(events.BOX_TAKEN, batch, by=by, place=batch.place_id, added=added, rejected=len(batch.rejected))
    return batch


def _intake(row: dict, place: Place) -> Intake:
    # The same slip of paper, typed up twice, is one wish.
    same = "|".join([str(place.pk), row["text"], row["phone"], row["address"], row["name"]])
    return Intake(
        place=place,
        text=row["text"],
        key="box-" + hashlib.sha256(same.encode()).hexdigest()[:40],
        channel="box",
        kind=row["kind"],
        name=row["name"],
        phone=row["phone"],
        address=row["address"],
        hardship=row["hardship"],
        agreed=row["agreed"],
        agreed_hardship=row["agreed"],
        through_writer=not (row["phone"] or row["address"]),
    )

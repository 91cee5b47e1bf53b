"""Every write to the tree by hand: tags, names, ends and splits. Lists are brought in by households.py, whole
divisions by divisions.py."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.log import record
from huying.kernel.scopes import SYSTEM, Actor
from huying.places import events, rules
from huying.places.division_files import name_is_wrong
from huying.places.households import import_households, propose_import, undo_import
from huying.places.models import Kind, Place, PlaceName, PlaceSuccessor, plant, write_terms

__all__ = ["end_place", "give_tag", "import_households", "propose_import", "rename_place", "split_place", "undo_import"]


def give_tag(place: Place, *, by: Actor = SYSTEM) -> str:
    """The place's tag for QR links, given now if it has none; BadInput for a kind that carries none."""
    if place.kind not in rules.TAGGED:
        raise BadInput(_("这一级的地点不用二维码。"))
    with transaction.atomic():
        locked = Place.objects.select_for_update(no_key=True).get(pk=place.pk)
        while not locked.tag:
            locked.tag = rules.new_tag()
            try:
                with transaction.atomic():
                    locked.save(update_fields=["tag"])
            except IntegrityError:
                locked.tag = None
                continue
            record(events.TAGGED, locked, by=by, place=locked.pk)
    place.tag = locked.tag
    return place.tag


def rename_place(place: Place, name: str, *, by: Actor) -> Place:
    """Call a place otherwise from today on; it stays the same place, and its old name is kept."""
    name = name.strip()
    if wrong := name_is_wrong(name):
        raise BadInput(wrong, fields={"name": wrong})
    with transaction.atomic():
        place = _locked(place, by)
        if place.name == name:
            return place
        PlaceName.objects.create(place=place, name=place.name, valid_to=timezone.localdate())
        place.name = name
        place.save(update_fields=["name"])
        # Communities are spelt by their street's name, buildings found by their compound's.
        leaning = list(place.children.current().select_related("parent"))
        for child in leaning:
            child.spell()
        Place.objects.bulk_update(leaning, ["short_name", "pinyin", "initials"])
        write_terms(leaning)
        record(events.RENAMED, place, by=by, place=place.pk)
    return place


def end_place(
    place: Place, *, by: Actor, on: dt.date | None = None, successors: Sequence[Place] = (), with_it: bool = True
) -> Place:
    """End a place on a day (today), that day not included, with all that stands in it unless `with_it` is false.

    A place that began today ends tomorrow at the earliest.
    """
    day = on or timezone.localdate()
    with transaction.atomic():
        place = _locked(place, by)
        if place.valid_to is not None:
            raise StepRefused(_("这个地点已经停用，或者已经定了停用的日子。"), code="place_ended")
        if day < timezone.localdate():
            raise BadInput(_("停用日期不能早于今天。"), fields={"on": _("请填今天或以后的日子。")})
        ending = list(Place.objects.within(place).filter(valid_to=None).order_by("id").select_for_update(no_key=True))
        ending = [one for one in ending if with_it or one.pk == place.pk]
        for one in ending:
            one.valid_to = max(day, one.valid_from + dt.timedelta(days=1))
        Place.objects.bulk_update(ending, ["valid_to"], batch_size=1_000)
        write_terms(ending)
        PlaceSuccessor.objects.bulk_create(PlaceSuccessor(old=place, new=new) for new in successors)
        record(
            events.ENDED,
            place,
            by=by,
            place=place.pk,
            on=max(day, place.valid_from + dt.timedelta(days=1)).isoformat(),
            with_it=len(ending) - 1,
            successors=[new.pk for new in successors],
        )
    place.refresh_from_db()
    return place


def split_place(old: Place, parts: Sequence[dict], *, by: Actor, on: dt.date | None = None) -> list[Place]:
    """End a place on a day and let two or more new ones beside it take over; what stands in it stays for a later hand.

    parts: dicts with `name` and, for a division, a new `code`.
    """
    day = on or timezone.localdate()
    if len(parts) < 2:
        raise BadInput(_("拆分至少要分成两个。"))
    with transaction.atomic():
        old = _locked(old, by)
        new = []
        for part in parts:
            name, code = part["name"].strip(), part.get("code") or None
            wrong = name_is_wrong(name) or _code_is_wrong(old, code)
            if wrong:
                raise BadInput(wrong)
            new.append(Place(kind=old.kind, code=code, name=name, parent=old.parent, valid_from=day))
        try:
            with transaction.atomic():
                plant(new)
        except IntegrityError as error:
            raise BadInput(_("区划代码已经有别的地点在用。")) from error
        end_place(old, by=by, on=day, successors=new, with_it=False)
    return new


def _code_is_wrong(old: Place, code: str | None) -> str:
    if old.kind not in rules.DIVISIONS:
        return _("这一级没有区划代码。") if code else ""
    if not code or rules.kind_of_code(code) != old.kind or rules.parent_code(code) != rules.parent_code(old.code):
        return _("每一部分都要有一个新的区划代码，级别和上级与原来的相同。")
    return ""


def _locked(place: Place, by: Actor) -> Place:
    may = rules.KEEPERS if place.kind in rules.DIVISIONS or place.kind == Kind.GRID else rules.IMPORTERS
    if by.kind != "system" and not by.holds(may, place.path):
        raise Forbidden(_("这个地点不由您更改。"))
    return Place.objects.select_for_update(of=("self",), no_key=True).select_related("parent").get(pk=place.pk)

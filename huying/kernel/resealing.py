"""After a change of the seal key: every sealed value is sealed again with the present one, so that the old can be destroyed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models, transaction

from huying.kernel.sealed import CannotOpen, SealedTextField, blind_index

BATCH = 500


@dataclass
class Resealed:
    """How many values were sealed anew, and how many could not be opened with the keys at hand (they stay as they are)."""

    done: int = 0
    shut: int = 0


def sealed_columns() -> Iterator[tuple[type[models.Model], list[SealedTextField]]]:
    """Every table that holds sealed values, with its sealed fields."""
    for model in apps.get_models():
        found = [field for field in model._meta.local_fields if isinstance(field, SealedTextField)]
        if found:
            yield model, found


def reseal(progress: Callable[[int, int | None], None] = lambda done, total: None) -> Resealed:
    """Seal everything again that waits for it; safe to stop and to run again, and while the system is in use.

    A field `x_sealed` with an `x_index` beside it gets its blind index anew as well. `progress(rows done, rows in all)`.
    """
    tables = list(sealed_columns())
    total = sum(model._base_manager.count() for model, _ in tables)
    result, seen = Resealed(), 0
    for model, fields in tables:
        after = 0
        while True:
            # A row that somebody is writing at this moment is waited for, so that nothing newer is overwritten.
            with transaction.atomic():
                rows = list(model._base_manager.filter(pk__gt=after).order_by("pk").select_for_update()[:BATCH])
                for row in rows:
                    _reseal_row(row, fields, result)
            if not rows:
                break
            after, seen = rows[-1].pk, seen + len(rows)
            progress(seen, total)
    return result


def _reseal_row(row: models.Model, fields: list[SealedTextField], result: Resealed) -> None:
    changed = []
    for field in fields:
        value = getattr(row, field.attname)
        if value is None or not value.key_is_old:
            continue
        try:
            text = value.open()
        except CannotOpen:
            result.shut += 1
            continue
        setattr(row, field.attname, text)
        changed.append(field.attname)
        subject = field.attname.removesuffix("_sealed")
        index = f"{subject}_index"
        if index in {other.attname for other in row._meta.local_fields}:
            setattr(row, index, blind_index(text, subject))
            changed.append(index)
        result.done += 1
    if changed:
        row.save(update_fields=changed)

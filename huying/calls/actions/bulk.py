"""The same step on many calls: each call its own transaction, each refusal told with its call."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from huying.calls.actions.answer import contact
from huying.calls.actions.take import accept, note
from huying.calls.actions.way import assign, merge
from huying.calls.models import Call
from huying.directory.queries import units_for
from huying.kernel.errors import BadInput, Refusal, StepRefused
from huying.kernel.scopes import Actor

MOST = 500


@dataclass
class Outcome:
    """How it went: the numbers of the calls that were done, and why the others were not."""

    done: list[int] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def bulk(
    do: str, ids: Iterable[int], *, by: Actor, key: str, progress: Callable[[int], None] = lambda done: None, **facts
) -> Outcome:
    """Take the step `do` on each of these calls; what is out of the actor's sight is refused like what cannot be."""
    outcome = Outcome()
    take = _STEPS[do]
    for at, pk in enumerate(list(ids)[:MOST], 1):
        call = Call.objects.visible_to(by).filter(pk=pk).select_related("place").first()
        try:
            if call is None:
                raise StepRefused(_("没有找到这个编号。"))
            take(call, by=by, key=f"{key}-{pk}", **facts)
            outcome.done.append(pk)
        except Refusal as refusal:
            outcome.refused.append((pk, refusal.reason))
        progress(at)
    return outcome


def _accept(call, *, by, key, category):
    # What everybody will see is looked through one by one; in bulk nothing becomes public.
    accept(call, category, by=by, version=call.version)


def _assign(call, *, by, key, unit):
    found = next((one for one in units_for(call.place) if one.pk == unit), None)
    if found is None:
        raise BadInput(_("这个单位不负责这个地方。"))
    assign(call, found, by=by, version=call.version)


def _merge(call, *, by, key, number):
    into = Call.objects.visible_to(by).filter(pk=number).first()
    if into is None:
        raise BadInput(_("没有找到要并入的那一件。"))
    merge(call, into, by=by, version=call.version)


def _contact(call, *, by, key, reply):
    contact(call, reply, by=by, key=key, version=call.version)


def _note(call, *, by, key, note):
    _write_note(call, note, by=by, key=key, version=call.version)


_write_note = note
_STEPS = {"accept": _accept, "assign": _assign, "merge": _merge, "contact": _contact, "note": _note}

"""One table of steps gives legality, permission, the page's buttons, the event names and the diagram."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from huying.kernel.errors import Forbidden, StalePage, StepRefused
from huying.kernel.log import events_of, record
from huying.kernel.scopes import Actor

Rule = Callable[[Actor, Any], bool]


@dataclass(frozen=True)
class Step:
    """One row of the table.

    `target` None leaves the state as it is. `may(actor, row)` says who; `needs(row)` returns what is still missing, in
    the user's words, or ''; `when(row)` says whether the step makes sense at all for this row (else no button).
    """

    name: str
    sources: tuple[str, ...]
    target: str | None
    event: str
    may: Rule
    needs: Callable[[Any], str] = lambda row: ""
    when: Callable[[Any], bool] = lambda row: True
    label: str = ""
    # A quiet step (a reminder) changes nothing that somebody decides on, so pages opened before it are not stale.
    quiet: bool = False


class Workflow:
    """A table of steps over one model, whose rows have `state` and `version` fields."""

    def __init__(self, *steps: Step, place: str = "place_id"):
        self.steps = {step.name: step for step in steps}
        if len(self.steps) != len(steps):
            raise ValueError("a step's name stands twice in the table")
        self.place = place

    def __getitem__(self, name: str) -> Step:
        return self.steps[name]

    def sources(self, name: str) -> tuple[str, ...]:
        """The states that the step accepts; a hot SQL write takes them from here."""
        return self.steps[name].sources

    def possible(self, row) -> list[Step]:
        """The steps that the row's state allows, whoever acts."""
        return [s for s in self.steps.values() if row.state in s.sources and s.when(row)]

    def available(self, row, by: Actor) -> list[Step]:
        """The steps that `by` may take on the row now: the page's buttons."""
        return [step for step in self.possible(row) if step.may(by, row)]

    def check(self, name: str, row, by: Actor) -> Step:
        """The step, or Forbidden (403) or StepRefused (409) with the words to show."""
        step = self.steps[name]
        # Permission is asked first: a stranger learns nothing of the state.
        if not step.may(by, row):
            raise Forbidden(str(_("您没有这一步的权限。")))
        if row.state not in step.sources or not step.when(row):
            raise StepRefused(
                str(_("现在是“%(state)s”，不能“%(step)s”。"))
                % {"state": row.get_state_display(), "step": step.label or step.name},
                code="wrong_state",
            )
        return step

    @contextmanager
    def step(
        self, name: str, row: models.Model, *, by: Actor, version: int | None = None, at=None, **facts
    ) -> Iterator[Any]:
        """Lock the row, refuse or let the caller edit it, then move the state and record the event: one transaction.

        `version` is what the page showed: when the row has moved on since, StalePage (409) says what changed.
        `facts` are ids and codes for the log. `at`, when given, dates the event (import of old records only).
        """
        with transaction.atomic():
            locked = type(row)._base_manager.select_for_update(of=("self",)).get(pk=row.pk)
            if version is not None and locked.version != version:
                # Asked before the state, so that the words say what happened and not only that it is too late.
                if not self.steps[name].may(by, locked):
                    raise Forbidden(str(_("您没有这一步的权限。")))
                raise StalePage(
                    str(_("这一页打开之后，情况有了变化，请看过再决定。")),
                    events=events_of(locked, since_version=version),
                )
            step = self.check(name, locked, by)
            # What is known only once the row is locked, the caller adds here.
            locked.facts = dict(facts)
            before = locked.state
            yield locked
            if locked.state != before:
                raise RuntimeError(f"{name}: the state is moved by the table of steps, not by its caller")
            missing = step.needs(locked)
            if missing:
                raise StepRefused(str(missing), code="needs")
            if step.target is not None:
                locked.state = step.target
            if not step.quiet:
                locked.version += 1
            locked.save()
            record(
                step.event,
                locked,
                by=by,
                place=getattr(locked, self.place),
                at=at,
                version=locked.version,
                **locked.facts,
            )
        # The caller's own copy sees what was saved, so that a view can render it without asking again.
        row.__dict__.update({k: v for k, v in locked.__dict__.items() if k not in ("_state", "facts")})
        row._state.fields_cache = dict(locked._state.fields_cache)

    def mermaid(self) -> str:
        """The table as a Mermaid state diagram for the docs."""
        lines = ["stateDiagram-v2"]
        for step in self.steps.values():
            for source in step.sources:
                lines.append(f"    {source} --> {step.target or source}: {step.name}")
        return "\n".join(lines)

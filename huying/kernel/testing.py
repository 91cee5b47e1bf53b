"""Helpers for tests of any package."""

from collections.abc import Callable, Iterable, Mapping

from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models import Model

from huying.kernel.errors import Forbidden, StepRefused
from huying.kernel.models import Event
from huying.kernel.scopes import Actor
from huying.kernel.workflow import Workflow

APPEND_ONLY = ("kernel_event", "kernel_seal")
# Django does not empty the tables of unmanaged models; without this, jobs of one test would run in another.
QUEUE = "TRUNCATE procrastinate_jobs, procrastinate_periodic_defers, procrastinate_events;"


def allow_flush(*more: str) -> None:
    """Let the test runner empty the append-only tables (`more` of them too) between transactional tests."""
    plain = DatabaseOperations.sql_flush
    if getattr(plain, "allows_append_only", False):
        return

    def sql_flush(self, style, tables, **kwargs):
        statements = plain(self, style, tables, **kwargs)
        guarded = [table for table in (*APPEND_ONLY, *more) if table in tables]
        off = [f"ALTER TABLE {table} DISABLE TRIGGER USER;" for table in guarded]
        on = [f"ALTER TABLE {table} ENABLE TRIGGER USER;" for table in guarded]
        return [*off, *statements, *on, QUEUE] if statements else statements

    sql_flush.allows_append_only = True
    DatabaseOperations.sql_flush = sql_flush


def _row(row: Model) -> dict:
    """What stands in the database for a row."""
    return type(row)._base_manager.filter(pk=row.pk).values().get()


def _refused(workflow: Workflow, name: str, row: Model, actor: Actor, expected: type[Exception], where: tuple) -> None:
    """Try the step, expect this refusal, and that it leaves no trace."""
    before, events = _row(row), Event.objects.count()
    try:
        with workflow.step(name, row, by=actor):
            pass
    except expected:
        pass
    else:
        raise AssertionError(f"{where}: was not refused")
    if _row(row) != before:
        raise AssertionError(f"{where}: the refusal changed the row")
    if Event.objects.count() != events:
        raise AssertionError(f"{where}: the refusal left an event")


def assert_table(
    workflow: Workflow,
    make_row: Callable[[str], Model],
    actors: Mapping[str, Actor | Callable[[Model], Actor]],
    states: Iterable[str],
    fill: Callable[[str, Model], None] = lambda step, row: None,
) -> set[tuple[str, str, str]]:
    """Try every state × step × actor for real; returns the (state, step, actor) that went, to compare with the rules.

    make_row(state): a saved row of that state. states: all of them, those without a step too. actors: by name; a function of the row where the actor depends on it
    (holder of its link). fill(step, row): sets on the locked row what the step needs. What must be refused is tried
    and must leave no trace; a step whose needs are not met is tried without them first.
    """
    went = set()
    for state in states:
        for name, step in workflow.steps.items():
            for who, actor in actors.items():
                where, row = (state, name, who), make_row(state)
                by = actor(row) if callable(actor) else actor
                offered = step in workflow.available(row, by)
                if not step.may(by, row):
                    _refused(workflow, name, row, by, Forbidden, where)
                elif state not in step.sources or not step.when(row):
                    _refused(workflow, name, row, by, StepRefused, where)
                else:
                    if step.needs(row):
                        _refused(workflow, name, row, by, StepRefused, where)
                    _goes(workflow, name, row, by, fill, where)
                    went.add(where)
                if offered != (where in went):
                    raise AssertionError(f"{where}: the page's button and the step disagree")
    return went


def _goes(workflow: Workflow, name: str, row: Model, by: Actor, fill: Callable, where: tuple) -> None:
    """Take the step and expect the state, the version and the one event that the table promises."""
    step, version, state = workflow[name], row.version, row.state
    last = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    with workflow.step(name, row, by=by) as locked:
        fill(name, locked)
    after = _row(row)
    if (after["state"], row.state) != (step.target or state, step.target or state):
        raise AssertionError(f"{where}: ended in {after['state']}, not {step.target or state}")
    if after["version"] != version + (not step.quiet):
        raise AssertionError(f"{where}: the version went from {version} to {after['version']}")
    recorded = list(Event.objects.filter(id__gt=last, kind=step.event, subject_id=row.pk))
    if len(recorded) != 1 or (recorded[0].actor_kind, recorded[0].actor_id) != (by.kind, by.id):
        raise AssertionError(f"{where}: recorded {recorded}, not one {step.event} by {by}")

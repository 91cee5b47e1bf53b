"""A need, a resource and a project as cards: what the templates show, and nothing that must not be shown.

The rows come dressed with their place in words (queries_where.dress).
"""

from django.urls import reverse

from huying.kernel.scopes import Actor
from huying.reportin.models import Need, Project, Resource
from huying.reportin.queries_board import in_time
from huying.reportin.telling_lists import (
    TONES,
    codes_of,
    day_words,
    icon_of,
    offered_by,
    people_words,
    reasons_words,
    week_words,
    when_of,
    who_of,
)


def need(row: Need, actor: Actor, reasons=()) -> dict:
    """A need in a list; its page opens for whoever is logged in."""
    tone, icon = TONES[row.state]
    return {
        "kind": "need",
        "row": row,
        "href": reverse("reportin:need", args=[row.pk]) if actor.is_person else "",
        "icon": icon_of(row),
        "codes": codes_of(row),
        "when": when_of(row),
        "where": row.where,
        "people": people_words(row.people),
        "state": row.get_state_display(),
        "tone": tone,
        "state_icon": icon,
        "late": not in_time(row),
        "reasons": reasons_words(reasons),
    }


def resource(row: Resource, actor: Actor, reasons=()) -> dict:
    """A resource in a list, by the name of its unit; a person's own is a neighbour's."""
    return {
        "kind": "resource",
        "row": row,
        "href": reverse("reportin:resource", args=[row.pk]) if actor.is_person else "",
        "icon": icon_of(row),
        "codes": codes_of(row),
        "where": row.where,
        "when": week_words(row.slots),
        "who": offered_by(row, named=actor.id == row.person_id),
        "reasons": reasons_words(reasons),
    }


def project(row: Project, actor: Actor) -> dict:
    """A project in a list: who has it, how many of its steps are done, by when."""
    tone, icon = TONES[row.state]
    steps = list(row.steps.all())
    return {
        "kind": "project",
        "row": row,
        "href": reverse("reportin:project", args=[row.pk]) if actor.is_person else "",
        "icon": icon_of(row.need),
        "who": who_of(row, named=actor.id == row.person_id),
        "state": row.get_state_display(),
        "tone": tone,
        "state_icon": icon,
        "steps": [step.done_at is not None for step in steps],
        "done": sum(step.done_at is not None for step in steps),
        "due": day_words(row.due_on) if row.due_on and row.state in ("planned", "underway") else "",
    }

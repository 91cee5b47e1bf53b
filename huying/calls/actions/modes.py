"""Open calls follow a switch: new deadlines at once, in one statement for each area; and what a switch would change."""

import datetime as dt
import json
from collections.abc import Iterable

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from huying.calls import rules, rules_modes
from huying.calls.catalogue import numbers
from huying.calls.events import DUE_MOVED
from huying.calls.models import Call
from huying.kernel.scopes import SYSTEM
from huying.modes.models import Mode
from huying.modes.queries import areas
from huying.modes.rules import Area, Standing
from huying.places.models import Place

# The classes without the hours that they have in peacetime.
NAMES = {"urgent": _("紧急"), "utility": _("水电气暖"), "usual": _("一般"), "hard": _("疑难")}

# The rule of rules_modes.moved, told to the database: ten thousand calls move at once. They are locked in order of their
# ids, those not yet taken on too: whoever is just accepting one is waited for, and then seen; or waits, and then sees
# the mode. The deadlines of what is parked stand still and are set when it goes on.
MOVE = """
WITH hours AS (
    SELECT * FROM json_to_recordset(%(hours)s::json) AS h (class text, before float, after float)
), held AS MATERIALIZED (
    SELECT id, place_id, version, state, urgency, dispatched_at, due_at, coalesce(peace_due_at, due_at) AS peace,
        peace_due_at, reminded, next_alarm_at
    FROM calls_call
    WHERE state = ANY (%(open)s) AND path <@ %(path)s::ltree AND NOT path <@ ANY (%(holes)s::ltree[])
    ORDER BY id FOR NO KEY UPDATE
), timed AS (
    SELECT held.*, h.after, CASE
        WHEN due_at < %(at)s THEN due_at
        WHEN h.after IS NULL THEN peace
        WHEN h.before IS NULL OR h.after <= h.before THEN least(due_at, %(at)s + h.after * interval '1 hour')
        ELSE greatest(due_at, least(peace, %(at)s + h.after * interval '1 hour'))
    END AS due
    FROM held JOIN hours h ON h.class = held.urgency
    WHERE state = ANY (%(taken)s) AND due_at IS NOT NULL AND dispatched_at IS NOT NULL
), counted AS (
    SELECT timed.*, CASE WHEN due = due_at THEN reminded ELSE
        (SELECT count(*) FROM unnest(%(shares)s::float[]) AS share WHERE dispatched_at + (due - dispatched_at) * share <= %(at)s)
    END AS past
    FROM timed
), changed AS (
    UPDATE calls_call c
    SET due_at = n.due, peace_due_at = CASE WHEN n.after IS NOT NULL THEN n.peace END, reminded = n.past,
        next_alarm_at = CASE
            WHEN n.due = n.due_at THEN n.next_alarm_at
            WHEN n.past < cardinality(%(shares)s::float[])
                THEN n.dispatched_at + (n.due - n.dispatched_at) * (%(shares)s::float[])[n.past + 1]
            ELSE n.due + %(every)s * (n.past - cardinality(%(shares)s::float[]) + 1) * interval '1 hour'
        END
    FROM counted n
    WHERE c.id = n.id AND (n.due <> n.due_at OR c.peace_due_at IS DISTINCT FROM CASE WHEN n.after IS NOT NULL THEN n.peace END)
    RETURNING c.id, c.place_id, c.version, c.due_at, n.due_at AS was
)
INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, actor_id, place_id, facts)
SELECT clock_timestamp(), %(kind)s, 'call', id, %(actor)s, NULL, place_id,
    jsonb_build_object('version', version, 'mode', %(mode)s, 'due', to_jsonb(due_at))
FROM changed WHERE due_at <> was ORDER BY id
"""


def follow(mode: Mode, before: Standing | None, after: Standing | None) -> None:
    """Give the open calls of the place their new deadlines: a few statements, however many calls."""
    at = after.since if after else mode.ended_at
    for area in areas(mode, before, after):
        move(area, at, mode.pk)


def move(area: Area, at: dt.datetime, mode: int) -> int:
    """Move the deadlines of one area; returns how many moved."""
    policy = numbers()
    levels = [one.level if one else None for one in (area.before, area.after)]
    hours = [
        {"class": urgency, **dict(zip(("before", "after"), (_hours(level, urgency) for level in levels), strict=True))}
        for urgency in rules.CLASSES
    ]
    with connection.cursor() as cursor:
        # The planner cannot know how many are open; taking them for a few, it might read the whole table once for each.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            MOVE,
            {
                "hours": json.dumps(hours),
                "open": list(rules.OPEN),
                "taken": list(rules.TAKEN),
                "path": area.path,
                "holes": list(area.holes),
                "at": at,
                "shares": list(policy["reminders"]["shares"]),
                "every": policy["reminders"]["overdue_every_hours"],
                "kind": DUE_MOVED,
                "actor": SYSTEM.kind,
                "mode": mode,
            },
        )
        moved = cursor.rowcount
        cursor.execute("SET LOCAL enable_seqscan = on")
    return moved


def _hours(level: int | None, urgency: str) -> float | None:
    return rules_modes.hours_of(numbers(), level, urgency)


def foresee(place: Place, kind: str, level: int) -> Iterable[str]:
    """What a switch would change for calls, in sentences."""
    classes = [code for code in rules.CLASSES if _hours(level, code) is not None]
    told = gettext("、").join(
        gettext("%(class)s %(n)g 小时") % {"class": NAMES[code], "n": _hours(level, code)} for code in classes
    )
    count = Call.objects.within(place.path).filter(state__in=rules.TAKEN, urgency__in=classes).count()
    yield ngettext(
        "%(n)d 件在办的诉求马上换上应急时限（%(told)s），原来更早的不变；结束时换回平时的时限。",
        "%(n)d 件在办的诉求马上换上应急时限（%(told)s），原来更早的不变；结束时换回平时的时限。",
        count,
    ) % {"n": count, "told": told}


def waiting(mode: Mode) -> int:
    """Calls of the area, raised before the end, that nobody has taken on: what was missing (the report)."""
    return Call.objects.within(mode.path).filter(state=rules.RAISED, raised_at__lte=mode.over_at).count()


def late(mode: Mode) -> int:
    """Calls of the area that are being handled past their deadline at the end, or now while it runs."""
    end = min(mode.over_at, timezone.now())
    return Call.objects.within(mode.path).filter(state__in=rules.TAKEN, due_at__lt=end).count()

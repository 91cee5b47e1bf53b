"""Taking calls in: one SQL statement that writes the call, who called, and the event. See docs/adr/0003-one-statement-takes-a-call-in.md."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _

from huying.calls import rules
from huying.calls.catalogue import category, numbers
from huying.calls.models import Call
from huying.kernel import prepared
from huying.kernel.errors import BadInput
from huying.kernel.gather import Gather
from huying.kernel.scopes import Actor
from huying.kernel.words import clean
from huying.people.identity import prepare_identity
from huying.places.models import Place
from huying.places.rules import DIVISIONS

# All calls that come at the same moment are taken in by one statement (kernel/gather.py). For each, the place must stand,
# the desk is the nearest where somebody holds a post, and the call is written only once per key; identity and event
# follow from the row that was written, so that a double tap leaves nothing behind. Keys are taken in order: two
# statements with the same keys never wait for each other in a circle.
INTAKE = """
WITH given AS (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS given (
        key text, channel text, text text, place bigint, community ltree, near bigint[], desks json, today date, raised_at timestamptz,
        written_by bigint, private boolean, category text, urgency text, made_up boolean, named boolean,
        name_sealed bytea, phone_sealed bytea, phone_index bytea, purpose text, basis text, erase_on date,
        actor_kind text, actor_id bigint, facts jsonb)
), call AS (
    INSERT INTO calls_call (
        state, version, intake_key, channel, text, place_id, path, community_id, identity_id, written_by_id,
        wants_private, raised_at, category, urgency, level, offered_at, public_text, is_public, dispute_open,
        extension_reason, parked_reason, parked_basis, parked_person, parked_words, outcome, rating, reopened,
        asked, guided, guided_to, reminded, next_alarm_at, made_up)
    SELECT 'raised', 0, g.key, g.channel, g.text, p.id, p.path,
        (SELECT c.id FROM places_place c WHERE c.path = g.community ORDER BY c.valid_from DESC LIMIT 1),
        CASE WHEN g.named THEN nextval('people_identity_id_seq') END, g.written_by,
        g.private, g.raised_at, g.category, g.urgency, desk.level, g.raised_at, '', false, false,
        '', '', '', '', '', '', '', 0, 0, '', '', 0, desk.alarm, g.made_up OR p.made_up
    FROM given g
    JOIN places_place p ON p.id = g.place AND (p.valid_to IS NULL OR p.valid_to > g.today)
    CROSS JOIN LATERAL (
        SELECT level, alarm
        FROM ROWS FROM (json_to_recordset(g.desks) AS (role text, level text, alarm timestamptz))
            WITH ORDINALITY AS desk (role, level, alarm, nearness)
        WHERE role IS NULL OR EXISTS (
            SELECT FROM people_post o JOIN places_place s ON s.id = o.place_id
            WHERE o.place_id = ANY (g.near) AND o.role = desk.role
                AND o.valid_from <= g.today AND (o.valid_to IS NULL OR o.valid_to > g.today)
                AND (s.valid_to IS NULL OR s.valid_to > g.today))
        ORDER BY nearness LIMIT 1
    ) desk
    ORDER BY g.key
    ON CONFLICT (intake_key) DO NOTHING
    RETURNING id, intake_key, place_id, level, identity_id
), identity AS (
    INSERT INTO people_identity (id, name_sealed, phone_sealed, phone_index, purpose, basis, created_at, erase_on)
    SELECT c.identity_id, g.name_sealed, g.phone_sealed, g.phone_index, g.purpose, g.basis, g.raised_at, g.erase_on
    FROM call c JOIN given g ON g.key = c.intake_key WHERE c.identity_id IS NOT NULL
), event AS (
    INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, actor_id, place_id, facts)
    SELECT g.raised_at, 'calls.raised', 'call', c.id, g.actor_kind, g.actor_id, c.place_id,
        g.facts || jsonb_build_object('level', c.level)
    FROM call c JOIN given g ON g.key = c.intake_key
)
SELECT intake_key, id FROM call
"""
KNOWN = "SELECT intake_key, id FROM calls_call WHERE intake_key = ANY (%(keys)s)"


@dataclass(frozen=True)
class Intake:
    """What a caller gives. `key` is made with the form: the same key twice is the same call."""

    place: Place
    text: str
    key: str
    channel: str
    name: str = ""
    phone: str = ""
    category: str = ""
    private: bool = False
    made_up: bool = False
    raised_at: dt.datetime | None = None
    extra: dict = field(default_factory=dict)


def checked_text(text: str) -> str:
    """The words of a call as kept; BadInput when there are none or too many."""
    cleaned = clean(text)
    most = numbers()["text"]["most"]
    if not cleaned:
        raise BadInput(_("还没有写内容。"), fields={"text": _("请写一句话，说说是什么事。")})
    if len(cleaned) > most:
        words = _("最多 %(most)d 字，现在有 %(now)d 字。") % {"most": most, "now": len(cleaned)}
        raise BadInput(_("内容太长了。"), fields={"text": words})
    return cleaned


def raise_call(intake: Intake, *, by: Actor) -> tuple[Call, bool]:
    """Take a call in; returns (call, whether it is new). BadInput when something given cannot be taken.

    The same key again returns the call that it made, whatever else is given.
    """
    number, new = take_in(intake, by=by)
    return Call.objects.get(pk=number), new


def take_in(intake: Intake, *, by: Actor) -> tuple[int, bool]:
    """Like `raise_call`, but returns only the call's id: one statement for a new call."""
    taken = _gather(as_row(intake, by))
    if taken is None:
        raise BadInput(_("这个地点已经停用，请扫新的二维码，或联系社区。"), fields={"place": _("地点已停用。")})
    return taken


def as_row(intake: Intake, by: Actor) -> dict:
    """An intake as INTAKE takes it, checked; BadInput when something given cannot be taken."""
    text = checked_text(intake.text)
    if not 8 <= len(intake.key) <= 64 or not intake.key.isascii() or not intake.key.isprintable():
        raise BadInput(_("这一页已经过期，请重新打开。"), fields={"key": _("缺少表单编号。")})
    found = category(intake.category) if intake.category else None
    if intake.category and found is None:
        raise BadInput(_("没有这个类别。"), fields={"category": _("没有这个类别。")})
    place = intake.place
    if place.kind == "household":
        # A household is never on a public page and never needed: the entrance is near enough.
        place = place.parent
    if place.kind not in rules.LEVEL_OF_KIND:
        raise BadInput(_("请选市或更近的地点。"), fields={"place": _("请选市或更近的地点。")})
    labels = place.path.split(".")
    now = intake.raised_at or timezone.now()
    # Words of danger: whoever is nearest is told at once, beside the words to call the emergency number first.
    urgency = "urgent" if rules.emergency_number(text) else found.urgency if found else "usual"
    row = {
        "key": intake.key,
        "channel": intake.channel,
        "text": text,
        "place": place.pk,
        "community": ".".join(labels[: len(DIVISIONS)]) if len(labels) >= len(DIVISIONS) else None,
        # Below the communities the labels of a path are the ids of places.
        "near": [int(label[1:]) for label in labels[len(DIVISIONS) :]],
        "desks": desks(place.kind, urgency, now),
        "today": timezone.localdate().isoformat(),
        "raised_at": now.isoformat(),
        "written_by": by.id,
        "private": intake.private,
        "category": intake.category,
        "urgency": urgency,
        "made_up": intake.made_up,
        "named": False,
        "actor_kind": by.kind,
        "actor_id": by.id,
        "facts": {"version": 0, "channel": intake.channel, **intake.extra},
    }
    if found:
        row["facts"]["category"] = found.code
    identity = prepare_identity(intake.name, intake.phone, purpose="call")
    if identity is not None:
        row["named"] = True
        for name in ("name_sealed", "phone_sealed", "phone_index"):
            value = getattr(identity, name)
            row[name] = None if value is None else "\\x" + bytes(value).hex()
        row.update(purpose=identity.purpose, basis=identity.basis, erase_on=identity.erase_on.isoformat())
    return row


def desks(kind: str, urgency: str, now: dt.datetime) -> list[dict]:
    """Where a call at a place of that kind may lie first, nearest first, and when it is offered one level up from there."""
    found = []
    for role, level in rules.desks(kind):
        alarm = rules.next_alarm(rules.Clock("raised", level, urgency == "urgent", now), numbers())
        found.append({"role": role, "level": level, "alarm": alarm[0].isoformat() if alarm else None})
    return found


def write(intakes: Sequence[dict]) -> list[tuple[int, bool] | None]:
    """Write rows made by `as_row`; for each (id, whether it is new), or None where the place no longer stands."""
    made = dict(prepared.rows(INTAKE, {"rows": json.dumps(intakes, ensure_ascii=False)}))
    taken: list[tuple[int, bool] | None] = []
    for row in intakes:
        # Taken out, so that of two taps in the same moment only one is new.
        number = made.pop(row["key"], None)
        taken.append(None if number is None else (number, True))
    if None in taken:
        keys = [row["key"] for row, one in zip(intakes, taken, strict=True) if one is None]
        known = dict(prepared.rows(KNOWN, {"keys": keys}))
        taken = [
            one or ((known[row["key"]], False) if row["key"] in known else None)
            for row, one in zip(intakes, taken, strict=True)
        ]
    return taken


_gather = Gather(write)

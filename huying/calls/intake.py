"""Taking a call in: one SQL statement that writes the call, who called, and the event. See docs/adr for why."""

import datetime as dt
import json
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.calls import events, rules
from huying.calls.catalogue import category, numbers
from huying.calls.models import Call
from huying.calls.queries import nearest_level
from huying.kernel.errors import BadInput
from huying.kernel.ltree import ancestors_of
from huying.kernel.scopes import Actor
from huying.people.identity import prepare_identity
from huying.places.models import Place

# The call is written first and only once per key; identity and event follow from the row that was written, so that a
# double tap leaves nothing behind. The ids come from the sequences beforehand because the rows name each other.
INTAKE = """
WITH call AS (
    INSERT INTO calls_call (
        state, version, intake_key, channel, text, place_id, path, community_id, identity_id, written_by_id,
        wants_private, raised_at, category, urgency, level, offered_at, public_text, is_public, dispute_open,
        extension_reason, parked_reason, parked_basis, parked_person, parked_words, outcome, rating, reopened,
        asked, guided, guided_to, reminded, next_alarm_at, made_up)
    SELECT %(state)s, 0, %(key)s, %(channel)s, %(text)s, p.id, p.path,
        (SELECT c.id FROM places_place c WHERE c.kind = 'community' AND c.path = ANY(%(paths)s::ltree[])
            ORDER BY c.valid_from DESC LIMIT 1),
        CASE WHEN %(has_identity)s THEN nextval('people_identity_id_seq') END, %(written_by)s,
        %(private)s, %(raised_at)s, %(category)s, %(urgency)s, %(level)s, %(raised_at)s, '', false, false,
        '', '', '', '', '', '', '', 0, 0, '', '', 0, %(alarm)s, %(made_up)s
    FROM places_place p
    WHERE p.id = %(place)s AND (p.valid_to IS NULL OR p.valid_to > %(today)s)
    ON CONFLICT (intake_key) DO NOTHING
    RETURNING id, place_id, identity_id
), identity AS (
    INSERT INTO people_identity (id, name_sealed, phone_sealed, phone_index, purpose, basis, created_at, erase_on)
    SELECT identity_id, %(name_sealed)s, %(phone_sealed)s, %(phone_index)s, %(purpose)s, %(basis)s, %(raised_at)s,
        %(erase_on)s
    FROM call WHERE identity_id IS NOT NULL
), event AS (
    INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, actor_id, place_id, facts)
    SELECT %(raised_at)s, %(kind)s, 'call', id, %(actor_kind)s, %(actor_id)s, place_id, %(facts)s::jsonb FROM call
)
SELECT id FROM call
"""


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
    cleaned = rules.clean(text)
    most = numbers()["text"]["most"]
    if not cleaned:
        raise BadInput(_("还没有写内容。"), fields={"text": _("请写一句话,说说是什么事。")})
    if len(cleaned) > most:
        words = _("最多 %(most)d 字,现在有 %(now)d 字。") % {"most": most, "now": len(cleaned)}
        raise BadInput(_("内容太长了。"), fields={"text": words})
    return cleaned


def raise_call(intake: Intake, *, by: Actor) -> tuple[Call, bool]:
    """Take a call in; returns (call, whether it is new). BadInput when something given cannot be taken.

    The same key again returns the call that it made, whatever else is given.
    """
    number, new = take_in(intake, by=by)
    return Call.objects.get(pk=number), new


def take_in(intake: Intake, *, by: Actor) -> tuple[int, bool]:
    """Like `raise_call`, but returns only the call's id: two statements for a new call."""
    text = checked_text(intake.text)
    if not 8 <= len(intake.key) <= 64 or not intake.key.isascii() or not intake.key.isprintable():
        raise BadInput(_("这一页已经过期,请重新打开。"), fields={"key": _("缺少表单编号。")})
    if intake.category and category(intake.category) is None:
        raise BadInput(_("没有这个类别。"), fields={"category": _("没有这个类别。")})
    place = intake.place
    if place.kind == "household":
        # A household is never on a public page and never needed: the entrance is near enough.
        place = place.parent
    if place.kind not in rules.LEVEL_OF_KIND:
        raise BadInput(_("请选市或更近的地点。"), fields={"place": _("请选市或更近的地点。")})
    now = intake.raised_at or timezone.now()
    found = category(intake.category) if intake.category else None
    urgency = found.urgency if found else "usual"
    if rules.emergency_number(text):
        # Whoever is nearest is told at once, beside the words to call the emergency number first.
        urgency = "urgent"
    level = nearest_level(place)
    alarm = rules.next_alarm(rules.Clock("raised", level, urgency == "urgent", now), numbers())
    identity = prepare_identity(intake.name, intake.phone, purpose="call")
    facts = {"version": 0, "channel": intake.channel, "level": level, **intake.extra}
    if intake.category:
        facts["category"] = intake.category
    with connection.cursor() as cursor:
        cursor.execute(
            INTAKE,
            {
                "state": rules.RAISED,
                "key": intake.key,
                "channel": intake.channel,
                "text": text,
                "place": place.pk,
                "paths": [*ancestors_of(place.path), place.path],
                "has_identity": identity is not None,
                "written_by": by.id,
                "private": intake.private,
                "raised_at": now,
                "category": intake.category,
                "urgency": urgency,
                "level": level,
                "alarm": alarm[0] if alarm else None,
                "made_up": intake.made_up or place.made_up,
                "today": timezone.localdate(),
                "name_sealed": identity.name_sealed if identity else None,
                "phone_sealed": identity.phone_sealed if identity else None,
                "phone_index": identity.phone_index if identity else None,
                "purpose": identity.purpose if identity else "",
                "basis": identity.basis if identity else "",
                "erase_on": identity.erase_on if identity else None,
                "kind": events.RAISED,
                "actor_kind": by.kind,
                "actor_id": by.id,
                "facts": json.dumps(facts),
            },
        )
        row = cursor.fetchone()
    if row:
        return row[0], True
    again = Call.objects.filter(intake_key=intake.key).values_list("pk", flat=True).first()
    if again is None:
        raise BadInput(_("这个地点已经停用,请扫新的二维码,或联系社区。"), fields={"place": _("地点已停用。")})
    return again, False

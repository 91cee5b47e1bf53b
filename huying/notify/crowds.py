"""Telling whole crowds: a message per person, written by one statement per piece, however many they are."""

import datetime as dt
import json

from django.db import connection, transaction
from django.utils import timezone

from huying.callouts.rules import CANCELLED, STANDING
from huying.kernel import jobs
from huying.kernel.models import Event
from huying.kernel.policy import load
from huying.notify import channels
from huying.notify.models import Channel, State

# Up to so many are told within the reader's transaction, more by a job; and in pieces, since a transaction that has
# written something holds back all readers of the log until it ends.
AT_ONCE, PIECE = 500, 20_000

# Whom an event concerns, as (key to go on from, person): a wave of those asked, all who stand in a call-out, or all who
# hold a post under a mode.
_ASKED = """
SELECT id AS key, person_id AS person FROM callouts_asked
WHERE callout_id = %(subject)s AND wave = %(wave)s AND id > %(after)s ORDER BY id LIMIT %(piece)s
"""
_IN_IT = """
SELECT person AS key, person FROM (
    SELECT s.person_id AS person FROM callouts_signup s JOIN callouts_shift h ON h.id = s.shift_id
    JOIN callouts_callout c ON c.id = h.callout_id
    WHERE c.id = %(subject)s AND (s.state = ANY(%(standing)s) OR s.state = %(cancelled)s AND s.ended_at = c.ended_at)
    UNION SELECT a.person_id FROM callouts_asked a WHERE a.callout_id = %(subject)s AND a.answer = 'can'
) crowd WHERE person > %(after)s ORDER BY person LIMIT %(piece)s
"""
# Those who hold a post at the place of a mode, below it, or one level above.
_UNDER_A_MODE = """
SELECT DISTINCT p.person_id AS key, p.person_id AS person
FROM modes_mode m
JOIN places_place l ON l.path <@ m.path OR l.path @> m.path AND nlevel(l.path) = nlevel(m.path) - 1
JOIN people_post p ON p.place_id = l.id AND p.valid_from <= %(today)s AND (p.valid_to IS NULL OR p.valid_to > %(today)s)
WHERE m.id = %(subject)s AND p.person_id > %(after)s ORDER BY p.person_id LIMIT %(piece)s
"""
_WRITE = """
WITH crowd AS MATERIALIZED ({crowd}), written AS (
    INSERT INTO notify_message (event_id, kind, channel, to_person_id, subject_type, subject_id, params, state, attempts,
        next_at, trouble, at, sent_at)
    SELECT %(event)s, %(kind)s, %(channel)s, c.person, %(type)s, %(subject)s, %(params)s::jsonb, %(state)s, 0,
        %(next_at)s, '', %(at)s, %(sent_at)s
    FROM crowd c JOIN people_person p ON p.id = c.person AND p.is_active {phone}
    WHERE c.person IS DISTINCT FROM %(by)s
    ON CONFLICT (event_id, channel, to_person_id, to_identity_id) DO NOTHING
)
SELECT max(key), count(*) FROM crowd
"""


def tell_crowd(event: Event) -> int:
    """Write the messages of an event that concerns a crowd; returns how many persons it concerns. Safe to repeat."""
    policy = load("notify")
    if event.at < timezone.now() - dt.timedelta(hours=policy["fresh_hours"]):
        return 0
    by = event.actor_id if event.actor_kind in ("person", "token") else None
    given = {
        "event": event.id,
        "kind": event.kind,
        "type": event.subject_type,
        "subject": event.subject_id,
        "params": json.dumps({k: v for k, v in {"by": by, "place": event.place_id}.items() if v is not None}),
        "wave": event.facts.get("wave", 0),
        "at": event.at,
        "by": by,
        "standing": list(STANDING),
        "cancelled": CANCELLED,
        "piece": PIECE,
        "today": timezone.localdate(),
    }
    told = _write(given, Channel.INBOX, state=State.SENT, sent_at=event.at, next_at=None)
    if policy["sms"]["staff"].get(event.kind) and channels.configured_sms() is not None:
        _write(given, Channel.SMS, state=State.WAITING, sent_at=None, next_at=timezone.now())
        jobs.enqueue(jobs.JOBS["notify.deliver_now"], key="notify.deliver")
    return told


def _write(given: dict, channel: str, **more) -> int:
    crowd = _ASKED if given["kind"] == "callouts.asked" else _UNDER_A_MODE if given["type"] == "mode" else _IN_IT
    phone = "AND p.phone_sealed IS NOT NULL" if channel == Channel.SMS else ""
    sql = _WRITE.format(crowd=crowd, phone=phone)
    after, told = 0, 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, {**given, **more, "channel": channel, "after": after})
            last, count = cursor.fetchone()
        if not count:
            return told
        after, told = last, told + count

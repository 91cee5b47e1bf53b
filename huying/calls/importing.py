"""Old records as calls: a CSV of messages that residents once sent, taken in as they are and left open."""

import csv
import datetime as dt
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from huying.calls import events
from huying.kernel.errors import BadInput
from huying.kernel.words import clean
from huying.places.models import Place

COLUMNS = ("id", "title", "body", "created_at")
_BATCH = 500
# A message board's posts are longer than a form's 2,000 characters; an old record is kept whole, up to this.
_LONGEST = 20_000

# One statement a batch, the event with its call, as in intake.py; a key that is there already is left alone.
_IMPORT = """
WITH given AS (
    SELECT * FROM unnest(%(keys)s::text[], %(texts)s::text[], %(places)s::bigint[], %(times)s::timestamptz[])
        AS g(key, body, place_id, at)
), call AS (
    INSERT INTO calls_call (
        state, version, intake_key, channel, text, place_id, path, community_id, wants_private, raised_at, category,
        urgency, level, offered_at, public_text, is_public, dispute_open, extension_reason, parked_reason, parked_basis,
        parked_person, parked_words, outcome, rating, reopened, asked, guided, guided_to, reminded, made_up)
    SELECT 'raised', 0, g.key, 'import', g.body, p.id, p.path,
        CASE WHEN p.kind = 'community' THEN p.id ELSE (SELECT c.id FROM places_place c
            WHERE c.kind = 'community' AND c.path @> p.path AND c.valid_to IS NULL LIMIT 1) END,
        false, g.at, '', 'usual', 'community', now(), '', false, false, '', '', '', '', '', '', '', 0, 0, '', '', 0, false
    FROM given g JOIN places_place p ON p.id = g.place_id
    ON CONFLICT (intake_key) DO NOTHING
    RETURNING id, place_id, raised_at
)
INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, place_id, facts)
SELECT raised_at, %(kind)s, 'call', id, 'system', place_id, %(facts)s::jsonb FROM call
"""


@dataclass
class Report:
    """What came in, what was there already, and each row that was not taken: (line, reason)."""

    taken: int = 0
    known: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)

    def __str__(self):
        lines = [f"{self.taken} calls imported, {self.known} were there already, {len(self.rejected)} rejected"]
        lines += [f"  line {line}: {reason}" for line, reason in self.rejected[:50]]
        if len(self.rejected) > 50:
            lines.append(f"  … and {len(self.rejected) - 50} more")
        return "\n".join(lines)


def _places(named: list[str]) -> list[Place]:
    """The communities to spread the calls over: those named by code, id or name, else those where a worker is."""
    current = Place.objects.current()
    if not named:
        found = current.filter(kind="community", posts__role="community_worker").distinct().order_by("path")
        return list(found) or list(current.filter(kind="community").order_by("path")[:50])
    from huying.places.queries import search

    places = []
    for name in named:
        place = (
            current.filter(code=name).first() if name.isdigit() else next(iter(search(name, kinds=["community"])), None)
        )
        if place is None:
            raise BadInput(f"there is no community {name!r}", fields={"place": name})
        places.append(place)
    return places


def _row(line: dict) -> tuple[str, str, dt.datetime]:
    """A row as (key, text, moment); ValueError says what is wrong with it."""
    number = (line["id"] or "").strip()
    if not number or len(number) > 40:
        raise ValueError("the id is missing or too long")
    text = clean("\n".join(part for part in (line["title"], line["body"]) if part and part.strip()))
    if not text:
        raise ValueError("neither title nor body says anything")
    if len(text) > _LONGEST:
        raise ValueError(f"more than {_LONGEST} characters")
    try:
        at = dt.datetime.fromisoformat((line["created_at"] or "").strip())
    except ValueError:
        raise ValueError(f"created_at is not a time: {line['created_at']!r}") from None
    if timezone.is_naive(at):
        at = timezone.make_aware(at)
    if not at.year >= 1990 or at > timezone.now() + dt.timedelta(days=1):
        raise ValueError(f"created_at is not in the past: {line['created_at']!r}")
    return f"import:{number}", text, at


def import_calls(path, places: list[str] | None = None, progress: Callable | None = None) -> Report:
    """Take in the rows of a CSV (id, title, body, created_at; more columns are ignored) as open calls; idempotent by id.

    All good rows come in, in one transaction; each bad row is reported with its line and reason. The clock of an
    imported call does not run until somebody accepts it. BadInput when the file is not such a CSV.
    """
    spread = _places(list(places or []))
    if not spread:
        raise BadInput("there is no community yet; import divisions first", fields={"place": "none"})
    progress = progress or (lambda *_: None)
    report = Report()
    seen: dict[str, int] = {}
    facts = json.dumps({"version": 0, "channel": "import", "level": "community"})
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file, transaction.atomic():
            total = sum(1 for _ in csv.reader(file)) - 1
            file.seek(0)
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise BadInput(f"the file lacks the columns {', '.join(missing)}", fields={"file": "columns"})
            batch: list[tuple] = []
            for done, line in enumerate(reader, start=1):
                try:
                    key, text, at = _row(line)
                    if key in seen:
                        raise ValueError(f"the same id as in line {seen[key]}")
                except ValueError as error:
                    report.rejected.append((reader.line_num, str(error)))
                    continue
                seen[key] = reader.line_num
                # Spread by a fixed hash, so that a second import says the same of the same message.
                place = spread[zlib.crc32(key.encode()) % len(spread)]
                batch.append((key, text, place.pk, at))
                if len(batch) == _BATCH:
                    _write(batch, facts, report)
                    progress(done, total)
            if batch:
                _write(batch, facts, report)
            progress(total, total)
    except UnicodeDecodeError as error:
        raise BadInput(f"the file is not UTF-8 (byte {error.start})", fields={"file": "encoding"}) from None
    except csv.Error as error:
        raise BadInput(f"the file is not a CSV: {error}", fields={"file": "csv"}) from None
    return report


def _write(batch: list[tuple], facts: str, report: Report) -> None:
    keys, texts, place_ids, times = (list(column) for column in zip(*batch, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            _IMPORT,
            {
                "keys": keys,
                "texts": texts,
                "places": place_ids,
                "times": times,
                "kind": events.RAISED,
                "facts": facts,
            },
        )
        report.taken += cursor.rowcount
        report.known += len(batch) - cursor.rowcount
    batch.clear()

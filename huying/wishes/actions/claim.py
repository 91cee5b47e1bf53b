"""Claiming a wish: one SQL statement that tests and takes, however many come at once; joining, giving back, lapsing."""

import datetime as dt
import json
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from huying.directory.models import Unit
from huying.directory.queries import giving_units, may_give, unit_ids_of
from huying.kernel import prepared
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.gather import Gather
from huying.kernel.scopes import SYSTEM, Actor
from huying.people.models import Person
from huying.wishes import rules
from huying.wishes.actions.base import end_claim, moving, name_claim, offer, say, words
from huying.wishes.catalogue import numbers
from huying.wishes.choices import EntryKind
from huying.wishes.events import RELEASED
from huying.wishes.models import Claim, Share, Wish
from huying.wishes.queries import has_claimed_before
from huying.wishes.workflow import WISH

# All claims that come at the same moment are tested and taken by one statement (kernel/gather.py). The wishes are locked
# in order of their ids and read as they are then: of all who want one, the first whom nothing forbids it has it, and
# the claim and the event follow from the row that was changed. Whoever finds it gone is told at once.
CLAIM = """
WITH given AS (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS given (
        n int, wish bigint, person bigint, unit bigint, early boolean, at timestamptz, today date, alarm timestamptz,
        actor_kind text, made_up boolean)
), held AS (
    SELECT id, place_id, path, open_at, wisher_id, identity_id, version FROM wishes_wish
    WHERE id IN (SELECT wish FROM given) AND state = ANY (%(states)s)
    ORDER BY id FOR NO KEY UPDATE
), first AS (
    SELECT DISTINCT ON (h.id) h.id, h.place_id, h.version, g.*
    FROM held h
    JOIN given g ON g.wish = h.id
    JOIN places_place p ON p.id = h.place_id AND (p.valid_to IS NULL OR p.valid_to > g.today)
    WHERE (h.open_at IS NULL OR h.open_at <= g.at OR g.early)
        AND h.wisher_id IS DISTINCT FROM g.person
        AND NOT EXISTS (
            SELECT FROM people_identity i JOIN people_person r ON r.id = g.person
            WHERE i.id = h.identity_id AND i.phone_index = r.phone_index)
    ORDER BY h.id, g.n
), taken AS (
    UPDATE wishes_wish w
    SET state = 'claimed', version = w.version + 1, claimed_at = f.at, reminded = 0, next_alarm_at = f.alarm
    FROM first f WHERE w.id = f.id
    RETURNING w.id, w.version, w.place_id, f.n
), claim AS (
    INSERT INTO wishes_claim (wish_id, person_id, unit_id, made_at, how_ended, made_up)
    SELECT t.id, g.person, g.unit, g.at, '', g.made_up FROM taken t JOIN given g ON g.n = t.n
    RETURNING id, wish_id
), event AS (
    INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, actor_id, place_id, facts)
    SELECT g.at, 'wishes.claimed', 'wish', t.id, g.actor_kind, g.person, t.place_id,
        jsonb_build_object('version', t.version, 'claim', c.id, 'person', g.person, 'unit', coalesce(g.unit, 0))
    FROM taken t JOIN given g ON g.n = t.n JOIN claim c ON c.wish_id = t.id
)
SELECT t.n, c.id FROM taken t JOIN claim c ON c.wish_id = t.id
"""


class Gone(StepRefused):
    """Somebody else was first, or the wish is no longer offered: the page offers another one."""


def claim(
    wish: Wish, *, by: Actor, unit: Unit | None = None, version: int | None = None, at: dt.datetime | None = None
) -> Claim:
    """Take a wish on, for oneself or for a unit. Forbidden, Gone or StepRefused say in words why not.

    Whoever holds the wish already gets their claim again: a double tap is one. `version` is not asked: what matters is
    only whether the wish is still there.
    """
    checked_giver(by, unit)
    number = take(wish, by=by, unit=unit, at=at)
    if number is None:
        mine = wish.claims.open().filter(person_id=by.id).select_related("person", "unit").first()
        if mine is not None:
            return mine
        raise why_not(wish, by)
    wish.refresh_from_db()
    return Claim.objects.select_related("person", "unit").get(pk=number)


def checked_giver(by: Actor, unit: Unit | None) -> None:
    """Forbidden or BadInput when the actor may not give, or not for that unit; the words say how to become one who may."""
    if unit is not None and unit.pk not in {one.pk for one in giving_units(by)}:
        if unit.pk in unit_ids_of(by):
            wrong = _("“%(unit)s”还没有经社区核实，核实以后才能认领。您可以先以个人名义报到后认领。") % {
                "unit": unit.name
            }
        else:
            wrong = _("您不代表这个单位。")
        raise BadInput(wrong, fields={"unit": wrong})
    if not may_give(by):
        waiting = unit_ids_of(by)
        if waiting:
            raise Forbidden(_("您的单位还没有经社区核实，核实以后就能认领。"))
        raise Forbidden(_("认领心愿的，要是报到党员、志愿者，或报到单位的人。先向社区报到，一分钟就好。"))


def take(wish: Wish, *, by: Actor, unit: Unit | None = None, at: dt.datetime | None = None) -> int | None:
    """The id of the claim that was made, or None when there was none to be made: one statement."""
    now = at or timezone.now()
    early = False
    if wish.open_at is not None and wish.open_at > now:
        early = has_claimed_before(by, [unit] if unit else giving_units(by), wish.path)
    alarm = rules.next_alarm(rules.Clock("claimed", claimed_at=now), numbers())
    row = {
        "wish": wish.pk,
        "person": by.id,
        "unit": unit.pk if unit else None,
        "early": early,
        "at": now.isoformat(),
        "today": timezone.localdate(now).isoformat(),
        "alarm": alarm[0].isoformat() if alarm else None,
        "actor_kind": by.kind,
        "made_up": wish.made_up,
    }
    return _gather(row)


def write(given: Sequence[dict]) -> list[int | None]:
    """Take what can be taken of many claims; for each the claim's id, or None."""
    numbered = [{"n": n, **row} for n, row in enumerate(given)]
    states = list(WISH.sources("claim"))
    made = dict(prepared.rows(CLAIM, {"rows": json.dumps(numbered), "states": states}))
    return [made.get(n) for n in range(len(given))]


_gather = Gather(write)


def why_not(wish: Wish, by: Actor, now: dt.datetime | None = None) -> StepRefused:
    """Why a wish cannot be claimed by somebody who may give, as a refusal to raise."""
    wish = Wish.objects.select_related("place", "identity").get(pk=wish.pk)
    now = now or timezone.now()
    if is_own(wish, by):
        return StepRefused(_("这是您自己的心愿，要由别人来认领。"), code="own_wish")
    if not wish.place.is_current():
        return StepRefused(_("这个地点已经停用，心愿会移到新的地点，请再等等。"), code="ended_place")
    if wish.state == rules.PUBLISHED and wish.open_at is not None and wish.open_at > now:
        hours = max(1, round((wish.open_at - now).total_seconds() / 3600))
        return StepRefused(
            _("这个心愿刚刚重新上墙，先请认领过的人挑；%(hours)d 小时后人人都能认领。") % {"hours": hours},
            code="early",
        )
    if wish.state in rules.HELD or wish.state in (rules.CONFIRMED, rules.CLOSED):
        return Gone(_("晚了一步，这个心愿刚被认领走了。谢谢您的心意，看看别的？"), code="gone")
    return Gone(_("这个心愿已经不在墙上了。看看别的？"), code="off_the_wall")


def is_own(wish: Wish, by: Actor) -> bool:
    """Whether the wish is the actor's own: made under their login, or with their phone."""
    if by.id is None:
        return False
    if wish.wisher_id == by.id:
        return True
    index = wish.identity.phone_index if wish.identity else None
    return index is not None and Person.objects.filter(pk=by.id, phone_index=index).exists()


def answer(wish: Wish, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Claim:
    """The community takes on what nobody has claimed in 30 days."""
    with moving("answer", wish, by=by, version=version, at=at, answer=True) as row:
        if is_own(row, by):
            raise StepRefused(_("这是您自己的心愿，要由别人来认领。"), code="own_wish")
        made = Claim.objects.create(wish=row, person_id=by.id, made_at=row.at, made_up=row.made_up)
        row.claimed_at, row.reminded = row.at, 0
        name_claim(row, made)
    return made


def join(
    wish: Wish, *, by: Actor, unit: Unit | None = None, version: int | None = None, at: dt.datetime | None = None
) -> Share:
    """Give to a large wish together with whoever claimed it; the claimant alone sees who wishes. Twice is once."""
    checked_giver(by, unit)
    known = Share.objects.filter(claim__wish=wish, claim__ended_at=None, person_id=by.id).first()
    if known is not None:
        return known
    with moving("join", wish, by=by, version=version, at=at) as row:
        held = row.claims.open().first()
        if is_own(row, by):
            raise StepRefused(_("这是您自己的心愿，要由别人来认领。"), code="own_wish")
        if held.person_id == by.id:
            raise StepRefused(_("这个心愿就是您认领的。"), code="own_claim")
        if held.shares.count() + 1 >= row.givers:
            raise Gone(_("已经有 %(n)d 方一起出力，够了。谢谢您的心意，看看别的？") % {"n": row.givers}, code="gone")
        share = Share.objects.create(claim=held, person_id=by.id, unit=unit, joined_at=row.at)
        row.facts |= {"claim": held.pk, "person": by.id, "unit": unit.pk if unit else 0}
    return share


def release(
    wish: Wish, reason: str = "", *, by: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Wish:
    """Give a claim back; the wish is offered again, and the sight of who wishes ends."""
    reason = words(reason, "reason", "", 300)
    with moving("release", wish, by=by, version=version, at=at) as row:
        end_claim(row, "released")
        offer(row, again=True)
        say(row, EntryKind.NOTE, reason, by, RELEASED)
    return wish


def remind(wish: Wish, *, at: dt.datetime | None = None) -> Wish:
    """Remind the claimant to get in contact before the claim lapses."""
    with moving("remind", wish, by=SYSTEM, at=at) as row:
        name_claim(row, row.claims.open().get())
        row.reminded += 1
    return wish


def lapse(wish: Wish, *, at: dt.datetime | None = None) -> Wish:
    """End a claim without contact in time; the wish is offered again, first to those who have claimed before."""
    with moving("lapse", wish, by=SYSTEM, at=at) as row:
        end_claim(row, "lapsed")
        offer(row, again=True)
    return wish


def answer_due(wish: Wish, *, at: dt.datetime | None = None) -> Wish:
    """Nobody has claimed it in 30 days: the community is told that it answers for it."""
    with moving("answer_due", wish, by=SYSTEM, at=at) as row:
        row.answer_due_at = row.at
    return wish

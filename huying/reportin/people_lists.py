"""From a unit's list of its people to slips: looked at first, each person invited once, nobody made a member.

A row becomes an invitation, which its holder opens and accepts, or not (domain.md: nobody is assigned against their will).
"""

import datetime as dt
import json
from collections.abc import Callable

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.directory.models import Member, Unit
from huying.directory.queries import unit_ids_of
from huying.kernel import progress
from huying.kernel.errors import Forbidden, StepRefused
from huying.kernel.jobs import enqueue, job
from huying.kernel.log import record
from huying.kernel.models import Progress
from huying.kernel.policy import load
from huying.kernel.scopes import Actor
from huying.kernel.sealed import blind_index, blind_indexes
from huying.places.models import Place
from huying.places.queries import search
from huying.reportin import events, people_files
from huying.reportin.models import MemberInvitation, PeopleList

_BATCH = 200
Tell = Callable[[int, int, str], None]


def _row(unit: Unit, name: str, number: str) -> str:
    return f"{unit.pk}|{''.join(name.split())}|{number}"


def key_of(unit: Unit, name: str, number: str) -> bytes:
    """By what a row is known again without being readable: the unit, the name, and the staff number if there is one."""
    return blind_index(_row(unit, name, number), "reportin people")


def check(unit: Unit, by: Actor) -> None:
    """Only the unit itself invites its people, once it was verified."""
    if unit.pk not in unit_ids_of(by):
        raise Forbidden(_("您不代表这个单位。"))
    if unit.verified_at is None:
        raise StepRefused(_("单位还没有被社区接收，接收之后再邀请自己的人。"), code="not_verified")


def propose(unit: Unit, content: bytes, *, by: Actor) -> PeopleList:
    """Read a list and keep it, sealed, for a look before anybody is invited; BadInput when it is no such list."""
    check(unit, by)
    people = people_files.read(content, load("reportin")["list"]["most"])
    plan = people.as_json() | {"skipped": [], "rows": []}
    known = _known(unit)
    names = _names_registered(unit)
    seen: dict[bytes, int] = {}
    places: dict[str, Place | None] = {}
    for line, name, number, community in people.rows:
        key = key_of(unit, name, number)
        # A slip that was made under an older seal key is known by that one.
        before = next((one for one in blind_indexes(_row(unit, name, number), "reportin people") if one in known), None)
        if key in seen:
            why = _("和第 %d 行是同一个人；如果只是同名，请写上工号") % seen[key]
        elif before is not None:
            why = known[before]
        elif not number and name in names:
            why = _("有同名的人已经报到；如果是另一个人，请写上工号")
        else:
            why = ""
        seen.setdefault(key, line)
        if why:
            plan["skipped"].append((line, why, name, number, community))
            continue
        if community not in places:
            places[community] = _community(community, unit)
        found = places[community]
        plan["rows"].append((line, name, number, community, found.pk if found else None, str(found) if found else ""))
    kept = PeopleList.objects.create(
        unit=unit, made_by_id=by.id, plan_sealed=json.dumps(plan, ensure_ascii=False),
        skipped=len(plan["skipped"]), rejected=len(plan["rejected"]),
    )  # fmt: skip
    # Read back, so that what is sealed is sealed for whoever asked too.
    kept.refresh_from_db(fields=["plan_sealed"])
    return kept


def _known(unit: Unit) -> dict[bytes, str]:
    """What became of those who were invited before, by their key."""
    rows = MemberInvitation.objects.filter(unit=unit, key__isnull=False, revoked_at__isnull=True)
    words = {}
    for key, accepted, declined, expires in rows.values_list("key", "accepted_at", "declined_at", "expires_at"):
        if accepted:
            words[bytes(key)] = _("已经报到")
        elif declined:
            words[bytes(key)] = _("收到过邀请，回答了不参加")
        elif expires > timezone.now():
            words[bytes(key)] = _("已经有一张邀请，还没有打开")
    return words


def _names_registered(unit: Unit) -> set[str]:
    return set(Member.objects.current().filter(unit=unit).values_list("person__name", flat=True))


def _community(text: str, unit: Unit) -> Place | None:
    """The community that a unit wrote, or None when it is not found without doubt; its holder then chooses."""
    if not text:
        return None
    city = ".".join(unit.place.path.split(".")[:2])
    exact = [
        one
        for one in search(text, within=city, kinds=["community", "compound"], limit=5)
        if text in (one.name, one.short_name) or one.short_name.removesuffix("社区") == text
    ]
    if len(exact) != 1:
        return None
    one = exact[0]
    return one if one.kind == "community" else one.ancestors().filter(kind="community").last()


def plan_of(kept: PeopleList) -> dict:
    """What a list holds; empty once it was done or forgotten."""
    return json.loads(kept.plan_sealed.open()) if kept.plan_sealed else {}


def invite(kept: PeopleList, *, by: Actor, tell: Tell = lambda done, total, what: None) -> PeopleList:
    """Make a slip for each good row of a list that was looked at, each once however often it is asked."""
    check(kept.unit, by)
    days = load("reportin")["invitation"]["member_days"]
    with transaction.atomic():
        kept = PeopleList.objects.select_for_update(of=("self",)).select_related("unit").get(pk=kept.pk)
        if kept.done_at is not None:
            return kept
        if kept.plan_sealed is None:
            raise StepRefused(_("这份名单放得太久，已经删掉了。请再传一次。"), code="forgotten")
        plan, expires = plan_of(kept), timezone.now() + dt.timedelta(days=days)
        rows = plan["rows"]
        # Slips that ran out make room for new ones.
        MemberInvitation.objects.filter(
            unit=kept.unit, accepted_at=None, declined_at=None, expires_at__lte=timezone.now(), key__isnull=False
        ).update(key=None, name_sealed=None)
        for start in range(0, len(rows), _BATCH):
            tell(start, len(rows), "")
            MemberInvitation.objects.bulk_create(
                [
                    MemberInvitation(
                        unit=kept.unit,
                        source=kept,
                        place_id=place,
                        name_sealed=name,
                        key=key_of(kept.unit, name, number),
                        expires_at=expires,
                    )
                    for _line, name, number, _community_, place, _found in rows[start : start + _BATCH]
                ],
                ignore_conflicts=True,
            )
        made = kept.invitations.count()
        kept.invited, kept.skipped = made, kept.skipped + len(rows) - made
        kept.done_at, kept.plan_sealed = timezone.now(), None
        kept.save(update_fields=["invited", "skipped", "done_at", "plan_sealed"])
        record(events.PEOPLE_INVITED, kept, by=by, place=kept.unit.place_id, unit=kept.unit_id, count=made)
    tell(len(rows), len(rows), "")
    return kept


def revoke(invitation: MemberInvitation, *, by: Actor) -> None:
    """The unit takes a slip back; what it says of its holder goes at once."""
    if invitation.unit_id not in unit_ids_of(by):
        raise Forbidden(_("您不代表这个单位。"))
    with transaction.atomic():
        locked = MemberInvitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
        if not locked.is_open():
            raise StepRefused(_("这张邀请已经用过、过期或者收回了。"), code="not_open")
        locked.revoked_at, locked.name_sealed, locked.key = timezone.now(), None, None
        locked.save(update_fields=["revoked_at", "name_sealed", "key"])
        record(events.INVITATION_REVOKED, locked, by=by, unit=locked.unit_id)


def hand_over(kept: PeopleList, *, by: Actor) -> int:
    """Let a worker make the slips of a long list, once; returns the id of its bar."""
    check(kept.unit, by)
    running = Progress.objects.filter(pk=kept.progress_id, state=Progress.State.RUNNING).first()
    if running:
        return running.pk
    with transaction.atomic():
        bar = progress.start("reportin.invite_all", by=by, title=_("发出报到邀请"))
        kept.progress_id = bar.pk
        kept.save(update_fields=["progress_id"])
        enqueue(invite_all, kept=kept.pk, bar=bar.pk, by=by.id)
    return bar.pk


@job(retry=0)
def invite_all(kept: int, bar: int, by: int) -> None:
    """Make the slips of a long list for the person who asked."""
    with progress.running(bar) as show:
        found = PeopleList.objects.select_related("unit").get(pk=kept)
        done = invite(found, by=Actor(id=by, kind="person"), tell=show)
        show.result = {"href": reverse("reportin:list", args=[kept]), "words": _("发出 %d 张。") % done.invited}


def erase_what_is_due(now: dt.datetime | None = None) -> int:
    """Erase what lists and slips say of people once their time is over; returns of how many."""
    now = now or timezone.now()
    days = dt.timedelta(days=load("reportin")["list"]["keep_days"])
    with transaction.atomic():
        lists = PeopleList.objects.filter(plan_sealed__isnull=False, made_at__lt=now - days).update(plan_sealed=None)
        over = MemberInvitation.objects.filter(expires_at__lte=now, key__isnull=False)
        slips = over.filter(accepted_at__isnull=True).update(name_sealed=None, key=None)
        # Whoever came by a slip is known by it only as long as they are registered.
        gone = over.filter(accepted_at__isnull=False).exclude(member__in=Member.objects.current())
        slips += gone.update(name_sealed=None, key=None)
        first = PeopleList.objects.order_by("pk").first()
        if first is not None and lists + slips:
            record(events.INVITATIONS_ERASED, first, by=Actor(kind="system"), count=lists + slips)
    return lists + slips

"""Looking through a wish and hanging it on the tree, or saying why not."""

import datetime as dt

from django.db import connection
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput, StepRefused
from huying.kernel.scopes import Actor
from huying.wishes import rules
from huying.wishes.actions.base import end_claim, fit_for_wall, moving, offer, say, words
from huying.wishes.catalogue import numbers
from huying.wishes.choices import EntryKind
from huying.wishes.events import TAKEN_DOWN
from huying.wishes.models import Wish

_NEXT_LEAF = """
INSERT INTO wishes_tree (place_id, leaves) VALUES (%s, 1)
ON CONFLICT (place_id) DO UPDATE SET leaves = wishes_tree.leaves + 1 RETURNING leaves
"""


def _shown(row: Wish, public_text: str, alias: str, kind: str, value, givers) -> None:
    """Set what everybody will read; BadInput says all that is wrong with it, at its field."""
    wrong: dict[str, str] = {}
    limits = numbers()
    for name, given, missing, most in (
        ("public_text", public_text, _("请写挂在树上的文字。"), limits["text"]["public_most"]),
        ("alias", alias, _("请写一个称呼，比如“一位奶奶”。"), limits["text"]["alias_most"]),
    ):
        try:
            cleaned = words(" ".join((given or "").split()), name, missing, most)
            fit_for_wall(cleaned, name)
            setattr(row, name, cleaned)
        except BadInput as refusal:
            wrong |= refusal.fields
    if kind not in rules.KINDS:
        wrong["kind"] = _("请选是哪一类。")
    most = limits["value"]["most"]
    if value is not None and not 0 <= value <= most:
        wrong["value"] = _("微心愿不超过 %(most)d 元。再大的，请转为诉求或需求。") % {"most": most}
    if not isinstance(givers, int) or not 1 <= givers <= limits["givers"]["most"]:
        wrong["givers"] = _("可以是 1 到 %(most)d 方。") % {"most": limits["givers"]["most"]}
    elif givers > 1 and (value is None or value < limits["givers"]["large"]):
        wrong["givers"] = _("%(large)d 元以上的心愿，才需要几方一起。") % {"large": limits["givers"]["large"]}
    if wrong:
        raise BadInput(next(iter(wrong.values())), fields=wrong)
    row.kind, row.value, row.givers = kind, value, givers


def verify(
    wish: Wish,
    public_text: str,
    alias: str,
    kind: str,
    *,
    by: Actor,
    value: int | None = None,
    givers: int = 1,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Wish:
    """Note that the wish is what it says, and settle what everybody will read of it."""
    with moving("verify", wish, by=by, version=version, at=at, of=kind) as row:
        _shown(row, public_text, alias, kind, value, givers)
        row.verified_at, row.verified_by_id = row.at, by.id
    return wish


def publish(wish: Wish, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Wish:
    """Hang the wish on the tree of its community: its leaf keeps its place for ever."""
    with moving("publish", wish, by=by, version=version, at=at) as row:
        if not row.place.is_current():
            raise StepRefused(_("这个地点已经停用，先改到新的地点再上墙。"), code="ended_place")
        # Looked at once more: words may have been verified before a rule was made stricter.
        fit_for_wall(row.public_text, "public_text")
        fit_for_wall(row.alias, "alias")
        row.published_at, row.published_by_id = row.at, by.id
        offer(row, again=False)
        if row.slot is None:
            with connection.cursor() as cursor:
                cursor.execute(_NEXT_LEAF, [row.community_id])
                row.slot = cursor.fetchone()[0]
    return wish


def reword(
    wish: Wish,
    public_text: str,
    alias: str,
    kind: str,
    *,
    by: Actor,
    value: int | None = None,
    givers: int = 1,
    version: int | None = None,
) -> Wish:
    """Change what everybody reads; the leaf stays where it is."""
    with moving("reword", wish, by=by, version=version) as row:
        if givers < 1 + sum(claim.shares.count() for claim in row.claims.open()):
            few = _("已经有更多方一起出力，不能少于现在的数。")
            raise BadInput(few, fields={"givers": few})
        _shown(row, public_text, alias, kind, value, givers)
    return wish


def decline(wish: Wish, reason: str, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Wish:
    """Say why a wish does not go on the tree; the wisher reads it."""
    reason = words(reason, "reason", _("请写明为什么不上墙，许愿人会看到。"), 300)
    with moving("decline", wish, by=by, version=version, at=at) as row:
        row.declined_reason = reason
    return wish


def move(wish: Wish, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Wish:
    """It is a public matter: it becomes a call, which whoever hears the event raises. The link between both is kept."""
    with moving("move", wish, by=by, version=version, at=at):
        pass
    return wish


def link_call(number: int, call: int) -> None:
    """Keep the number of the call that a wish became; the event that made it says so already."""
    Wish.objects.filter(pk=number).update(call_number=call)


def take_down(
    wish: Wish, reason: str = "", *, by: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Wish:
    """The wisher takes the wish back, at any time and without a reason; or staff write it down for them."""
    reason = words(reason, "reason", "", 300)
    with moving("take_down", wish, by=by, version=version, at=at, on_behalf=by.is_person) as row:
        end_claim(row, "taken_down")
        say(row, EntryKind.WORDS, reason, by, TAKEN_DOWN)
    return wish

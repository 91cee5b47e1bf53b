"""What staff keep for themselves and each other: ready replies, saved lists."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from huying.calls import events, rules
from huying.calls.actions.base import words
from huying.calls.models import Call, ReplyTemplate, SavedFilter
from huying.kernel.errors import BadInput, Forbidden
from huying.kernel.log import record
from huying.kernel.scopes import Actor

MOST_FILTERS = 20


def keep_reply(call: Call, text: str, *, by: Actor) -> ReplyTemplate:
    """Keep an answer as ready words for its category, for everybody of the community."""
    text = words(text, "outcome", _("还没有写内容。"), 500)
    with transaction.atomic():
        kept, new = ReplyTemplate.objects.get_or_create(
            place_id=call.community_id or call.place_id, category=call.category, text=text, defaults={"by_id": by.id}
        )
        if new:
            record(events.REPLY_KEPT, kept, by=by, place=kept.place_id, category=kept.category)
    return kept


def may_drop(kept: ReplyTemplate, by: Actor) -> bool:
    """Whoever wrote ready words, or decides over their place, may take them off the list."""
    return kept.by_id == by.id or by.holds(rules.DECIDERS, kept.place.path)


def drop_reply(kept: ReplyTemplate, *, by: Actor) -> None:
    """Take ready words off the list."""
    if not may_drop(kept, by):
        raise Forbidden(_("您没有这一步的权限。"))
    with transaction.atomic():
        record(events.REPLY_DROPPED, kept, by=by, place=kept.place_id, category=kept.category)
        kept.delete()


# Lists are one's own convenience, like a bookmark: no event tells who looks at what.
def save_filter(name: str, query: str, *, by: Actor) -> SavedFilter:
    """Keep a list under a name; the same name again means the new list."""
    name = words(name, "name", _("给它起个名字。"), 30)
    if len(query) > 500:
        raise BadInput(_("条件太多了，存不下。"), fields={"name": _("条件太多了，存不下。")})
    with transaction.atomic():
        kept, new = SavedFilter.objects.get_or_create(person_id=by.id, name=name, defaults={"query": query})
        if new and SavedFilter.objects.filter(person_id=by.id).count() > MOST_FILTERS:
            full = _("最多存 %(most)d 个，先删掉不用的。") % {"most": MOST_FILTERS}
            raise BadInput(full, fields={"name": full})
        if not new and kept.query != query:
            kept.query = query
            kept.save(update_fields=["query"])
    return kept


def rename_filter(kept: SavedFilter, name: str, *, by: Actor) -> SavedFilter:
    """Give a saved list another name."""
    name = words(name, "name", _("给它起个名字。"), 30)
    if kept.person_id != by.id:
        raise Forbidden(_("您没有这一步的权限。"))
    try:
        with transaction.atomic():
            kept.name = name
            kept.save(update_fields=["name"])
    except IntegrityError:
        taken = _("已经有一个叫“%(name)s”的。") % {"name": name}
        raise BadInput(taken, fields={"name": taken}) from None
    return kept


def drop_filter(kept: SavedFilter, *, by: Actor) -> None:
    """Delete a saved list."""
    if kept.person_id != by.id:
        raise Forbidden(_("您没有这一步的权限。"))
    kept.delete()

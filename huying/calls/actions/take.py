"""Taking a call on: accept, take, classify, reword, note."""

import datetime as dt

from django.utils.translation import gettext as _

from huying.calls import events, rules
from huying.calls.actions.base import EntryKind, dispatch, due, moving, say, set_due, show, words
from huying.calls.catalogue import category as category_of
from huying.calls.models import Call, Entry
from huying.calls.queries import colleagues
from huying.kernel.errors import BadInput
from huying.kernel.scopes import Actor, covers


def level_of(by: Actor, call: Call) -> str:
    """The level at which an actor takes a call: their nearest post at or above where it lies."""
    levels = [
        rules.LEVEL_OF_ROLE[post.role]
        for post in by.posts
        if post.role in rules.LEVEL_OF_ROLE and covers(post.path, call.path)
    ]
    levels = [level for level in levels if rules.rank(level) >= rules.rank(call.level)]
    return min(levels, key=rules.rank) if levels else call.level


def set_category(call: Call, code: str, urgency: str = "") -> None:
    """Set what the call is about and, from it or as chosen, its class; BadInput when unknown."""
    found = category_of(code) if code else None
    if found is None:
        missing = _("请先选类别。")
        raise BadInput(missing, fields={"category": missing})
    if urgency and urgency not in rules.CLASSES:
        wrong = _("没有这种时限。")
        raise BadInput(wrong, fields={"urgency": wrong})
    call.category, call.urgency = found.code, urgency or found.urgency


def own(call: Call, by: Actor) -> None:
    """First to take it owns it (首接负责): the call comes to lie at the taker's level."""
    call.level = level_of(by, call)
    call.owner_id = by.id


def accept(
    call: Call,
    category: str,
    *,
    by: Actor,
    urgency: str = "",
    public_text: str = "",
    public: bool = False,
    photos: list[int] | None = None,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Call:
    """Take a call on; whoever accepts sees and settles what everybody will see. The clock of its class starts."""
    with moving("accept", call, by=by, version=version, category=category, at=at) as row:
        _take_on(row, category, urgency, public_text, public, photos, by)
    return call


def _take_on(row, category, urgency, public_text, public, photos, by):
    now = row.at
    set_category(row, category, urgency)
    show(row, public_text, public, photos)
    own(row, by)
    row.accepted_at, row.accepted_by_id = now, by.id
    dispatch(row, now)


def take(call: Call, *, by: Actor, version: int | None = None, at: dt.datetime | None = None) -> Call:
    """Own a call that was passed on and that nobody owns yet; of two takers the first has it."""
    with moving("take", call, by=by, version=version, owner=by.id, at=at) as row:
        own(row, by)
    return call


def hand_over(
    call: Call, person_id: int, *, by: Actor, version: int | None = None, at: dt.datetime | None = None
) -> Call:
    """Give a call to a colleague who holds a post over its place; BadInput when they do not."""
    with moving("hand_over", call, by=by, version=version, owner=person_id, at=at) as row:
        post = next((p for p in colleagues(row) if p.person_id == person_id), None)
        if post is None:
            wrong = _("这位同事现在不负责这个地方。")
            raise BadInput(wrong, fields={"person": wrong})
        row.owner_id = person_id
        row.level = rules.LEVEL_OF_ROLE[post.role]
    return call


def classify(call: Call, category: str, *, by: Actor, urgency: str = "", version: int | None = None) -> Call:
    """Correct the category or class; the deadline follows, still counted from the first dispatch."""
    with moving("classify", call, by=by, version=version, category=category, urgency=urgency) as row:
        set_category(row, category, urgency)
        if row.dispatched_at:
            extra = row.extension_days if row.extended_at else 0
            set_due(row, due(row, row.dispatched_at, extra), row.at, extra)
    return call


def reword(
    call: Call,
    public_text: str,
    public: bool,
    *,
    by: Actor,
    photos: list[int] | None = None,
    version: int | None = None,
) -> Call:
    """Change what everybody sees, or take it off the public pages."""
    with moving("reword", call, by=by, version=version, public=public) as row:
        show(row, public_text, public, photos)
    return call


def note(call: Call, text: str, *, by: Actor, key: str | None = None, version: int | None = None) -> Call:
    """Write a note that only those who handle the call read."""
    text = words(text, "text", _("备注还没有写。"))
    if key and Entry.objects.filter(key=key).exists():
        return call
    with moving("note", call, by=by, version=version) as row:
        say(row, EntryKind.NOTE, text, by, events.NOTED, key)
    return call


def add_words(
    call: Call, text: str, *, by: Actor, key: str | None = None, photos: int = 0, at: dt.datetime | None = None
) -> Call:
    """The resident adds to the call, or staff write down what they added. The same key twice adds once."""
    text = words(text, "text", "" if photos else _("还没有写内容。"))
    if key and Entry.objects.filter(key=key).exists():
        return call
    with moving("add_words", call, by=by, photos=photos, at=at) as row:
        say(row, EntryKind.WORDS, text, by, events.WORDS_ADDED, key)
    return call

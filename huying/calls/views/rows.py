"""How staff see a call in a list: its row, and the one button that fits."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from huying.calls import rules
from huying.calls.catalogue import category_name
from huying.calls.fitting import ICONS, PLAIN, fitting, label
from huying.calls.models import Call
from huying.directory.queries import unit_ids_of
from huying.kernel.scopes import Actor
from huying.kernel.workflow import Step
from huying.people.private_words import nameless

_FACES = {"satisfied": ("face-good", "answer"), "mostly": ("face-ok", "answer"), "not": ("face-bad", "call")}

# Staff pages show what only staff may see, and the same address answers with a page or a part of it.
private = cache_control(private=True, no_store=True)


def staff(request) -> bool:
    """Whoever answers calls: by a post, or speaking for a unit."""
    actor = request.actor
    return actor.is_person and (any(post.role in rules.HANDLERS for post in actor.posts) or bool(unit_ids_of(actor)))


def address(call: Call, query: str = "", **more: str) -> str:
    """The page of a call, with the list that it was opened from."""
    parts = "&".join(part for part in (query, urlencode(more)) if part)
    return reverse("call-detail", args=[call.pk]) + (f"?{parts}" if parts else "")


@dataclass
class Row:
    """A line of a list: the call, where it opens, and the button that fits."""

    call: Call
    href: str
    step: Step | None = None
    act: str = ""
    words: str = ""
    again: str = ""
    pick: int | None = None

    @property
    def ident(self) -> str:
        """The id of its link: what has the focus keeps it when the list is drawn anew."""
        return f"open-{self.call.pk}"

    @property
    def plain(self) -> bool:
        """Whether the button does it at once."""
        return self.step is not None and self.step.name in PLAIN

    @property
    def label(self) -> str:
        """The words of the button."""
        return label(self.step.name) if self.step else _("看看")

    @property
    def kind(self) -> str:
        """The look of the button: only what is to be done is filled."""
        return "answer" if self.step else ""

    @property
    def due(self):
        """The deadline; None while it is parked, for the clock stands still."""
        return None if self.call.state == rules.PARKED else self.call.due_at

    @property
    def answered(self):
        """When it was answered, for the chip of its deadline; None while it waits."""
        return None if self.call.is_open else self.call.resolved_at

    @property
    def chips(self) -> list[tuple[str, str, str]]:
        """What is special about it: (words, icon, tone)."""
        call, found = self.call, []
        if call.urgency == "urgent" and call.state == "raised":
            found.append((_("紧急"), "warning", "call"))
        if call.dispute_open:
            found.append((_("有异议"), "return", "warn"))
        if call.extension_days and not call.extended_at:
            found.append((_("延期待批"), "calendar", "warn"))
        if call.state == rules.PARKED and call.review_on:
            day = date_format(call.review_on, _("n月j日"))
            found.append((_("%(day)s复查") % {"day": day}, "calendar", "quiet"))
        if call.reopened:
            found.append((_("第 %(n)d 次重办") % {"n": call.reopened}, "reopen", "call"))
        if call.rating:
            found.append((call.get_rating_display(), *_FACES.get(call.rating, ("", "quiet"))))
        return found

    @property
    def facts(self) -> list[tuple[str, str, str]]:
        """Where, what, who: (icon, words, and words for an icon that stands alone)."""
        call = self.call
        found = [("pin", call.where, "")]
        if self.category:
            found.append(("", self.category, ""))
        if call.unit_id:
            found.append(("send", call.unit.name, ""))
        if call.owner_id:
            found.append(("person", call.owner.name, ""))
        if getattr(call, "has_photos", False):
            found.append(("photo", "", _("有照片")))
        if call.wants_private:
            found.append(("lock", "", _("居民要求不公开")))
        return found

    @property
    def icon(self) -> str:
        """The icon of the button."""
        return ICONS.get(self.step.name, "") if self.step else ""

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        return self.call.is_overdue()

    @property
    def category(self) -> str:
        """What it is about, in words; '' while nobody has said."""
        return category_name(self.call.category) if self.call.category else ""


def first_words(call: Call, most: int = 90) -> str:
    """How a call begins, in one line; a list needs nobody's number."""
    return nameless(" ".join(call.text.split())[:most])


def row(call: Call, actor: Actor, query: str = "", prefer: tuple[str, ...] = (), *, picks: bool = False) -> Row:
    """The row of one call that was dressed (queries_rows); with `picks` it has a box to tick."""
    step = fitting(call, actor, prefer)
    act = address(call, query)
    if step is not None:
        plain = step.name in PLAIN
        act = reverse("call-do", args=[call.pk, step.name]) if plain else address(call, query, do=step.name)
    words = first_words(call)
    again = reverse("call-row", args=[call.pk]) + (f"?{query}" if query else "")
    return Row(call, address(call, query), step, act, words, again, call.pk if picks else None)


def rows(
    calls: list[Call], actor: Actor, query: str = "", prefer: tuple[str, ...] = (), *, picks: bool = False
) -> list[Row]:
    """The rows of a list."""
    return [row(call, actor, query, prefer, picks=picks) for call in calls]

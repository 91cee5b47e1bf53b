"""What staff find in the rail: one line for each page, in order. A package that brings a page adds its line here."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from huying.appraisals.models import READERS
from huying.callouts.rules import KEEPERS
from huying.callouts.site_rules import PLANNERS
from huying.calls.rules import HANDLERS
from huying.directory.queries import unit_ids_of
from huying.kernel.scopes import Actor
from huying.notify.queries import unread
from huying.people.rules import STAFF_ROLES
from huying.wishes.rules import COLLECTORS


@dataclass(frozen=True, slots=True)
class Item:
    """A page in the rail: its label, the name of its URL, an icon of the sprite, who sees it, and what waits there."""

    label: str | Promise
    url_name: str
    icon: str
    shown: Callable[[Actor], bool] = lambda actor: True
    count: Callable[[HttpRequest], int] | None = None
    # Where else its pages stand, beside what lies below its own address.
    also: tuple[str, ...] = ()


def roles(*names: str) -> Callable[[Actor], bool]:
    """Shown to whoever holds one of the roles anywhere."""
    return lambda actor: any(post.role in names for post in actor.posts)


def answers_calls(actor: Actor) -> bool:
    """Shown to whoever handles calls, and to those who speak for a unit."""
    return roles(*HANDLERS)(actor) or bool(unit_ids_of(actor))


def appraised(actor: Actor) -> bool:
    """Shown to those who appraise or read summaries, and to those who reported in: units' people and members."""
    return actor.is_person and (not actor.posts or roles(*READERS)(actor) or bool(unit_ids_of(actor)))


# So many pages stand in the bar of a phone, which has room for no more; the others open from its last entry.
IN_THE_BAR = 4

LISTS = ("/reportin/for-you/", "/reportin/needs/", "/reportin/resources/", "/reportin/projects/")
STAFF: list[Item] = [
    Item(_("今天"), "today", "today", answers_calls),
    Item(_("诉求"), "call-list", "list", answers_calls),
    Item(_("代居民说"), "call-new", "plus", roles(*HANDLERS)),
    Item(_("消息"), "inbox", "bell", lambda actor: actor.is_person, lambda request: unread(request.actor)),
    Item(_("心愿"), "wish-list", "leaf", roles(*COLLECTORS)),
    Item(_("心愿"), "wish-open", "leaf", lambda actor: actor.is_person and not roles(*COLLECTORS)(actor)),
    Item(_("召集"), "callout-list", "people", lambda actor: actor.is_person),
    Item(_("设点、叫号"), "site-plans", "sound", roles(*PLANNERS), also=("/callouts/queues/",)),
    Item(_("三张清单"), "reportin:lists-home", "hand", lambda actor: actor.is_person, also=LISTS),
    Item(_("报到"), "reportin:home", "home", lambda actor: actor.is_person),
    Item(_("评议"), "appraisals:home", "edit", appraised),
    Item(_("志愿者"), "volunteers", "star", roles(*KEEPERS)),
    Item(_("我的服务"), "volunteer-me", "heart", lambda actor: actor.is_person),
    Item(_("数字"), "boards:mine", "chart", roles(*HANDLERS)),
    Item(_("人员"), "people:mine", "people", roles(*STAFF_ROLES)),
    Item(_("平急"), "modes:home", "warning", roles(*STAFF_ROLES)),
    Item(_("单位"), "directory:units", "building", roles(*STAFF_ROLES)),
    Item(_("地点"), "places:root", "map", roles(*STAFF_ROLES)),
    Item(_("系统"), "kernel:operator", "gear", roles("operator")),
]


def items(request: HttpRequest) -> list[dict]:
    """The rail as its template wants it, with the page that is open marked: the longest address that leads here."""
    own = [item for item in STAFF if item.shown(request.actor)]
    shown = [
        {
            "label": item.label,
            "href": reverse(item.url_name),
            "icon": item.icon,
            "count": item.count(request) if item.count else 0,
            "current": False,
        }
        for item in own
    ]
    here = [
        (len(address), at)
        for at, item in enumerate(own)
        for address in (shown[at]["href"], *item.also)
        if request.path.startswith(address)
    ]
    if here:
        shown[max(here)[1]]["current"] = True
    if len(shown) > IN_THE_BAR + 1:
        for entry in shown[IN_THE_BAR:]:
            entry["later"] = True
    return shown

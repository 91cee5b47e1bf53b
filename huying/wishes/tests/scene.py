"""Wishes in every state, made by the real actions."""

import secrets

from django.utils import timezone

from huying.directory.models import Unit
from huying.kernel.scopes import ANONYMOUS, link_holder
from huying.wishes import actions
from huying.wishes.actions import Intake
from huying.wishes.models import Wish

FAN = "夏天到了，我想要一个风扇"


def verify_unit(stage) -> Unit:
    """The unit of Tian, verified by Gao."""
    Unit.objects.filter(pk=stage.unit.pk).update(verified_at=timezone.now(), verified_by=stage.persons["gao"])
    stage.unit.refresh_from_db()
    return stage.unit


def collected(stage, text=FAN, at="entrance", by=None, **more) -> Wish:
    """A wish written down by Lu in a visit, with everything that is private."""
    given = {
        "name": "王秀兰",
        "phone": "13800138000",
        "address": "1单元302",
        "hardship": "一个人住，低保",
        "agreed": True,
        "agreed_hardship": True,
        "channel": "head",
        "key": secrets.token_urlsafe(12),
    } | more
    by = by or (ANONYMOUS if given["channel"] == "page" else stage.actor("lu"))
    return actions.collect(Intake(place=stage.place(at), text=text, **given), by=by)[0]


def on_the_wall(stage, text=FAN, at="entrance", *, kind="thing", value=200, givers=1, **more) -> Wish:
    """A wish that Gao verified and published."""
    wish = collected(stage, text, at, **more)
    gao = stage.actor("gao")
    actions.verify(wish, text, "一位奶奶", kind, by=gao, value=value, givers=givers)
    return actions.publish(wish, by=gao)


def claimed(stage, who="xu", **more) -> Wish:
    """A wish that Xu has claimed."""
    wish = on_the_wall(stage, **more)
    actions.claim(wish, by=stage.actor(who))
    return wish


def in_contact(stage, **more) -> Wish:
    """A wish whose claimant has called."""
    wish = claimed(stage, **more)
    return actions.contact(wish, by=stage.actor("xu"))


def handed_over(stage, **more) -> Wish:
    """A wish that waits for the wisher's word."""
    wish = in_contact(stage, **more)
    return actions.fulfil(wish, by=stage.actor("xu"))


def wisher(wish):
    """Whoever holds the wish's secret link."""
    return link_holder("wish", wish.pk)


def in_state(stage, state: str, **more) -> Wish:
    """A wish of any state."""
    gao, xu = stage.actor("gao"), stage.actor("xu")
    if state == "collected":
        return collected(stage, **more)
    if state == "verified":
        wish = collected(stage, **more)
        return actions.verify(wish, FAN, "一位奶奶", "thing", by=gao, value=400, givers=2)
    if state == "declined":
        return actions.decline(collected(stage, **more), "这件事请找民政窗口", by=gao)
    if state == "moved":
        return actions.move(collected(stage, **more), by=gao)
    wish = on_the_wall(stage, value=400, givers=2, **more)
    if state == "withdrawn":
        return actions.take_down(wish, by=wisher(wish))
    for step, run in (
        ("claimed", lambda: actions.claim(wish, by=xu)),
        ("contact", lambda: actions.contact(wish, by=xu)),
        ("fulfilled", lambda: actions.fulfil(wish, by=xu)),
    ):
        if state == "published":
            return wish
        run()
        if state == step:
            return wish
    if state == "closed":
        return actions.close(wish, "unsaid", by=wisher(wish))
    return actions.confirm(wish, "satisfied", by=wisher(wish))

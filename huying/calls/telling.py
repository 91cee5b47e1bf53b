"""The way of a call in plain words: what has happened, what happens now, and what comes next, for whoever called."""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, ngettext_lazy, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from huying.calls import events, rules
from huying.calls.catalogue import numbers
from huying.calls.choices import Rating
from huying.calls.models import Call
from huying.directory.models import Unit
from huying.kernel.models import Event
from huying.people.models import Person

# Who looks at a call first, as residents call them.
NEAREST = {
    "building": pgettext_lazy("who", "楼栋长"),
    "compound": pgettext_lazy("who", "小区书记"),
    "community": pgettext_lazy("who", "社区"),
    "street": pgettext_lazy("who", "街道"),
    "district": pgettext_lazy("who", "区里"),
    "city": pgettext_lazy("who", "市里"),
}
# What a resident is told of, with its icon; disputes, notes and reminders are the staff's own.
PAST = {
    events.RAISED: (_("您提出来了"), "call"),
    events.ACCEPTED: (_("%(who)s接下了"), "hand"),
    events.SETTLED: (_("%(who)s当场办了"), "leaf"),
    events.DECLINED: (_("这件事要到别处办"), "guide"),
    events.TAKEN: (_("交给%(owner)s来办"), "hand"),
    events.ASSIGNED: (_("派给了%(unit)s"), "send"),
    events.STARTED: (_("动手办了"), "clock"),
    events.RETURNED: (_("%(unit)s退回来了，社区重新安排"), "return"),
    events.DISPUTE_UPHELD: (_("社区重新安排由谁来办"), "return"),
    events.ESCALATED: (_("报到了%(level)s"), "escalate"),
    events.SENT_DOWN: (_("交给了社区来办"), "send"),
    events.EXTENDED: (ngettext_lazy("多要 %(n)s 天", "多要 %(n)s 天", "n"), "calendar"),
    events.PARKED: (_("暂时办不了，先记着"), "parked"),
    events.UNPARKED: (_("又接着办了"), "clock"),
    events.UNREACHED: (_("联系过您，没联系上"), "phone"),
    events.ASSIST_ASKED: (_("请了%(unit)s帮忙"), "people"),
    events.RESOLVED: (_("说办好了"), "leaf"),
    events.MERGED: (_("和同一件事合在一起办"), "merge"),
    events.UNMERGED: (_("分开来单独办"), "merge"),
    events.WITHDRAWN: (_("您撤回了"), "return"),
    events.CONFIRMED: (_("您说办好了"), "face-good"),
    events.CLOSED: (_("您说就这样"), "check"),
    events.LAPSED: (_("没有等到您的话，先放下了"), "check"),
    events.REOPENED: (_("您说没办好，再办一次"), "reopen"),
    events.REFERRED: (_("转到小区联席会商量"), "people"),
}
# What is going on while a call is open, at the end of the line of steps.
NOW = {
    rules.RAISED: _("等最近的人来看"),
    rules.ACCEPTED: _("正在安排"),
    rules.ASSIGNED: _("等单位动手"),
    rules.UNDERWAY: _("正在办"),
    rules.PARKED: _("等时机"),
    rules.RESOLVED: _("等您说一句"),
}
# The headline, what comes next and by when, the tone and the icon.
HEADS = {
    rules.RAISED: (
        _("收到了"),
        _("已经送到%(nearest)s手里，%(hours)s内会有人看。没人看，就自动报到上一级。"),
        "answer",
        "check",
    ),
    rules.ACCEPTED: (_("%(owner)s在管这件事"), "%(by_when)s", "info", "hand"),
    rules.ASSIGNED: (_("派给了%(unit)s"), _("%(owner)s盯着，%(by_when)s"), "info", "send"),
    rules.UNDERWAY: (_("正在办"), "%(by_when)s", "info", "clock"),
    rules.PARKED: (_("暂时办不了，先记着"), _("%(review)s再看一次，有变化就告诉您。"), "warn", "parked"),
    rules.RESOLVED: (
        _("办好了，请您看看"),
        ngettext_lazy(
            "满意不满意，您说了算。%(n)s 天里不说，就先放下。",
            "满意不满意，您说了算。%(n)s 天里不说，就先放下。",
            "n",
        ),
        "answer",
        "leaf",
    ),
    rules.CONFIRMED: (_("办好了，谢谢您的话"), "", "answer", "face-good"),
    rules.CLOSED: (_("这件事放下了"), "", "quiet", "check"),
    rules.MERGED: (_("和同一件事合在一起办"), _("那件事办好了，也会在这里告诉您。"), "info", "merge"),
    rules.WITHDRAWN: (_("您已经撤回"), _("别人看不到了。想再说，可以重新提。"), "quiet", "return"),
    rules.DECLINED: (_("这件事要到别处办"), "", "warn", "guide"),
    rules.REFERRED: (
        _("转到小区联席会商量"),
        _("两次都没办好，就不再一家一家办了：下次联席会上大家坐下来一起定，结果会写在这里。"),
        "info",
        "people",
    ),
}
LATE_TO_LOOK = _("比说好的慢了，还没有人看。正在催%(nearest)s；急的话请打电话。")
PROMISED = _("说好 %(when)s 之前办好。")
OVERDUE = _("说好 %(when)s 之前办好，已经晚了，上一级也知道了，正在催。")
DAY = _("n月j日")
MOST_EVENTS = 60
FACES = {"satisfied": "good", "mostly": "ok", "not": "bad"}


@dataclass
class Story:
    """A call as its caller reads it: a headline, what comes next, and the line of steps."""

    headline: str
    next: str
    tone: str
    icon: str
    steps: list[dict] = field(default_factory=list)


def moment(at: dt.datetime) -> str:
    """A time as people say it when they promise something: '11月3日 18:00'."""
    local = timezone.localtime(at)
    return f"{date_format(local, str(DAY))} {date_format(local, 'H:i')}"


def within(hours: float) -> str:
    """A span of hours in words."""
    if hours < 1:
        minutes = round(hours * 60)
        return ngettext("%(n)s 分钟", "%(n)s 分钟", minutes) % {"n": minutes}
    whole = round(hours)
    return ngettext("%(n)s 小时", "%(n)s 小时", whole) % {"n": whole}


def story_of(call: Call, now: dt.datetime | None = None) -> Story:
    """Tell a call: at most three queries, whatever its length."""
    happened = list(
        Event.objects.filter(subject_type="call", subject_id=call.pk, kind__in=list(PAST))
        .only("kind", "at", "actor_id", "facts")
        .order_by("-id")[:MOST_EVENTS]
    )[::-1]
    units = _names(Unit, {event.facts.get("unit") for event in happened} | {call.unit_id})
    people = _names(
        Person,
        {event.actor_id for event in happened if event.kind in (events.ACCEPTED, events.SETTLED)}
        | {event.facts.get("owner") for event in happened}
        | {call.owner_id},
    )
    steps = _line(call, [_past(event, call, units, people) for event in happened])
    return Story(*_head(call, units, people, now or timezone.now()), steps)


def _names(model, ids: set) -> dict[int, str]:
    wanted = {one for one in ids if one}
    return dict(model.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def _past(event: Event, call: Call, units: dict, people: dict) -> dict:
    """One line of what has happened."""
    facts = event.facts
    words, icon = PAST[event.kind]
    label = str(
        words
        % {
            "who": people.get(event.actor_id) or gettext("有人"),
            "owner": people.get(facts.get("owner")) or gettext("同事"),
            "unit": units.get(facts.get("unit")) or gettext("负责的单位"),
            "level": NEAREST.get(facts.get("level", ""), ""),
            "n": facts.get("days") or 0,
        }
    )
    rating = facts.get("rating", "")
    if rating in FACES:
        label = gettext("%(words)s：%(rating)s") % {"words": label, "rating": Rating(rating).label}
    step = {"label": label, "state": "done", "at": event.at, "icon": icon}
    if event.kind == events.EXTENDED:
        step["note"] = call.extension_reason
    if event.kind == events.CONFIRMED:
        step["face"] = FACES.get(rating, "good")
        step["icon"] = f"face-{step['face']}"
    return step


def _line(call: Call, steps: list[dict]) -> list[dict]:
    """The line of steps: what was, where it stands now, and what is to come, with a face at the end."""
    if call.state in NOW:
        steps = [*steps, {"label": NOW[call.state], "state": "now", "at": None}]
        if call.state != rules.RESOLVED:
            steps.append({"label": gettext("办好了告诉您"), "state": "next", "at": None, "icon": "leaf"})
        steps.append({"label": gettext("您来说满意不满意"), "state": "next", "at": None, "face": "good"})
    return steps


def _head(call: Call, units: dict, people: dict, now: dt.datetime) -> tuple[str, str, str, str]:
    """The headline, what comes next and by when, the tone and the icon."""
    headline, then, tone, icon = HEADS[call.state]
    hours = numbers()["response"][call.urgency]
    if call.state == rules.RAISED and now - call.raised_at > dt.timedelta(hours=hours):
        then = LATE_TO_LOOK
    by_when = ""
    if call.due_at:
        by_when = (OVERDUE if call.is_overdue(now) else PROMISED) % {"when": moment(call.due_at)}
    values = {
        "nearest": NEAREST[call.level],
        "owner": people.get(call.owner_id) or NEAREST[call.level],
        "unit": units.get(call.unit_id) or gettext("负责的单位"),
        "hours": within(hours),
        "by_when": by_when,
        "review": date_format(call.review_on, str(DAY)) if call.review_on else "",
        "n": numbers()["follow_up"]["silent_days"],
    }
    return str(headline % values), str(then % values), tone, icon

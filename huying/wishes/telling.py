"""The way of a wish in plain words, for whoever wished and for whoever gives."""

from dataclasses import dataclass, field

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huying.directory.models import Unit
from huying.kernel.models import Event
from huying.people.models import Person
from huying.wishes import events, rules
from huying.wishes.models import Wish

MOST_EVENTS = 60
PAST = {
    events.COLLECTED: (_("心愿收到了"), "leaf"),
    events.VERIFIED: (_("社区核实过了"), "check"),
    events.DECLINED: (_("没有上墙"), "return"),
    events.PUBLISHED: (_("挂上了心愿树"), "leaf"),
    events.CLAIMED: (_("%(who)s认领了"), "hand"),
    events.JOINED: (_("%(who)s也来一起出力"), "people"),
    events.CONTACTED: (_("联系上了"), "phone"),
    events.FULFILLED: (_("说送到了"), "check"),
    events.CONFIRMED: (_("心愿实现了"), "face-good"),
    events.CLOSED: (_("放下了"), "check"),
    events.REOFFERED: (_("不是想要的，重新上墙"), "reopen"),
    events.RELEASED: (_("认领的人退回了，重新上墙"), "return"),
    events.LAPSED: (_("7 天没有联系，认领失效，重新上墙"), "clock"),
    events.ANSWER_DUE: (_("30 天没人认领，请社区来实现"), "people"),
    events.TAKEN_DOWN: (_("取下了"), "return"),
    events.BECOMES_CALL: (_("转成了一件诉求"), "call"),
}
NOW = {
    rules.COLLECTED: _("等社区来看"),
    rules.VERIFIED: _("等着挂上树"),
    rules.PUBLISHED: _("等人认领"),
    rules.CLAIMED: _("等认领的人来联系"),
    rules.CONTACT: _("正在准备"),
    rules.FULFILLED: _("等您说一句"),
}
# The headline, what comes next, the tone and the icon.
HEADS = {
    rules.COLLECTED: (_("心愿收到了"), _("社区看过以后，就挂到心愿树上。"), "answer", "check"),
    rules.VERIFIED: (_("社区核实过了"), _("很快就挂到心愿树上。"), "answer", "check"),
    rules.PUBLISHED: (_("挂在心愿树上，等人认领"), _("30 天没有人认领，社区来实现。"), "info", "leaf"),
    rules.CLAIMED: (_("%(giver)s认领了您的心愿"), _("7 天里会来联系您。"), "answer", "hand"),
    rules.CONTACT: (_("%(giver)s正在准备"), "", "answer", "hand"),
    rules.FULFILLED: (_("送到了吗？请您说一句"), _("是不是想要的，您说了算。"), "answer", "face-good"),
    rules.CONFIRMED: (_("心愿实现了"), _("您的叶子在树上笑了。"), "answer", "face-good"),
    rules.CLOSED: (_("这个心愿放下了"), "", "quiet", "check"),
    rules.WITHDRAWN: (_("心愿取下了"), _("树上看不到了，联系方式会尽快删掉。"), "quiet", "return"),
    rules.DECLINED: (_("这个心愿没有上墙"), "", "warn", "return"),
    rules.MOVED: (_("您的心愿转成了一件诉求"), _("由离得最近的人来办。"), "info", "call"),
}


@dataclass
class Story:
    """A wish as its wisher reads it: a headline, what comes next, and the line of steps."""

    headline: str
    next: str
    tone: str
    icon: str
    steps: list[dict] = field(default_factory=list)


# To others than the wisher, who is "you" on their own page.
FOR_OTHERS = {rules.FULFILLED: _("等许愿人说一句")}


def story_of(wish: Wish, giver: str = "", *, to_wisher: bool = True) -> Story:
    """Tell a wish: three queries, whatever its length; `giver` is who holds it now."""
    happened = list(
        Event.objects.filter(subject_type="wish", subject_id=wish.pk, kind__in=list(PAST))
        .only("kind", "at", "facts")
        .order_by("-id")[:MOST_EVENTS]
    )[::-1]
    people = dict(
        Person.objects.filter(pk__in={e.facts.get("person") for e in happened} - {None, 0}).values_list("pk", "name")
    )
    units = dict(
        Unit.objects.filter(pk__in={e.facts.get("unit") for e in happened} - {None, 0}).values_list("pk", "name")
    )
    steps = []
    for event in happened:
        words, icon = PAST[event.kind]
        who = units.get(event.facts.get("unit")) or people.get(event.facts.get("person")) or gettext("好心人")
        step = {"label": str(words) % {"who": who}, "state": "done", "at": event.at, "icon": icon}
        if event.kind == events.CONFIRMED:
            step["face"] = "ok" if event.facts.get("rating") == "mostly" else "good"
            step["icon"] = f"face-{step['face']}"
        steps.append(step)
    if wish.state in NOW:
        now = NOW if to_wisher else {**NOW, **FOR_OTHERS}
        steps.append({"label": now[wish.state], "state": "now", "at": None})
        if wish.state != rules.FULFILLED:
            handed = gettext("送到您手里") if to_wisher else gettext("送到许愿人手里")
            steps.append({"label": handed, "state": "next", "at": None, "icon": "check"})
        said = gettext("您来说实现了没有") if to_wisher else gettext("许愿人来说实现了没有")
        steps.append({"label": said, "state": "next", "at": None, "face": "good"})
    headline, then, tone, icon = HEADS[wish.state]
    return Story(str(headline) % {"giver": giver or gettext("好心人")}, str(then), tone, icon, steps)

"""What one call's page shows: its way in plain words, who spoke, and what the words may give away."""

import datetime as dt
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from huying.calls import events
from huying.calls.catalogue import category_name
from huying.calls.choices import Channel, GuideKind, Level, Rating
from huying.calls.models import Call, Entry
from huying.directory.models import Unit
from huying.kernel.models import Event
from huying.people.events import UNSEALED
from huying.people.models import Person
from huying.people.private_words import private_words

# What happened, in the words of whoever looks back: (words, icon, tone).
_WAY = {
    events.RAISED: (gettext_lazy("提出，来自%(channel)s"), "call", "call"),
    events.ACCEPTED: (gettext_lazy("受理，类别“%(category)s”"), "hand", ""),
    events.SETTLED: (gettext_lazy("当场办结"), "leaf", "answer"),
    events.DECLINED: (gettext_lazy("引导到别处：%(guided)s"), "guide", ""),
    events.TAKEN: (gettext_lazy("由%(owner)s负责"), "hand", ""),
    events.ASSIGNED: (gettext_lazy("派给%(unit)s"), "send", ""),
    events.STARTED: (gettext_lazy("开始办"), "clock", ""),
    events.RETURNED: (gettext_lazy("%(unit)s退单"), "return", "warn"),
    events.DISPUTED: (gettext_lazy("%(unit)s提出异议"), "return", "warn"),
    events.DISPUTE_UPHELD: (gettext_lazy("同意异议，收回"), "check", ""),
    events.DISPUTE_OVERRULED: (gettext_lazy("不同意异议，仍由%(unit)s办"), "check", ""),
    events.ESCALATED: (gettext_lazy("上呼到%(level)s"), "escalate", "warn"),
    events.SENT_DOWN: (gettext_lazy("交社区办"), "arrow-right", ""),
    events.EXTENSION_ASKED: (gettext_lazy("申请延期 %(days)s 天"), "calendar", "warn"),
    events.EXTENDED: (gettext_lazy("同意延期 %(days)s 天"), "calendar", ""),
    events.EXTENSION_REFUSED: (gettext_lazy("不同意延期"), "calendar", ""),
    events.PARKED: (gettext_lazy("挂账，%(review_on)s 复查"), "parked", "warn"),
    events.UNPARKED: (gettext_lazy("恢复办理"), "clock", ""),
    events.RESOLVED: (gettext_lazy("办结"), "leaf", "answer"),
    events.CONTACTED: (gettext_lazy("联系了居民"), "phone", "answer"),
    events.UNREACHED: (gettext_lazy("联系居民，没联系上"), "phone", "warn"),
    events.CLASSIFIED: (gettext_lazy("类别改为“%(category)s”"), "tag", ""),
    events.REWORDED: (gettext_lazy("改了公开的文字"), "edit", ""),
    events.NOTED: (gettext_lazy("记了一笔"), "edit", ""),
    events.MERGED: (gettext_lazy("合并到 %(into)s"), "merge", ""),
    events.UNMERGED: (gettext_lazy("撤销合并"), "return", ""),
    events.WITHDRAWN: (gettext_lazy("撤回"), "return", ""),
    events.WORDS_ADDED: (gettext_lazy("居民补充"), "call", "call"),
    events.CONFIRMED: (gettext_lazy("居民确认：%(rating)s"), "face-good", "answer"),
    events.CLOSED: (gettext_lazy("居民说：%(rating)s"), "face-bad", ""),
    events.LAPSED: (gettext_lazy("7 天没有回复，结束"), "check", ""),
    events.REOPENED: (gettext_lazy("居民说没办好，再办"), "reopen", "call"),
    events.REFERRED: (gettext_lazy("转联席会"), "people", "warn"),
    events.REMINDED: (gettext_lazy("系统提醒"), "bell", ""),
    events.OVERDUE: (gettext_lazy("超期，已告诉上一级"), "warning", "warn"),
    events.REVIEW_DUE: (gettext_lazy("到了复查的日子"), "bell", "warn"),
    events.ASKED_AGAIN: (gettext_lazy("再问居民一次"), "bell", ""),
    events.ASSIST_ASKED: (gettext_lazy("请%(unit)s协办"), "people", ""),
    events.ASSIST_REPORTED: (gettext_lazy("%(unit)s反馈"), "people", ""),
    UNSEALED: (gettext_lazy("查看了%(fields)s"), "eye", "warn"),
}
_FIELDS = {"phone": gettext_lazy("电话"), "name": gettext_lazy("称呼")}
# The words of a step are written in the same moment as its event.
_SAME_MOMENT = dt.timedelta(seconds=10)
MOST_EVENTS = 300


@dataclass
class Way:
    """A call's way: one line for each event, oldest first, each with the words that went with it."""

    lines: list[dict]

    def since(self, version: int) -> list[dict]:
        """What happened after a version of the call."""
        return [line for line in self.lines if line["version"] > version]


def way(call: Call, entries: list[Entry]) -> Way:
    """The call's history from the event log; three queries. `entries`: the words on the call, oldest first."""
    log = list(Event.objects.filter(subject_type="call", subject_id=call.pk).order_by("id")[:MOST_EVENTS])
    names = _names(log)
    left = list(entries)
    return Way([_line(call, event, names, _words_of(event, left)) for event in log if event.kind in _WAY])


def _names(log: list[Event]) -> dict[tuple[str, int], str]:
    """(kind, id) → name of the persons and units that the events speak of."""
    people = {event.actor_id for event in log if event.actor_id} | {
        e.facts["owner"] for e in log if e.facts.get("owner")
    }
    units = {event.facts["unit"] for event in log if event.facts.get("unit")}
    names = {("person", pk): name for pk, name in Person.objects.filter(pk__in=people).values_list("pk", "name")}
    if units:
        names |= {("unit", pk): name for pk, name in Unit.objects.filter(pk__in=units).values_list("pk", "name")}
    return names


def _words_of(event: Event, left: list[Entry]) -> str:
    for entry in left:
        if entry.step == event.kind and abs(entry.at - event.at) <= _SAME_MOMENT:
            left.remove(entry)
            return entry.text
    return ""


def _line(call: Call, event: Event, names: dict, words: str) -> dict:
    facts = event.facts
    unit = names.get(("unit", facts.get("unit")), _("单位"))
    values = {
        "channel": _label(Channel, facts.get("channel")),
        "category": category_name(facts.get("category") or call.category),
        "guided": _label(GuideKind, facts.get("guided")),
        "owner": names.get(("person", facts.get("owner")), _("同事")),
        "unit": unit,
        "level": _label(Level, facts.get("level")),
        "days": facts.get("days", ""),
        "review_on": facts.get("review_on", ""),
        "into": f"{facts['into']:06d}" if facts.get("into") else "",
        "rating": _label(Rating, facts.get("rating")),
        "fields": _("、").join(str(_FIELDS.get(one, one)) for one in facts.get("fields", ())),
    }
    label, icon, tone = _WAY[event.kind]
    line = {"at": event.at, "label": str(label) % values, "by": _who(event, names), "icon": icon, "tone": tone}
    return line | {"note": words, "kind": event.kind, "version": facts.get("version", 0), "actor": event.actor_id}


def _label(choices, code) -> str:
    return str(choices(code).label) if code in choices.values else str(code or "")


def _who(event: Event, names: dict) -> str:
    if event.actor_id is not None:
        name = names.get(("person", event.actor_id), "")
        return _("%(name)s代居民") % {"name": name} if event.facts.get("on_behalf") else name
    return {"system": _("系统"), "token": _("接口")}.get(event.actor_kind, pgettext("one", "居民"))


def thread(call: Call) -> list[Entry]:
    """All words on the call, oldest first: the resident's, replies, notes, reports."""
    return list(call.entries.select_related("by").order_by("id"))


def highlighted(text: str) -> list[tuple[str, str]]:
    """A text in pieces (words, kind): kind says what in it may give somebody away, '' for the rest."""
    folded = unicodedata.normalize("NFKC", text)
    # Where folding changes the length, positions no longer fit; the folded text then reads the same.
    shown = text if len(text) == len(folded) else folded
    marks, at = [], 0
    for kind, words in private_words(text):
        start = folded.find(words, 0)
        while start >= 0:
            marks.append((start, start + len(words), kind))
            start = folded.find(words, start + len(words))
    pieces = []
    for start, end, kind in sorted(set(marks)):
        if start < at:
            continue
        pieces += [(shown[at:start], ""), (shown[start:end], kind)]
        at = end
    return [(words, kind) for words, kind in [*pieces, (shown[at:], "")] if words]

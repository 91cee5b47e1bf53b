"""Working out a site, keeping the plan, throwing one away."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import site_rules
from huying.callouts.models import SitePlan
from huying.callouts.site_catalogue import Template, curve_of, numbers
from huying.callouts.site_study import study
from huying.kernel.errors import BadInput, Forbidden
from huying.kernel.scopes import Actor
from huying.kernel.words import clean
from huying.places.models import Place
from huying.solvers.site import STRETCH, Site, Station, Wrong

HAND = "hand"
KINDS = ("community", "compound", "building")


@dataclass(frozen=True)
class Draft:
    """What is planned, as it was given; `stations`: (seconds, spread) in the order of the template; `curve` by hand."""

    template: Template
    people: int
    opens: dt.time
    closes: dt.time
    curve_kind: str
    lanes: int
    stations: tuple[tuple[float, float], ...]
    first_percent: int
    in_row: int
    target: int
    curve: tuple[float, ...] = ()


def parts(opens: dt.time, closes: dt.time) -> int:
    """How many half hours there are between two times of a day; 0 when they stand the wrong way round."""
    minutes = (closes.hour - opens.hour) * 60 + closes.minute - opens.minute
    return max(0, -(-minutes * 60 // STRETCH))


def site_of(draft: Draft) -> Site:
    """The draft as the solver takes it; BadInput says all that cannot be, at its field."""
    minutes = (draft.closes.hour - draft.opens.hour) * 60 + draft.closes.minute - draft.opens.minute
    limits = numbers()
    wrong: dict[str, str] = {}
    if minutes <= 0:
        wrong["closes"] = _("结束要比开始晚。跨过半夜的，请分成两个方案。")
    elif minutes > limits["minutes_most"]:
        wrong["closes"] = _("一个方案最多 %(hours)d 小时，请分成几段。") % {"hours": limits["minutes_most"] // 60}
    for name, value, most in (
        ("people", draft.people, limits["people_most"]),
        ("lanes", draft.lanes, limits["lanes_most"]),
    ):
        if value > most:
            wrong[name] = _("最多 %(most)d。再多请分成几个点，一个点一个方案。") % {"most": most}
    if not 1 <= draft.target <= limits["minutes_most"]:
        wrong["target"] = _("请写 1 到 %(most)d 之间的分钟数。") % {"most": limits["minutes_most"]}
    wanted = parts(draft.opens, draft.closes)
    curve = draft.curve if draft.curve_kind == HAND else curve_of(draft.curve_kind, wanted)
    if not curve and "closes" not in wrong:
        wrong["curve" if draft.curve_kind == HAND else "curve_kind"] = _("请选人怎么来。")
    site = Site(
        people=draft.people,
        minutes=max(minutes, 1),
        curve=curve,
        lanes=draft.lanes,
        stations=tuple(Station(mean, spread) for mean, spread in draft.stations),
        first_share=draft.first_percent / 100,
        in_row=draft.in_row,
    )
    try:
        site.checked()
    except Wrong as refusal:
        for name, (code, number) in refusal.fields.items():
            wrong.setdefault(_field(name), _words(name, code, number))
    if wrong:
        raise BadInput(next(iter(wrong.values())), fields=wrong)
    return site


def _field(name: str) -> str:
    return {"minutes": "closes", "first_share": "first_percent"}.get(name, name)


def _words(name: str, code: str, number: float) -> str:
    if name == "curve":
        if code == "length":
            return _("从开始到结束有 %(n)d 个半小时，请给每个半小时一个数，用空格隔开。") % {"n": number}
        return _("每个半小时写一个不小于 0 的数，至少有一个大于 0。")
    if name == "minutes":
        return _("至少要半小时。") if code == "least" else _("最多 %(n)d 小时。") % {"n": number // 60}
    if name.startswith("mean"):
        return _("请写每人要几秒，大于 0，最多 %(n)d。") % {"n": number}
    if name.startswith("spread"):
        return _("请写 0 到 %(n)d 秒；0 就是每人一样久。") % {"n": number}
    if name == "first_share":
        return _("请写 0 到 100。")
    return _("至少要 %(n)d。") % {"n": number} if code == "least" else _("最多 %(n)d。") % {"n": number}


def worked_out(draft: Draft) -> dict:
    """What the draft is like, without keeping it; BadInput when it cannot be."""
    return study(site_of(draft), draft.target)


def save_plan(
    draft: Draft, name: str, place: Place | None, day: dt.date | None, *, key: str, by: Actor, made_up: bool = False
) -> SitePlan:
    """Keep a plan with what was worked out. The same key again is the same plan. BadInput, Forbidden in words."""
    known = SitePlan.objects.filter(key=key, made_by_id=by.id).first()
    if known is not None:
        return known
    wrong: dict[str, str] = {}
    title = clean(name)
    if not title:
        wrong["name"] = _("给方案起个名字，比较的时候认得出。")
    elif len(title) > 40:
        wrong["name"] = _("最多 %(most)d 字，现在有 %(now)d 字。") % {"most": 40, "now": len(title)}
    if place is None or place.kind not in KINDS or not place.is_current():
        wrong["place"] = _("请选在哪里设点。")
    elif not by.holds(site_rules.PLANNERS, place.path) and by.kind != "system":
        raise Forbidden(_("只有这里的书记、社区工作者和上级能做方案。"))
    if day is not None and day < timezone.localdate() and not made_up:
        wrong["day"] = _("这一天已经过去了。")
    try:
        site = site_of(draft)
    except BadInput as refusal:
        wrong |= refusal.fields
    if wrong:
        raise BadInput(next(iter(wrong.values())), fields=wrong)
    given = {
        "name": title,
        "template": draft.template.code,
        "place": place,
        "path": place.path,
        "day": day,
        "opens": draft.opens,
        "closes": draft.closes,
        "people": draft.people,
        "curve_kind": draft.curve_kind,
        "curve": list(site.curve),
        "lanes": draft.lanes,
        "stations": [
            {"code": kind.code, "mean": mean, "spread": spread}
            for kind, (mean, spread) in zip(draft.template.stations, draft.stations, strict=True)
        ],
        "first_percent": draft.first_percent,
        "in_row": draft.in_row,
        "target": draft.target,
        "outcome": study(site, draft.target),
        "made_by_id": by.id,
        "made_up": made_up,
    }
    plan, _new = SitePlan.objects.get_or_create(key=key, defaults=given)
    return plan


def drop_plan(plan: SitePlan, *, by: Actor) -> None:
    """Throw a plan away: it is listed no more; what was made from it stays."""
    if not by.holds(site_rules.PLANNERS, plan.path):
        raise Forbidden(_("只有这里的书记、社区工作者和上级能删掉方案。"))
    with transaction.atomic():
        SitePlan.objects.filter(pk=plan.pk, dropped_at__isnull=True).update(dropped_at=timezone.now())

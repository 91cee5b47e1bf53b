"""The forms of sites: a plan, and a queue by numbers. What cannot be is said by the actions, at its field."""

import re

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.callouts.actions.site_plans import HAND, Draft
from huying.callouts.models import SitePlan
from huying.callouts.site_catalogue import Template, curve_names, numbers
from huying.kernel.errors import BadInput
from huying.kernel.forms import Form, Words, new_key

_WHOLE = {"invalid": _("请写一个整数。"), "required": _("还没有填。")}
_NUMBER = {"invalid": _("请写一个数。"), "required": _("还没有填。")}
_TIME = {"invalid": _("请写成 06:30 这样。"), "required": _("还没有填。")}


def _dial(least: int, most: int, step: int = 1) -> forms.NumberInput:
    """A number with a slider beside it, which a script adds."""
    return forms.NumberInput(
        attrs={"data-module": "dial", "data-least": least, "data-most": most, "data-step": step, "inputmode": "numeric"}
    )


def _whole(label, least: int, most: int, step: int = 1) -> forms.IntegerField:
    return forms.IntegerField(label=label, error_messages=_WHOLE, widget=_dial(least, most, step))


def _time(label) -> forms.TimeField:
    return forms.TimeField(
        label=label, error_messages=_TIME, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )


# What a plan is kept as.
KEPT_AS = ("name", "place", "day")


class PlanForm(Form):
    """A plan: who comes when, lanes, stations, who goes first. Each station of the template has its two fields."""

    name = Words(label=_("方案叫什么"), needed=True, widget=forms.TextInput(attrs={"maxlength": 40}))
    place = forms.ChoiceField(label=_("在哪里设点"))
    day = forms.DateField(
        label=_("哪一天"),
        required=False,
        error_messages={"invalid": _("请写成 2026-06-23 这样。")},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    people = _whole(_("来多少人"), 100, 5000, 50)
    opens = _time(_("几点开始"))
    closes = _time(_("几点结束"))
    curve_kind = forms.ChoiceField(label=_("人怎么来"), widget=forms.RadioSelect)
    curve = forms.CharField(
        label=_("每半小时来的多少"),
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs={"data-module": "curve", "inputmode": "decimal"}),
    )
    lanes = _whole(_("几条通道"), 1, 20)
    first_percent = _whole(_("优先的人占百分之几"), 0, 60)
    target = _whole(_("最多让人等几分钟"), 5, 60, 5)
    in_row = _whole(_("连着最多叫几位优先的"), 1, 6)
    template = forms.CharField(max_length=20, widget=forms.HiddenInput)
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, template: Template, places, plan: SitePlan | None = None, initial=None):
        self.kind = template
        super().__init__(data, initial=first_of(template, plan) | (initial or {}))
        self.fields["place"].choices = [(str(place.pk), str(place)) for place in places]
        self.fields["curve_kind"].choices = [*curve_names().items(), (HAND, _("自己画"))]
        for number, station in enumerate(template.stations):
            self.fields[f"mean{number}"] = forms.FloatField(
                label=_("%(station)s：每人几秒") % {"station": station.name},
                error_messages=_NUMBER,
                widget=_dial(5, 180),
            )
            self.fields[f"spread{number}"] = forms.FloatField(
                label=_("上下差几秒"), error_messages=_NUMBER, widget=_dial(0, 90)
            )

    @property
    def stations(self) -> list[tuple]:
        """(the station's name, its two fields)."""
        return [
            (station.name, self[f"mean{number}"], self[f"spread{number}"])
            for number, station in enumerate(self.kind.stations)
        ]

    def clean_curve(self):
        """The numbers of a curve drawn by hand, apart by spaces or commas."""
        parts = [part for part in re.split(r"[\s,，、;；]+", self.cleaned_data["curve"].strip()) if part]
        try:
            return tuple(float(part) for part in parts)
        except ValueError:
            raise forms.ValidationError(_("每个半小时写一个数，用空格隔开，比如 3 4 3 2。")) from None

    def unreadable(self, *names: str) -> None:
        """BadInput when one of these fields cannot be read, with all that cannot be."""
        if names:
            found = {name: str(words[0]) for name, words in self.errors.items()}
            raise BadInput(found[names[0]], fields=found)

    def draft(self) -> Draft:
        """What is planned; BadInput with the form's own words when a field holds no number or time."""
        # Name, place and day are for keeping the plan; it can be worked out without them.
        self.unreadable(*(name for name in self.errors if name not in KEPT_AS))
        given = self.cleaned_data
        return Draft(
            template=self.kind,
            people=given["people"],
            opens=given["opens"],
            closes=given["closes"],
            curve_kind=given["curve_kind"] or self.kind.curve,
            curve=given["curve"],
            lanes=given["lanes"],
            stations=tuple((given[f"mean{n}"], given[f"spread{n}"]) for n in range(len(self.kind.stations))),
            first_percent=given["first_percent"],
            in_row=given["in_row"],
            target=given["target"],
        )


def first_of(template: Template, plan: SitePlan | None) -> dict:
    """What stands in the form at first: what is usual for the template, or an earlier plan."""
    policy = numbers()
    stations = [(one.mean, one.spread) for one in template.stations]
    first = {
        "template": template.code,
        "key": new_key(),
        "people": template.people,
        "opens": template.opens,
        "closes": template.closes,
        "curve_kind": template.curve,
        "lanes": template.lanes,
        "first_percent": policy["first_percent"],
        "target": policy["target_minutes"],
        "in_row": policy["in_row"],
    }
    if plan is not None:
        first |= {
            name: getattr(plan, name)
            for name in ("people", "opens", "closes", "curve_kind", "lanes", "first_percent", "target", "in_row", "day")
        }
        first |= {"curve": " ".join(f"{weight:g}" for weight in plan.curve), "place": str(plan.place_id)}
        known = {one["code"]: (one["mean"], one["spread"]) for one in plan.stations}
        stations = [known.get(one.code, (one.mean, one.spread)) for one in template.stations]
    for number, (mean, spread) in enumerate(stations):
        first |= {f"mean{number}": f"{mean:g}", f"spread{number}": f"{spread:g}"}
    if first.get("day") and first["day"] < timezone.localdate():
        first.pop("day")
    return first


class QueueForm(Form):
    """Open a queue: where, what it is called on the screens, how many lanes."""

    name = Words(label=_("屏幕上叫什么"), needed=True, widget=forms.TextInput(attrs={"maxlength": 40}))
    place = forms.ChoiceField(label=_("在哪里叫号"))
    lanes = forms.IntegerField(
        label=_("开几条通道"), error_messages=_WHOLE, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    plan = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)
    callout = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, places, initial=None):
        super().__init__(data, initial={"key": new_key(), "lanes": 2} | (initial or {}))
        self.fields["place"].choices = [(str(place.pk), str(place)) for place in places]


class LanesForm(Form):
    """How many lanes are open now."""

    lanes = forms.IntegerField(
        label=_("现在开几条通道"), error_messages=_WHOLE, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    version = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)


class TakeForm(Form):
    """Take a number: only whether one goes first is asked."""

    first = forms.BooleanField(
        label=_("我是老人、残疾人、孕妇，或带着婴儿，请优先"), required=False, help_text=_("不用证明，现场看一眼就行。")
    )
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)


class BackForm(Form):
    """Whoever missed their call is there: the number on their slip."""

    number = forms.IntegerField(
        label=_("过号的人来了，几号？"),
        error_messages=_WHOLE,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

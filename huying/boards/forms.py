"""Which period the figures are of."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

DAYS = ((7, _("近 7 天")), (30, _("近 30 天")), (90, _("近 90 天")), (365, _("近一年")))
LONGEST = 3 * 366


class PeriodForm(forms.Form):
    """From and to, both days included; 30 days by default, at most three years."""

    since = forms.DateField(label=_("从"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("到"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self):
        data = super().clean()
        today = timezone.localdate()
        for name in ("since", "until"):
            if data.get(name) and not 2000 <= data[name].year <= today.year + 1:
                self.add_error(name, _("这一年没有数据。"))
        if self.errors:
            return data
        until = data.get("until") or today
        since = data.get("since") or until - dt.timedelta(days=29)
        if since > until:
            self.add_error("since", _("开始的日子在结束的日子之后。"))
        elif (until - since).days > LONGEST:
            self.add_error("since", _("一次最多看三年。"))
        data["since"], data["until"] = since, until
        return data


def presets(since: dt.date, until: dt.date) -> list[dict]:
    """The periods that are asked for most, as tabs, with the one that is shown marked."""
    today = timezone.localdate()
    last = today.replace(day=1) - dt.timedelta(days=1)
    spans = [(label, today - dt.timedelta(days=days - 1), today) for days, label in DAYS]
    spans += [(_("本月"), today.replace(day=1), today), (_("上月"), last.replace(day=1), last)]
    return [
        {
            "label": label,
            "href": f"?since={start}&until={end}",
            "current": (start, end) == (since, until) and not any((a, b) == (start, end) for _l, a, b in spans[:n]),
        }
        for n, (label, start, end) in enumerate(spans)
    ]


def period_of(get) -> tuple[PeriodForm, dt.date, dt.date]:
    """The form as asked for, and the period to show: the last 30 days where what was asked cannot be shown."""
    today = timezone.localdate()
    usual = {"since": (today - dt.timedelta(days=29)).isoformat(), "until": today.isoformat()}
    form = PeriodForm(get if "since" in get or "until" in get else usual)
    if form.is_valid():
        return form, form.cleaned_data["since"], form.cleaned_data["until"]
    return form, today - dt.timedelta(days=29), today

"""What pages of modes ask for: a switch, its steps, a household with its consent."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.kernel.forms import Form, Words, new_key
from huying.modes.models.modes import Kind, Level
from huying.people.models import Consent

MOMENT = "%Y-%m-%dT%H:%M"


class Moment(forms.DateTimeField):
    """A day and a time in the installation's zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)

    def __init__(self, **kwargs):
        wrong = _("请这样填日期和时间：2026-07-01 18:00。")
        super().__init__(
            required=False, input_formats=[MOMENT, "%Y-%m-%d %H:%M"], error_messages={"invalid": wrong}, **kwargs
        )
        # Shown as needed; whether it is there is asked by the action.
        self.required = True

    def clean(self, value):
        return self.to_python(value)


class Day(forms.DateField):
    """A day."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **kwargs):
        super().__init__(required=False, error_messages={"invalid": _("请这样填日期：2026-07-01。")}, **kwargs)
        self.required = True

    def clean(self, value):
        return self.to_python(value)


class Several(forms.MultipleChoiceField):
    """Some of several, shown as needed; whether any is there, and is known, is asked by the action."""

    def clean(self, value):
        return self.to_python(value)


def in_hours(hours: int) -> dt.datetime:
    """The full hour after so many hours from now."""
    moment = timezone.localtime() + dt.timedelta(hours=hours, minutes=59)
    return moment.replace(minute=0, second=0, microsecond=0)


class SwitchForm(Form):
    """A switch: where, what, at which level, on whose authority, why, until when."""

    place = Words(label=_("哪里？"), needed=True, widget=forms.Select)
    kind = Words(label=_("应急还是演练？"), needed=True, widget=forms.RadioSelect(choices=Kind.choices))
    level = Words(label=_("哪一级？"), needed=True, widget=forms.RadioSelect(choices=Level.choices))
    authority = Words(
        label=_("谁决定的、文号"),
        needed=True,
        help_text=_("比如：区防汛指挥部，临汛〔2026〕7号"),
        widget=forms.TextInput,
    )
    reason = Words(label=_("为什么"), needed=True, widget=forms.Textarea(attrs={"rows": 2}))
    until = Moment(label=_("到什么时候自动结束"))
    key = Words(widget=forms.HiddenInput)

    def __init__(self, data=None, *, places, kinds, **kwargs):
        first = {"key": new_key(), "until": in_hours(24)} | kwargs.pop("initial", {})
        if len(kinds) == 1:
            first["kind"] = kinds[0]
        super().__init__(data, initial=first, **kwargs)
        self.fields["place"].widget.choices = places
        self.fields["kind"].widget.choices = [(code, label) for code, label in Kind.choices if code in kinds]


class LevelForm(Form):
    """Another level."""

    level = Words(label=_("改成哪一级？"), needed=True, widget=forms.RadioSelect(choices=Level.choices))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ExtendForm(Form):
    """A later end."""

    until = Moment(label=_("延长到什么时候"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class EndForm(Form):
    """Ending it now."""

    why = Words(label=_("为什么现在结束"), needed=True, widget=forms.Textarea(attrs={"rows": 2}))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class OpenForm(Form):
    """Opening the list of a place: a reason is asked in peacetime only."""

    place = Words(label=_("哪里的名单"), needed=True, widget=forms.Select)
    reason = Words(label=_("为什么要看"), widget=forms.TextInput)


class HouseholdForm(Form):
    """A household that needs help first, written down with its consent."""

    place = Words(label=_("哪一栋、哪个单元"), needed=True, widget=forms.Select)
    words = Words(
        label=_("门牌，和来的人要知道的事"),
        needed=True,
        help_text=_("比如：302，钥匙在对门，制氧机断电能撑 2 小时"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    needs = Several(label=_("需要什么"), widget=forms.CheckboxSelectMultiple)
    name = Words(label=_("怎么称呼"), widget=forms.TextInput)
    phone = Words(label=_("电话"), widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}))
    how = Words(label=_("本人怎么同意的"), needed=True, widget=forms.RadioSelect(choices=Consent.How.choices[1:]))
    until = Day(label=_("同意到哪一天"))
    drills = forms.BooleanField(label=_("演练时也可以给来的人看"), required=False)
    only_now = forms.BooleanField(
        label=_("只为这一次应急登记"), required=False, help_text=_("应急结束 30 天后自动删掉。")
    )
    key = Words(widget=forms.HiddenInput)

    def __init__(self, data=None, *, places, needs, mode=None, **kwargs):
        super().__init__(data, initial={"key": new_key()} | kwargs.pop("initial", {}), **kwargs)
        self.fields["place"].widget.choices = places
        self.fields["needs"].choices = list(needs.items())
        if mode is None:
            del self.fields["only_now"]

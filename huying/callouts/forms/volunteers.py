"""Forms of volunteers: what is asked once, in a minute; and what the community writes down beside it."""

import datetime as dt
import re
import unicodedata

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from huying.callouts.choices import Body
from huying.directory import catalogue
from huying.kernel.forms import Form
from huying.kernel.policy import load
from huying.people.forms import NewcomerForm

SAID = [("spoken", _("当面说的")), ("phone", _("电话里说的")), ("paper", _("写在纸上的"))]
_MONTH = re.compile(r"(\d{4})\D{0,2}(\d{1,2})\D?(?:\d{1,2}\D?)?")


def day_input() -> forms.DateInput:
    """A date as the browser's own picker takes it, whatever the language of the page."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class MonthField(forms.Field):
    """A year and a month, however they are typed: 1990-05, 199005, 1990年5月; gives the first of the month."""

    widget = forms.TextInput(attrs={"type": "month", "autocomplete": "bday", "placeholder": "1990-05"})

    def clean(self, value):
        """None when nothing was typed and nothing is needed."""
        text = unicodedata.normalize("NFKC", value or "").strip()
        if not text:
            return super().clean(None)
        found = _MONTH.fullmatch(text)
        try:
            return dt.date(int(found[1]), int(found[2]), 1)
        except (TypeError, ValueError):
            raise forms.ValidationError(_("请写四位的年和两位的月，比如 1990-05。")) from None


class Ticks(forms.MultipleChoiceField):
    """Several of a list, or none."""

    def __init__(self, **kwargs):
        super().__init__(required=False, widget=forms.CheckboxSelectMultiple, **kwargs)


class Able(Form):
    """What somebody can, would rather not, and how often they may be asked."""

    skills = Ticks(label=_("您会什么"))
    avoids = Ticks(label=_("哪些不想做"), help_text=_("不用说为什么。"))
    asks_a_week = forms.TypedChoiceField(label=_("一周最多问您几次"), coerce=int)
    night_calls = forms.BooleanField(label=_("真有紧急情况，夜里也可以叫我"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        policy = load("callouts")["volunteers"]
        self.fields["skills"].choices = list(catalogue.skills().items())
        self.fields["avoids"].choices = Body.choices
        words = [(n, ngettext("%d 次", "%d 次", n) % n if n else _("不用问，我自己看")) for n in policy["asks"]]
        self.fields["asks_a_week"].choices = words
        self.fields["asks_a_week"].initial = policy["usual_asks"]


class GuardianForm(Form):
    """Which guardian agreed, and how."""

    guardian = forms.CharField(
        label=_("哪位监护人同意了"), required=False, max_length=20, help_text=_("比如“妈妈”，加密保存。")
    )
    guardian_how = forms.ChoiceField(label=_("怎么同意的"), required=False, choices=[("", _("请选")), *SAID])


class RegisterForm(NewcomerForm, Able, GuardianForm):
    """Somebody becomes a volunteer by themselves; of whom the system knows to be of age the birth is not asked."""

    born = MonthField(label=_("出生年月"), help_text=_("有的岗位有年龄限制；不用写哪一天。"))

    field_order = (
        *("skills", "avoids", "asks_a_week", "night_calls", "born", "guardian", "guardian_how"),
        *NewcomerForm.LOGIN,
        "key",
    )

    def __init__(self, *args, grown: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        if grown:
            for name in ("born", "guardian", "guardian_how"):
                del self.fields[name]


class StaffForm(Able, GuardianForm):
    """Staff write down somebody who said so."""

    called = forms.CharField(label=_("怎么称呼"), max_length=20, help_text=_("不用全名，比如“王老师”。"))
    how = forms.ChoiceField(label=_("本人是怎么说的"), choices=SAID, widget=forms.RadioSelect)
    born = MonthField(label=_("出生年月"))
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    field_order = (
        *("called", "how", "born", "guardian", "guardian_how", "skills", "avoids", "asks_a_week", "night_calls", "key"),
    )

    def named(self, name: str) -> str:
        """The action says `name` of what is asked here as `called`."""
        return "called" if name == "name" else name


class ChangeForm(Able):
    """What has changed; the month of birth only of whom it is not known."""

    born = MonthField(
        label=_("出生年月"), required=False, help_text=_("有的岗位有年龄限制；不写，这些岗位就先不开放。")
    )

    field_order = ("skills", "avoids", "asks_a_week", "night_calls", "born")

    def __init__(self, *args, with_birth: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        if not with_birth:
            del self.fields["born"]


class WeekForm(Form):
    """When somebody usually has time: one tick an hour."""

    hours = Ticks(label=_("平常什么时候有空"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["hours"].choices = [(f"{day}-{hour}", "") for day in range(7) for hour in range(24)]

    def ticks(self) -> list[tuple[int, int]]:
        """(day, hour) of what was ticked, once the form is valid."""
        pairs = (text.split("-") for text in self.cleaned_data["hours"])
        return [(int(day), int(hour)) for day, hour in pairs]


class PauseForm(Form):
    """Not before a day."""

    until = forms.DateField(label=_("到哪天以前不用问我"), widget=day_input())


class ProofForm(Form):
    """What somebody has shown that they can do."""

    skill = forms.ChoiceField(label=_("哪项技能"))
    basis = forms.CharField(
        label=_("依据"), max_length=80, help_text=_("比如“7 月的急救培训”“看过驾驶证”；号码不用抄。")
    )
    until = forms.DateField(
        label=_("有效到哪天"),
        required=False,
        help_text=_("不填就是长期有效。"),
        widget=day_input(),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["skill"].choices = [("", _("请选")), *catalogue.skills().items()]


class DeclineForm(Form):
    """Why somebody is not taken on."""

    reason = forms.CharField(
        label=_("为什么不接收"),
        max_length=200,
        help_text=_("本人会看到，请写得客气、明白。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class InsuredForm(Form):
    """Until when somebody is insured."""

    insured_until = forms.DateField(
        label=_("意外险保到哪天"),
        required=False,
        help_text=_("留空就是没有。"),
        widget=day_input(),
    )


class CompanionForm(Form):
    """With whom somebody likes to serve."""

    number = forms.CharField(
        label=_("同伴的志愿者编号"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "placeholder": "K7M2-9QXA-3",
            }
        ),
    )


class VolunteersForm(Form):
    """Which volunteers are listed."""

    skill = forms.ChoiceField(label=_("会什么"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["skill"].choices = [("", _("都看")), *catalogue.skills().items()]

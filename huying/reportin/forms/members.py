"""Forms of members: three things only, and a login for whoever has none."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.directory import catalogue
from huying.directory.models import Unit
from huying.kernel.forms import Form
from huying.people.forms import NewcomerForm
from huying.reportin.models import ExemptionReason


class Ticks(forms.MultipleChoiceField):
    """Several of a list, or none."""

    def __init__(self, **kwargs):
        super().__init__(required=False, widget=forms.CheckboxSelectMultiple, **kwargs)


class Abilities(Form):
    """What somebody can do, and how they like to help."""

    skills = Ticks(label=_("您会什么"))
    services = Ticks(label=_("愿意做哪些事"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["skills"].choices = list(catalogue.skills().items())
        self.fields["services"].choices = list(catalogue.services().items())


class UnitChoice(Form):
    """Where somebody's membership stays: found by name among the units that have reported in, or not said."""

    q = forms.CharField(
        label=_("组织关系在哪个单位"),
        required=False,
        max_length=40,
        help_text=_("写单位名称里的几个字，从名单里选。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    unit = forms.ChoiceField(label=_("选一个"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args, found: list[Unit] = (), **kwargs):
        super().__init__(*args, **kwargs)
        self.found = {str(unit.pk): unit for unit in found}
        self.fields["unit"].choices = [
            *((pk, unit.name) for pk, unit in self.found.items()),
            ("", _("不在名单里，或者不想说")),
        ]

    @property
    def chosen(self) -> Unit | None:
        """The unit, once the form is valid."""
        return self.found.get(self.cleaned_data.get("unit", ""))


class MemberForm(NewcomerForm, Abilities, UnitChoice):
    """Somebody reports in with the community where they live, which is known from the address of the page."""

    field_order = ("skills", "services", "q", "unit", *NewcomerForm.LOGIN, "key")


class SlipForm(NewcomerForm, Abilities):
    """Somebody reports in by the slip of their unit, which is known."""

    field_order = ("skills", "services", *NewcomerForm.LOGIN, "key")


class ChangeForm(Abilities, UnitChoice):
    """What has changed."""


class ExemptForm(Form):
    """Why somebody need not report in for a while, and until when; it has no effect on anything."""

    reason = forms.ChoiceField(label=_("原因"), choices=ExemptionReason.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("想补充的话"), required=False, max_length=40, help_text=_("不用写细节。加密保存，到期就删。")
    )
    until = forms.DateField(label=_("到哪一天"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean_until(self):
        """A day after today."""
        day = self.cleaned_data["until"]
        if day <= timezone.localdate():
            raise forms.ValidationError(_("请填今天以后的日子。"))
        return day


class ExemptOtherForm(ExemptForm):
    """A unit says it of one of its people who has no login here."""

    called = forms.CharField(label=_("谁"), max_length=20, help_text=_("写单位里怎么称呼就行。加密保存，到期就删。"))

    field_order = ("called", "reason", "words", "until")


class ListForm(Form):
    """A unit's list of its people."""

    file = forms.FileField(
        label=_("名单文件"),
        max_length=200,
        allow_empty_file=True,
        help_text=_("XLSX 或 CSV，不超过 5 MB。第一行写：姓名、工号、社区；后两项可以不写。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )


class FilterForm(Form):
    """Which members are listed."""

    skill = forms.ChoiceField(label=_("会什么"), required=False)
    service = forms.ChoiceField(label=_("愿意做什么"), required=False)
    unit = forms.ChoiceField(label=_("单位"), required=False)

    def __init__(self, *args, units: list[Unit], **kwargs):
        super().__init__(*args, **kwargs)
        everything = [("", _("都看"))]
        self.fields["skill"].choices = everything + list(catalogue.skills().items())
        self.fields["service"].choices = everything + list(catalogue.services().items())
        self.fields["unit"].choices = everything + [(str(unit.pk), unit.name) for unit in units]

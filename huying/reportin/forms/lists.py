"""The forms of the three lists. They bind and show; what can be taken is decided by the actions, in one place."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.directory.catalogue import services, skills
from huying.kernel.forms import Form
from huying.reportin.choices_lists import Day, Part
from huying.reportin.rules_match import SLOTS


class ListForm(Form):
    """A form of the three lists."""


class Key(forms.CharField):
    """The key made with the form."""

    def __init__(self):
        super().__init__(min_length=8, max_length=64, widget=forms.HiddenInput)


class Boxes(forms.MultipleChoiceField):
    """Several of a list, as tiles."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs):
        super().__init__(required=False, **kwargs)


class Date(forms.DateField):
    """A day, with the picker of the device."""

    def __init__(self, **kwargs):
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


# The list holds current places only: one that ended since the page was opened is said to have.
GONE = {"invalid_choice": _("这个地点已经停用，或者不归您发，请另选一个。")}


def _places(places) -> list[tuple[str, str]]:
    return [(str(pk), words) for pk, words in places]


class NeedForm(ListForm):
    """What is needed: a sentence and a tap; the rest is filled in or may be left out."""

    text = forms.CharField(
        label=_("要做什么？"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("大家都看得到，不要写姓名、电话和门牌。"),
    )
    services = Boxes(label=_("哪种服务？"), choices=lambda: list(services().items()))
    skills = Boxes(label=_("要什么本领？"), choices=lambda: list(skills().items()))
    place = forms.ChoiceField(label=_("在哪里？"), error_messages=GONE)
    people = forms.IntegerField(label=_("要几个人？"), initial=1, min_value=1)
    day_from = Date(label=_("哪天，或者从哪天"), required=False)
    day_to = Date(label=_("到哪天"), required=False)
    parts = Boxes(label=_("什么时候方便？"), choices=Part.choices)
    key = Key()

    def __init__(self, *args, places=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = _places(places)


class ResourceForm(ListForm):
    """What somebody offers: a sentence, a tap, and when in the week."""

    text = forms.CharField(
        label=_("能提供什么？"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("大家都看得到，不要写姓名、电话和门牌。"),
    )
    services = Boxes(label=_("哪种服务？"), choices=lambda: list(services().items()))
    skills = Boxes(label=_("会什么？"), choices=lambda: list(skills().items()))
    slots = Boxes(
        label=_("一周里什么时候有空？"),
        choices=[(slot, slot) for slot in SLOTS],
        help_text=_("不勾也行，就写“时间好商量”。"),
    )
    place = forms.ChoiceField(label=_("在哪里？"), error_messages=GONE)
    unit = forms.ChoiceField(label=_("以谁的名义？"), required=False, widget=forms.RadioSelect)
    key = Key()

    def __init__(self, *args, places=(), units=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = _places(places)
        self.fields["unit"].choices = units
        if len(units) < 2:
            self.fields["unit"].widget = forms.HiddenInput()

    @property
    def week(self) -> list[tuple[str, list[tuple[str, str, bool]]]]:
        """The week as a grid: for each day its parts as (slot, words, ticked)."""
        ticked = set(self["slots"].value() or ())
        return [
            (
                str(day.label),
                [(f"{day}{part}", f"{day.label}{part.label}", f"{day}{part}" in ticked) for part in Part],
            )
            for day in Day
        ]

    @property
    def parts(self) -> list[str]:
        """The heads of the grid's columns."""
        return [str(part.label) for part in Part]


class DispatchForm(ListForm):
    """To whom a need is shown; what fits is ticked already."""

    resources = Boxes(label=_("合适的资源"))
    members = forms.BooleanField(label=_("合适的报到党员"), required=False)
    units = Boxes(label=_("附近的单位"))

    def __init__(self, *args, resources=(), units=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["resources"].choices = resources
        self.fields["units"].choices = units


class ClaimForm(ListForm):
    """For whom one takes something on or signs up: oneself, or a unit that one speaks for."""

    unit = forms.ChoiceField(label=_("以谁的名义？"), required=False, widget=forms.RadioSelect)

    def __init__(self, *args, units=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = units
        if len(units) < 2:
            self.fields["unit"].widget = forms.HiddenInput()


class PlanForm(ListForm):
    """By when a project is done."""

    due_on = Date(label=_("哪天做完？"))
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class PlanStepForm(ListForm):
    """One step of a project."""

    words = forms.CharField(label=_("做什么"), max_length=60, required=False)
    day = Date(label=_("哪天"), required=False)

    def __init__(self, *args, **kwargs):
        kwargs["auto_id"] = "step_%s"
        super().__init__(*args, **kwargs)
        # One line a step: what they are stands above the list, and for a screen reader with each.
        for field in self.fields.values():
            field.widget.attrs |= {"class": "input", "aria-label": field.label}


PlanSteps = forms.formset_factory(PlanStepForm, extra=0, max_num=12)


class FinishForm(ListForm):
    """What was done, for those it served and for everybody."""

    outcome = forms.CharField(
        label=_("做了什么？"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("大家都看得到，不要写姓名、电话和门牌。"),
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class WordForm(ListForm):
    """The word of those it served; nothing is chosen beforehand."""

    came = forms.ChoiceField(
        label=_("服务到了吗？"),
        widget=forms.RadioSelect,
        choices=[("yes", _("到了")), ("no", _("还没到"))],
    )
    words = forms.CharField(
        label=_("想说的话"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("还没到的话，请说说还差什么。不用留姓名。"),
    )
    key = Key()

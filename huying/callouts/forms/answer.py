"""The small forms of answering, and those of the organiser's steps."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.callouts.forms.post import FEW_ROWS, Moment
from huying.kernel.forms import Form, Words


class CanForm(Form):
    """'I can come, from … to …'; without times it is the whole of it."""

    can_from = Moment(label=_("从几时"))
    can_to = Moment(label=_("到几时"))
    any_post = forms.BooleanField(label=_("哪个岗位都行，请安排"), required=False)
    words = Words(label=_("想说的话"), widget=forms.TextInput(attrs={"autocomplete": "off"}))


class WithdrawForm(Form):
    """After the closing time, a word to the organiser."""

    words = Words(label=_("留一句话给组织的人"), widget=FEW_ROWS)


class CallOffForm(Form):
    """Calling everything off."""

    reason = Words(label=_("为什么取消？报了名的人会看到"), needed=True, widget=FEW_ROWS)


class ReopenForm(Form):
    """A new closing time."""

    closes_at = Moment(label=_("报名截止改到"))


class BehalfForm(Form):
    """Somebody signs up by phone."""

    who = Words(label=_("谁？写名字或者志愿者编号"), needed=True, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    shift = Words(label=_("哪个岗位"), needed=True, widget=forms.Select)

    def __init__(self, *args, shifts, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["shift"].widget.choices = shifts

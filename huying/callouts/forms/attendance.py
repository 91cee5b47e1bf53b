"""What is asked at the place: six digits, or who came without having signed up."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.kernel.forms import Form, Words


class CodeForm(Form):
    """The digits under the picture, for whoever cannot scan it."""

    code = Words(
        label=_("六位签到码"),
        needed=True,
        help_text=_("在现场的屏幕上，二维码下面。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 12}),
    )


class WalkInForm(Form):
    """Somebody came who had not signed up; they are registered already."""

    who = Words(label=_("谁？写名字或者志愿者编号"), needed=True, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    shift = Words(label=_("哪个岗位"), needed=True, widget=forms.Select)

    def __init__(self, *args, shifts, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["shift"].widget.choices = shifts


class MistakeForm(Form):
    """Why a check-in is taken back."""

    reason = Words(label=_("为什么撤回"), needed=True, widget=forms.TextInput(attrs={"maxlength": 200}))

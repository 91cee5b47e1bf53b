"""Forms of certificates."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.callouts.forms.volunteers import day_input
from huying.kernel.forms import Form


class CertificateForm(Form):
    """What a certificate speaks of, and whose name stands on it."""

    name = forms.CharField(
        label=_("印在证明上的姓名"), max_length=20, help_text=_("只印在这一张上，加密保存；网上核对的人只看到姓。")
    )
    first = forms.DateField(label=_("从哪天"), widget=day_input())
    last = forms.DateField(label=_("到哪天"), widget=day_input())
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)


class RevokeForm(Form):
    """Why a certificate does not hold."""

    reason = forms.CharField(
        label=_("为什么收回"),
        max_length=200,
        help_text=_("核对这个编号的人都会看到。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ContactForm(Form):
    """Where one can ask about certificates."""

    contact = forms.CharField(
        label=_("印在证明上的联系方式"), max_length=80, help_text=_("办公电话或地址，不写个人的。")
    )


class VerifyForm(Form):
    """The number on a paper."""

    number = forms.CharField(
        label=_("证明编号"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "inputmode": "text"}
        ),
    )

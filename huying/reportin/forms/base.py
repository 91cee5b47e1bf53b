"""What the forms of report-in share: refusals where they belong, a key against double taps, the fields of a login."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.kernel.forms import Form
from huying.reportin.newcomers import Newcomer


class NewcomerForm(Form):
    """The fields by which somebody gets a login on the way; gone for whoever is logged in."""

    called = forms.CharField(
        label=_("怎么称呼您"),
        max_length=20,
        help_text=_("不用全名，比如“王老师”。"),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    username = forms.CharField(
        label=_("给自己起个用户名"),
        max_length=40,
        help_text=_("小写字母和数字，比如 wanglaoshi；以后用它登录。"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=128,
        strip=False,
        help_text=_("至少 8 个字，别用生日和 12345678 这样的。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    LOGIN = ("called", "username", "password")

    def named(self, name: str) -> str:
        """Actions say `name` of what is asked here as `called`."""
        return "called" if name == "name" and "called" in self.fields else name

    def __init__(self, *args, known: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if known:
            for name in self.LOGIN:
                del self.fields[name]

    @property
    def asks_for_login(self) -> bool:
        """Whether the form has the fields of a login."""
        return "username" in self.fields

    @property
    def newcomer(self) -> Newcomer | None:
        """Who wants a login, once the form is valid; None for whoever is logged in."""
        given = self.cleaned_data
        return Newcomer(given["username"], given["called"], given["password"]) if self.asks_for_login else None

    @property
    def login_fields(self):
        """The bound fields of the login, in order."""
        return [self[name] for name in self.LOGIN if name in self.fields]

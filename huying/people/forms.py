"""What people pages ask for."""

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.kernel.forms import Form
from huying.people.models import ROLE_NAMES, Person
from huying.people.newcomers import Newcomer


class AppointForm(forms.Form):
    """Who, to which post, until when: somebody with a login here, or somebody new."""

    role = forms.ChoiceField(label=_("岗位"))
    username = forms.CharField(
        label=_("用户名"),
        max_length=40,
        help_text=_("已有账号的人，填他的用户名；新来的人，给他起一个，用字母和数字。"),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("称呼"),
        max_length=20,
        required=False,
        help_text=_("新来的人才填：姓加岗位，比如“芦楼长”，不用全名。"),
    )
    phone = forms.CharField(
        label=_("工作电话"),
        max_length=30,
        required=False,
        help_text=_("新来的人才填；用来发提醒，别人看不到。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    valid_to = forms.DateField(
        label=_("任期到哪一天"),
        required=False,
        help_text=_("不填就是一直任到免去。"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args, roles, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role, ROLE_NAMES[role]) for role in roles]
        if len(roles) == 1:
            self.fields["role"].initial = roles[0]

    def clean_username(self):
        """Usernames are in lower case."""
        return self.cleaned_data["username"].strip().lower()

    def clean_valid_to(self):
        """A term ends after today."""
        day = self.cleaned_data["valid_to"]
        if day is not None and day <= timezone.localdate():
            raise forms.ValidationError(_("请填今天以后的日子。"))
        return day

    def clean(self):
        """Somebody new needs a name."""
        cleaned = super().clean()
        username = cleaned.get("username")
        if username:
            self.found = Person.objects.filter(username=username).first()
            if self.found is None and not cleaned.get("name"):
                self.add_error("name", _("没有人用这个用户名。如果是新来的人，请填称呼；否则请看看用户名有没有写错。"))
        return cleaned


class MeForm(forms.Form):
    """What a person says of themselves."""

    phone = forms.CharField(
        label=_("工作电话"),
        max_length=30,
        required=False,
        help_text=_("用来发提醒，别人看不到。留空就不改；要删掉，勾下面的框。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    remove_phone = forms.BooleanField(label=_("删掉我的电话"), required=False)
    language = forms.ChoiceField(
        label=_("语言"),
        required=False,
        choices=[("", _("跟着浏览器")), *settings.LANGUAGES],
    )
    elder = forms.BooleanField(label=_("在哪台电脑上都用大字"), required=False)

    def __init__(self, *args, has_phone: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not has_phone:
            del self.fields["remove_phone"]
            self.fields["phone"].help_text = _("用来发提醒，别人看不到。")


class WelcomeForm(forms.Form):
    """A new password, typed twice."""

    password = forms.CharField(
        label=_("密码"),
        max_length=128,
        strip=False,
        help_text=_("至少 8 个字，别用生日和 12345678 这样的。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再写一遍"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self):
        """Both are the same."""
        cleaned = super().clean()
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("两遍不一样，请再写一遍。"))
        return cleaned


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

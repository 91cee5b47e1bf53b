"""What a form says where something was left empty."""

import pytest
from allauth.account.forms import ChangePasswordForm, LoginForm
from django import forms
from django.utils import translation

from huying.kernel.forms import Form


class Trip(Form):
    """A field of each kind."""

    where = forms.CharField()
    day = forms.DateField()
    how = forms.ChoiceField(choices=[("foot", "foot")])
    ways = forms.MultipleChoiceField(choices=[("foot", "foot")], widget=forms.CheckboxSelectMultiple)
    plan = forms.FileField()
    agreed = forms.BooleanField()
    words = forms.CharField(error_messages={"required": "请写一句。"})


def said(form) -> dict:
    return {name: list(words) for name, words in form.errors.items()}


def test_what_is_empty_is_told_warmly():
    assert said(Trip({})) == {
        "where": ["还没有填。"],
        "day": ["还没有填。"],
        "how": ["还没有选。"],
        "ways": ["还没有选。"],
        "plan": ["还没有选文件。"],
        "agreed": ["还没有勾选。"],
        "words": ["请写一句。"],
    }


def test_in_english_too():
    with translation.override("en"):
        assert list(said(Trip({})).values())[:6:2] == [
            ["Not filled in yet."],
            ["Not chosen yet."],
            ["No file chosen yet."],
        ]
        assert said(Trip({}))["agreed"] == ["Not ticked yet."]


@pytest.mark.parametrize("form", [LoginForm, ChangePasswordForm])
def test_the_forms_for_logging_in_say_the_same(form):
    words = {word for found in said(form(data={})).values() for word in found}
    assert words == {"还没有填。"}

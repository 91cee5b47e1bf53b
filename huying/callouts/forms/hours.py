"""What is asked of hours: minutes with a reason, times put right, 'this is not right', and the answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.callouts.forms.post import Moment
from huying.kernel.forms import Form, Words

REASON = {"rows": 2, "maxlength": 200}


class GrantForm(Form):
    """Minutes beside those measured."""

    minutes = forms.IntegerField(
        label=_("认定多少分钟"), required=False, widget=forms.NumberInput(attrs={"inputmode": "numeric", "min": 0})
    )
    reason = Words(label=_("为什么"), needed=True, widget=forms.Textarea(attrs=REASON))


class CorrectForm(Form):
    """Check-in and check-out put right."""

    came = Moment(label=_("签到"))
    left = Moment(label=_("签退"))
    reason = Words(label=_("为什么更正"), needed=True, widget=forms.Textarea(attrs=REASON))


class QuestionForm(Form):
    """'This is not right'."""

    words = Words(label=_("哪里不对"), needed=True, widget=forms.Textarea(attrs=REASON))


class AnswerForm(Form):
    """The organiser's answer."""

    words = Words(label=_("答复"), needed=True, widget=forms.Textarea(attrs=REASON))

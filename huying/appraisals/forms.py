"""What appraisals ask for: a level in words, one sentence, and the appraised's answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.appraisals.actions.entries import MOST
from huying.appraisals.catalogue import levels
from huying.kernel.forms import Form, new_key

FEW_ROWS = forms.Textarea(attrs={"rows": 2, "maxlength": MOST})


class EntryForm(Form):
    """What the forms share: a key against double taps."""

    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        kwargs["initial"] = {"key": new_key()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)


class WriteForm(EntryForm):
    """One unit or member: not appraised unless somebody says so."""

    level = forms.ChoiceField(label=_("选一档"), required=False, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("一句话"),
        required=False,
        max_length=MOST,
        widget=FEW_ROWS,
        help_text=_("记录已经在旁边，只写一句：好在哪里，还可以怎样。对方看得到，也可以答复。"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [("", _("不评议")), *levels().items()]

    def clean(self):
        """Words without a level would be lost, so the choice is asked for."""
        data = super().clean()
        if data.get("words", "").strip() and not data.get("level") and "level" not in self.errors:
            self.add_error("level", _("写了话还没有选；只想写话就选“只写几句”，不评议就把话删掉。"))
        return data

    @property
    def says_something(self) -> bool:
        """Whether anything but 'not appraised' was chosen."""
        return bool(self.cleaned_data.get("level"))


class CorrectForm(EntryForm):
    """The same once more, or taken back; what was said stays readable."""

    level = forms.ChoiceField(label=_("改成"), required=False, widget=forms.RadioSelect)
    words = forms.CharField(label=_("为什么改"), required=False, max_length=MOST, widget=FEW_ROWS)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [*levels().items(), ("", _("收回，不评议"))]


class ReplyForm(EntryForm):
    """What the appraised answers."""

    text = forms.CharField(
        label=_("您的答复"), required=False, max_length=MOST, widget=forms.Textarea(attrs={"rows": 3})
    )

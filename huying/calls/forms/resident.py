"""The forms of residents' pages. They bind and show; what can be taken is decided by the actions, in one place."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.calls.catalogue import categories, numbers
from huying.calls.choices import Rating
from huying.kernel.forms import Form, Words

# Shown first, since most calls are about them; the others fold out.
CHIPS = 8


class Photos(forms.FileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class RaiseForm(Form):
    """What a resident says; only the words are needed."""

    text = Words(
        label=_("是什么事？"),
        needed=True,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    category = Words(label=_("哪一类？"), widget=forms.RadioSelect)
    photos = forms.FileField(label=_("照片"), required=False, widget=Photos)
    name = Words(label=_("怎么称呼您"), widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = Words(
        label=_("电话"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    private = forms.BooleanField(label=_("不要公开这件事"), required=False)
    key = Words(widget=forms.HiddenInput)
    same = Words(widget=forms.HiddenInput)
    # Nobody sees it; a program that fills in everything does.
    website = Words(widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Built only when the page is drawn: a call that is taken needs no list.
        self.fields["category"].widget.choices = lambda: [(one.code, one.name) for one in categories().values()]

    @property
    def most(self) -> int:
        """How many characters a call may have."""
        return numbers()["text"]["most"]


class BehalfForm(RaiseForm):
    """What staff write down for a resident: on the stairs, at the counter, on the phone."""

    place = Words(label=_("在哪里？"), needed=True, widget=forms.RadioSelect)
    channel = Words(
        label=_("怎么来的？"),
        needed=True,
        widget=forms.RadioSelect(choices=[("head", _("当面代呼")), ("counter", _("窗口")), ("phone", _("电话"))]),
    )
    agreed = forms.BooleanField(label=_("本人同意由我代为提出，并留下联系方式"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("怎么称呼")
        self.fields["text"].widget.attrs["rows"] = 4


class SayForm(Form):
    """What the resident adds to their call."""

    text = Words(label=_("还想说什么？"), widget=forms.Textarea(attrs={"rows": 3}))
    photos = forms.FileField(label=_("照片"), required=False, widget=Photos)
    key = Words(widget=forms.HiddenInput)


class AnswerForm(Form):
    """The resident's word on the answer; nothing is chosen beforehand."""

    rating = Words(label=_("您满意吗？"), widget=forms.RadioSelect(choices=Rating.choices))
    again = Words(label=_("要不要再办一次？"), widget=forms.RadioSelect)
    text = Words(label=_("想说的话"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, last: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        yes = _("要，转到小区联席会，大家一起定") if last else _("要，请再办一次")
        self.fields["again"].widget.choices = [("yes", yes), ("no", _("不用了，就这样"))]


class ReasonForm(Form):
    """One sentence, needed or not."""

    reason = Words(label=_("说说原因"), widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, last: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.last = last

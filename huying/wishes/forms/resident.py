"""The forms in which a wish is told: by the wisher, or by whoever writes it down for them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.kernel.forms import Form, Words
from huying.wishes.catalogue import numbers
from huying.wishes.choices import Kind, Rating
from huying.wishes.forms.base import FEW_ROWS


class WishForm(Form):
    """What a wisher says; only the words and one way to be reached are needed."""

    text = Words(label=_("您想要什么？"), needed=True, widget=forms.Textarea(attrs={"rows": 3}))
    kind = Words(label=_("是哪一类？"), widget=forms.RadioSelect(choices=Kind.choices))
    name = Words(label=_("怎么称呼您"), widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = Words(label=_("电话"), widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}))
    address = Words(label=_("住在哪一户"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    through_writer = forms.BooleanField(label=_("不留电话，由楼栋长转告"), required=False)
    agreed = forms.BooleanField(label=_("同意认领的人看到称呼、电话和住址"), required=False)
    hardship = Words(label=_("为什么想要它"), widget=FEW_ROWS)
    agreed_hardship = forms.BooleanField(label=_("同意认领的人看到这段话"), required=False)
    minor = forms.BooleanField(label=_("许愿的是不满十四岁的孩子"), required=False)
    guardian = forms.BooleanField(label=_("我是监护人，我同意"), required=False)
    key = Words(widget=forms.HiddenInput)
    # Nobody sees it; a program that fills in everything does.
    website = Words(widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))

    @property
    def most(self) -> int:
        """How many characters a wish may have."""
        return numbers()["text"]["most"]


class VisitForm(WishForm):
    """What a building head or the community writes down for a wisher, in a visit or at the counter."""

    place = Words(label=_("在哪里？"), needed=True, widget=forms.RadioSelect)
    channel = Words(
        label=_("怎么来的？"),
        needed=True,
        widget=forms.RadioSelect(choices=[("head", _("走访时说的")), ("counter", _("来窗口说的"))]),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, label in (
            ("text", _("想要什么？")),
            ("name", _("怎么称呼")),
            ("through_writer", _("不留电话，由我转告")),
            ("agreed", _("本人当面同意：认领的人看到称呼、电话和住址")),
            ("agreed_hardship", _("本人当面同意：认领的人看到这段话")),
            ("guardian", _("监护人当面同意")),
        ):
            self.fields[name].label = label


class AnswerForm(Form):
    """The wisher's word on what came; nothing is chosen beforehand."""

    rating = Words(label=_("心愿实现了吗？"), widget=forms.RadioSelect(choices=Rating.choices))
    again = Words(
        label=_("要不要请别人再来？"),
        widget=forms.RadioSelect(choices=[("yes", _("要，这不是我想要的")), ("no", _("不用了，就这样"))]),
    )
    text = Words(label=_("想说的话"), widget=FEW_ROWS)


class SayForm(Form):
    """What the wisher says to whoever took their wish on."""

    text = Words(label=_("想对认领的人说什么？"), widget=FEW_ROWS)
    key = Words(widget=forms.HiddenInput)


class TakeDownForm(Form):
    """Taking the wish back; a reason may be given."""

    reason = Words(label=_("为什么取下？可以不说"), widget=FEW_ROWS)

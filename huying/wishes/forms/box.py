"""The form for a list from a paper box."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.kernel.forms import Form, Words


class BoxForm(Form):
    """A list of wishes, and of which place."""

    place = Words(label=_("哪里的心愿箱？"), needed=True, widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("表格文件"),
        error_messages={"required": _("请选一个文件。")},
        max_length=200,
        allow_empty_file=True,
        help_text=_("XLSX 或 CSV，最多 500 行。第一行写：心愿、称呼、电话、楼栋、住址、同意。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )

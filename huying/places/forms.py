"""What the pages of places ask for."""

from django import forms
from django.utils.translation import gettext_lazy as _


class UploadForm(forms.Form):
    """A list of buildings and households."""

    file = forms.FileField(
        label=_("表格文件"),
        max_length=200,
        allow_empty_file=True,
        help_text=_("XLSX 或 CSV，不超过 5 MB。第一行写：小区、楼栋、单元、门牌号。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )

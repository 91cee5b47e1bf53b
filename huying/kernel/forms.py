"""The operator's form for days of the calendar."""

from django import forms
from django.utils.translation import gettext_lazy as _

LARGEST = 200_000  # characters; a year has a few dozen lines


class DaysForm(forms.Form):
    """Lines typed in, or a file with them."""

    days = forms.CharField(
        label=_("日子"),
        required=False,
        max_length=LARGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "placeholder": "2027-01-01,休,元旦\n2027-01-10,班,元旦调休"}),
    )
    file = forms.FileField(
        label=_("或者选一个 CSV 文件"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self):
        """The text of the file, UTF-8 or GB 18030."""
        upload = self.cleaned_data["file"]
        if not upload:
            return ""
        if upload.size > LARGEST:
            raise forms.ValidationError(_("文件太大了；一年的日历只有几十行。"))
        data = upload.read()
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
        raise forms.ValidationError(_("这个文件读不出来，请另存为 CSV 再试。"))

    def text(self) -> str:
        """What was given: the file if there is one, else what was typed."""
        return self.cleaned_data["file"] or self.cleaned_data["days"]

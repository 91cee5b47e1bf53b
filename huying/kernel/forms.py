"""What forms share: words as typed, a key against double taps, refusals where they belong; and the operator's days."""

import secrets

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.kernel.errors import Refusal

LARGEST = 200_000  # characters; a year has a few dozen lines

# Warm words for what was left empty, in every form of the system, the library's for logging in among them: fields take
# their words from here when they are made, so this module is imported before any form is (see apps).
for kind, words in (
    (forms.Field, _("还没有填。")),
    (forms.ChoiceField, _("还没有选。")),
    (forms.FileField, _("还没有选文件。")),
    (forms.BooleanField, _("还没有勾选。")),
):
    kind.default_error_messages = {**kind.default_error_messages, "required": words}


def new_key() -> str:
    """A key made with a form: sent twice, it is one thing."""
    return secrets.token_urlsafe(16)


class Words(forms.CharField):
    """Text as it was typed: the action cleans it, and says in words what cannot be taken."""

    def __init__(self, *, needed: bool = False, **kwargs):
        super().__init__(required=False, strip=False, **kwargs)
        # Shown as needed; whether it is there is asked by the action.
        self.required = needed

    def to_python(self, value):
        return "" if value is None else str(value)

    def clean(self, value):
        return self.to_python(value)


class Form(forms.Form):
    """A form that keeps what was typed and shows a refusal where it belongs."""

    # The server's words say what is missing, on the field; a browser's bubble would say it in its own language.
    use_required_attribute = False

    def __init__(self, *args, **kwargs):
        # Several forms stand on one page, and a label must find its own field.
        kwargs.setdefault("auto_id", f"{type(self).__name__.lower()}_%s")
        super().__init__(*args, label_suffix="", **kwargs)

    def named(self, name: str) -> str:
        """The form's own name of a field that a refusal names."""
        return name

    def refuse(self, refusal: Refusal) -> None:
        """Put a refusal's words at their fields, or on top when the form has no such field in sight."""
        self.is_valid()
        for given, words in (getattr(refusal, "fields", None) or {"": refusal.reason}).items():
            name = self.named(given)
            visible = name in self.fields and not self.fields[name].widget.is_hidden
            if words not in self.errors.get(name if visible else "__all__", []):
                self.add_error(name if visible else None, words)
            if visible:
                self.fields[name].widget.attrs["aria-invalid"] = "true"


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

"""Forms of units: reporting in, being invited, being received."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.directory.models import Unit, UnitKind
from huying.kernel.forms import Form
from huying.people.forms import NewcomerForm

# Those that report in most often stand first in the list.
KINDS = [("", _("请选一种")), *UnitKind.choices]


class AskForm(NewcomerForm):
    """A unit by itself: one that the actor speaks for already, or what it is called and what it is."""

    unit = forms.ChoiceField(label=_("哪个单位"), required=False, widget=forms.RadioSelect)
    name = forms.CharField(
        label=_("单位名称"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    kind = forms.ChoiceField(label=_("类型"), choices=KINDS)

    field_order = ("unit", "name", "kind", *NewcomerForm.LOGIN, "key")

    def __init__(self, *args, own: list[Unit] = (), **kwargs):
        super().__init__(*args, **kwargs)
        self.own = {str(unit.pk): unit for unit in own}
        if own:
            self.fields["unit"].choices = [*((pk, unit.name) for pk, unit in self.own.items()), ("", _("另一个单位"))]
            self.fields["unit"].initial = str(own[0].pk)
            for name in ("name", "kind"):
                self.fields[name].required = False
        else:
            del self.fields["unit"]

    def refuse(self, refusal) -> None:
        """A name that cannot be taken is the unit's when the unit's kind is asked beside it."""
        self.is_valid()
        for name, words in (refusal.fields or {"": refusal.reason}).items():
            self.add_error(name if name in self.fields else None, words)

    def clean(self):
        """One of one's own, or a name and a kind."""
        cleaned = super().clean()
        self.chosen = self.own.get(cleaned.get("unit", ""))
        if self.own and self.chosen is None:
            for name, words in (("name", _("请写单位名称。")), ("kind", _("请选一种类型。"))):
                if not cleaned.get(name):
                    self.add_error(name, words)
        return cleaned


class InvitedForm(NewcomerForm):
    """Whoever follows an invitation needs a login, and nothing else: the unit is known."""


class InviteForm(Form):
    """Which unit is invited."""

    name = forms.CharField(label=_("单位名称"), max_length=80)
    kind = forms.ChoiceField(label=_("类型"), choices=KINDS)


class ReasonForm(Form):
    """One sentence that the unit will read."""

    reason = forms.CharField(
        label=_("原因"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("对方会看到。"),
    )  # fmt: skip

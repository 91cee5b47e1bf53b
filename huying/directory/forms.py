"""What directory pages ask for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.directory.models import UnitKind
from huying.people.models import Person


class UnitForm(forms.Form):
    """A new unit at one of the actor's places."""

    name = forms.CharField(label=_("名称"), max_length=80)
    kind = forms.ChoiceField(label=_("类型"), choices=UnitKind.choices)
    place = forms.ModelChoiceField(label=_("在哪里"), queryset=None, help_text=_("它为这里和下面的地方办事。"))
    duties = forms.CharField(label=_("职责"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, places, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places
        self.fields["place"].empty_label = None


class SeatForm(forms.Form):
    """Who speaks for a unit, by username."""

    username = forms.CharField(label=_("用户名"), max_length=40)

    def clean_username(self):
        """Somebody with a login."""
        person = Person.objects.filter(username=self.cleaned_data["username"].strip().lower(), is_active=True).first()
        if person is None:
            raise forms.ValidationError(_("没有人用这个用户名。"))
        self.person = person
        return person.username

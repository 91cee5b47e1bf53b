"""What the forms of wishes share: words as typed, refusals where they belong, a page's version."""

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from huying.kernel.forms import Form, new_key
from huying.kernel.scopes import Actor
from huying.wishes.fitting import ICONS, LEADS, SENDS
from huying.wishes.models import Wish
from huying.wishes.workflow import WISH

FEW_ROWS = forms.Textarea(attrs={"rows": 2})
INCOMPLETE = _("这一页不完整，请刷新后再试。")


class StepForm(Form):
    """The form of one step: bound to a wish and to who acts; `act` takes the step."""

    version = forms.IntegerField(
        min_value=0, widget=forms.HiddenInput, error_messages={"required": INCOMPLETE, "invalid": INCOMPLETE}
    )
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, wish: Wish, actor: Actor, step: str):
        self.wish, self.actor, self.step = wish, actor, step
        first = {"version": wish.version, "key": new_key()} | self.first()
        super().__init__(data, initial=first, auto_id=f"{step}_%s")
        self.shape()

    def first(self) -> dict:
        """What is known already and filled in."""
        return {}

    def shape(self) -> None:
        """Choices and labels that depend on the wish."""

    def act(self) -> dict[str, str] | None:
        """Take the step, and return what it opened if it opens something; Refusals go to the view."""
        raise NotImplementedError

    @property
    def to(self) -> str:
        """Where the form is sent."""
        return reverse("wish-do", args=[self.wish.pk, self.step])

    @property
    def label(self) -> str:
        """The step's name in the table."""
        return WISH[self.step].label

    @property
    def send_label(self) -> str:
        """The words of the button that sends it."""
        return SENDS.get(self.step, self.label)

    @property
    def icon(self) -> str:
        """The icon of the step."""
        return ICONS.get(self.step, "")

    @property
    def lead(self) -> str:
        """What happens then, in a sentence above the fields."""
        return LEADS.get(self.step, "")

    @property
    def given(self) -> dict:
        """The actor and the version, as every action takes them."""
        return {"by": self.actor, "version": self.cleaned_data["version"]}

    def renewed(self, wish: Wish) -> None:
        """Go on from the wish as it is now, keeping what was typed: the next submit is on purpose."""
        self.wish = wish
        self.data = self.data.copy()
        self.data["version"] = str(wish.version)

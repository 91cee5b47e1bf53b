"""The forms of the steps that staff and claimants take."""

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from huying.directory.queries import giving_units
from huying.kernel.errors import BadInput
from huying.kernel.forms import Words
from huying.people.private_words import mask, private_words
from huying.wishes import actions
from huying.wishes.catalogue import numbers
from huying.wishes.choices import Kind, Rating
from huying.wishes.forms.base import FEW_ROWS, StepForm
from huying.wishes.workflow import claimant


class WallForm(StepForm):
    """What everybody will read of a wish."""

    public_text = Words(label=_("挂在树上的文字"), needed=True, widget=FEW_ROWS)
    alias = Words(label=_("称呼"), needed=True)
    kind = Words(label=_("是哪一类？"), needed=True, widget=forms.RadioSelect(choices=Kind.choices))
    value = forms.IntegerField(
        label=_("大约多少元"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": _("请填整数，或者不填。")},
    )
    givers = forms.IntegerField(
        label=_("最多几方一起"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": _("请填整数，或者不填。")},
    )

    def first(self) -> dict:
        wish = self.wish
        most = numbers()["text"]["public_most"]
        return {
            "public_text": wish.public_text or mask(" ".join(wish.text.split()))[:most],
            "alias": wish.alias,
            "kind": wish.kind,
            "value": wish.value,
            "givers": wish.givers,
        }

    @property
    def warned(self) -> list[str]:
        """What in the wisher's own words gives somebody away."""
        found = {words for _kind, words in private_words(self.wish.text, home=True)}
        return sorted(one for one in found if not any(one != other and one in other for other in found))

    @property
    def shown(self) -> dict:
        """What the actions take."""
        cleaned = self.cleaned_data
        return {
            "public_text": cleaned["public_text"],
            "alias": cleaned["alias"],
            "kind": cleaned["kind"],
            "value": cleaned["value"],
            "givers": cleaned["givers"] if cleaned["givers"] is not None else 1,
        }


class VerifyForm(WallForm):
    """Verify, and usually hang it on the tree at once."""

    at_once = forms.BooleanField(label=_("现在就挂上心愿树"), required=False)

    def first(self) -> dict:
        return super().first() | {"at_once": True}

    def act(self):
        from django.db import transaction

        with transaction.atomic():
            actions.verify(self.wish, **self.shown, **self.given)
            if self.cleaned_data["at_once"]:
                actions.publish(self.wish, by=self.actor)


class RewordForm(WallForm):
    """Change what everybody reads."""

    def act(self):
        actions.reword(self.wish, **self.shown, **self.given)


class PlainForm(StepForm):
    """A step that needs nothing more than the tap."""

    def act(self):
        getattr(actions, self.step)(self.wish, **self.given)


class ReasonForm(StepForm):
    """A step with a reason, needed or not."""

    reason = Words(label=_("原因"), widget=FEW_ROWS)
    NEEDED = ("decline", "reoffer")

    def shape(self):
        field = self.fields["reason"]
        field.required = self.step in self.NEEDED
        if self.step == "reoffer":
            field.label = _("哪里不对？")
        elif self.step not in self.NEEDED:
            field.label = _("原因，可以不说")

    def act(self):
        getattr(actions, self.step)(self.wish, self.cleaned_data["reason"], **self.given)


class WordsForm(StepForm):
    """A step with words for the wisher's page, needed or not."""

    text = Words(label=_("捎给许愿人的话"), widget=FEW_ROWS)

    def shape(self):
        if self.step == "say" and not claimant(self.actor, self.wish):
            # Whoever is at the desk writes down what the wisher said.
            self.fields["text"].label = _("许愿人说了什么？认领的人会看到")

    def act(self):
        text = self.cleaned_data["text"]
        if self.step == "say":
            actions.tell(self.wish, text, by=self.actor, key=self.cleaned_data["key"] or None)
        else:
            getattr(actions, self.step)(self.wish, text, **self.given)


class RateForm(StepForm):
    """The wisher's word, written down by staff who asked; nothing is chosen beforehand."""

    rating = Words(label=_("许愿人怎么说？"), needed=True, widget=forms.RadioSelect(choices=Rating.choices))
    text = Words(label=_("说了什么"), widget=FEW_ROWS)

    def act(self):
        rating, text = self.cleaned_data["rating"], self.cleaned_data["text"]
        take = actions.close if rating == "not" else actions.confirm
        take(self.wish, rating, text=text, **self.given)


class GiveForm(StepForm):
    """Taking a wish on, or giving together: for oneself or for a unit."""

    unit = Words(label=_("以谁的名义？"), widget=forms.RadioSelect)

    def shape(self):
        self.units = {str(unit.pk): unit for unit in giving_units(self.actor)}
        if self.units:
            myself = ("", _("我自己"))
            names = [(pk, unit.name) for pk, unit in self.units.items()]
            self.fields["unit"].widget.choices = [*names, myself]
            self.initial["unit"] = next(iter(self.units))
        else:
            self.fields["unit"].widget = forms.HiddenInput()

    def act(self):
        given = self.cleaned_data["unit"]
        if given and given not in self.units:
            wrong = _now("您不代表这个单位。")
            raise BadInput(wrong, fields={"unit": wrong})
        take = actions.join if self.step == "join" else actions.claim
        take(self.wish, by=self.actor, unit=self.units.get(given))


class LookForm(StepForm):
    """Staff open who wishes, for a reason that the wisher reads."""

    reason = Words(label=_("为什么要看？许愿人会看到"), needed=True)

    def act(self) -> dict[str, str]:
        """What was opened, by the name of its field."""
        return actions.look_into(self.wish, self.cleaned_data.get("reason", ""), by=self.actor)


FORMS: dict[str, type[StepForm]] = {
    "verify": VerifyForm,
    "publish": PlainForm,
    "reword": RewordForm,
    "decline": ReasonForm,
    "move": PlainForm,
    "claim": GiveForm,
    "answer": PlainForm,
    "join": GiveForm,
    "contact": WordsForm,
    "fulfil": WordsForm,
    "say": WordsForm,
    "release": ReasonForm,
    "confirm": RateForm,
    "reoffer": ReasonForm,
    "take_down": ReasonForm,
}

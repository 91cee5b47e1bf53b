"""The form of a standing roster: a kind fills everything in, a weekly pattern says the rest."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from huying.callouts.actions.roster import Pattern
from huying.callouts.catalogue import numbers
from huying.callouts.choices import Reach
from huying.callouts.forms.post import count
from huying.kernel.forms import Form, Words, new_key

DAYS = ((0, _("周一")), (1, _("周二")), (2, _("周三")), (3, _("周四")), (4, _("周五")), (5, _("周六")), (6, _("周日")))


def kinds() -> list[tuple[str, str, str]]:
    """(code, name in the reader's language, icon) of the kinds of roster."""
    key = "en" if (get_language() or "zh").startswith("en") else "zh"
    return [(code, row[key], row["icon"]) for code, row in numbers()["roster"]["kinds"].items()]


class RosterForm(Form):
    """Everything is filled in from the kind; the secretary looks over it and sends it."""

    key = forms.CharField(widget=forms.HiddenInput)
    place = forms.TypedChoiceField(label=_("哪里的值班表"), coerce=int)
    title = Words(label=_("叫什么"), needed=True)
    post = Words(label=_("岗位"))
    first = forms.DateField(
        label=_("从哪一天开始"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("这个日子看不懂，请写成 2027-06-24 这样。")},
    )  # fmt: skip
    weeks = count(_("排几周"))
    days = forms.TypedMultipleChoiceField(
        label=_("星期几"), required=False, coerce=int, choices=DAYS, widget=forms.CheckboxSelectMultiple
    )
    blocks = Words(
        label=_("每天几点到几点"), needed=True, help_text=_("几段之间用空格隔开，比如 08:00-12:00 14:00-18:00。")
    )
    people = count(_("每班几个人"))
    rest = count(_("下班后休息几小时"))
    hours_a_week = count(_("每人每周最多几小时"))
    reach = forms.ChoiceField(label=_("请谁参加"), choices=Reach.choices)
    meeting = Words(label=_("在哪里"))
    words = Words(label=_("说明"), widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, data=None, *, places, kind: str):
        row = numbers()["roster"]["kinds"].get(kind) or next(iter(numbers()["roster"]["kinds"].values()))
        tomorrow = timezone.localdate() + dt.timedelta(days=1)
        english = (get_language() or "zh").startswith("en")
        super().__init__(
            data,
            initial={
                "key": new_key(),
                "title": row["en"] if english else row["zh"],
                "post": row["post"],
                # A week begins on Monday, and people need some days to answer.
                "first": tomorrow + dt.timedelta(days=(7 - tomorrow.weekday()) % 7),
                "weeks": 2,
                "days": [day for day, _name in DAYS],
                "blocks": " ".join(row["blocks"]),
                "people": row["people"],
                "rest": row["rest"],
                "hours_a_week": 8,
                "reach": "community",
                "place": places[0].pk if places else None,
            },
        )
        self.places = {place.pk: place for place in places}
        for name in ("first", "weeks", "days", "people", "rest", "hours_a_week"):
            self.fields[name].required = True
        self.fields["place"].choices = [(place.pk, str(place)) for place in places]

    def pattern(self) -> Pattern:
        """What was asked for."""
        given = self.cleaned_data
        return Pattern(
            place=self.places[given["place"]],
            title=given["title"],
            post=given["post"],
            first=given.get("first"),
            weeks=given.get("weeks"),
            days=tuple(given.get("days", ())),
            blocks=given["blocks"],
            people=given.get("people"),
            rest=given.get("rest"),
            hours_a_week=given.get("hours_a_week"),
            reach=given["reach"],
            meeting=given["meeting"],
            words=given["words"],
            key=given["key"],
        )

"""Forms around the list: its filters, saved lists, and what can be done to many at once."""

from django import forms
from django.utils.translation import gettext_lazy as _

from huying.calls.catalogue import categories
from huying.calls.choices import Channel, Level, State, Urgency
from huying.calls.forms.base import FEW_ROWS, ReadyField, category_choices, replies_within, words_or_ready
from huying.calls.queries_list import Wanted, places_to_choose
from huying.calls.queries_today import WAITS
from huying.directory.models import Unit
from huying.kernel.scopes import Actor
from huying.places.models import Place

_ALL = ("", _("全部"))
WAIT_WORDS = {
    "overdue": _("超期的"),
    "new": _("等我接的"),
    "due": _("一天内到期的"),
    "decide": _("要我定的"),
    "words": _("居民有新话的"),
    "going": _("我正在办的"),
}


class FilterForm(forms.Form):
    """What the list is narrowed to. What cannot be understood narrows nothing, and is said."""

    q = forms.CharField(required=False, max_length=100, strip=True)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[_ALL, ("open", _("没办结的")), *State.choices])
    category = forms.ChoiceField(label=_("类别"), required=False)
    place = forms.TypedChoiceField(label=_("地方"), required=False, coerce=int, empty_value=None)
    due = forms.ChoiceField(
        label=_("期限"), required=False, choices=[_ALL, ("overdue", _("超期的")), ("soon", _("一天内到期的"))]
    )
    owner = forms.ChoiceField(
        label=_("由谁负责"), required=False, choices=[_ALL, ("me", _("我")), ("nobody", _("还没有人"))]
    )
    unit = forms.TypedChoiceField(label=_("主办单位"), required=False, coerce=int, empty_value=None)
    level = forms.ChoiceField(label=_("在哪一级"), required=False, choices=[_ALL, *Level.choices])
    urgency = forms.ChoiceField(label=_("时限"), required=False, choices=[_ALL, *Urgency.choices])
    channel = forms.ChoiceField(label=_("来自"), required=False, choices=[_ALL, *Channel.choices])
    since = forms.DateField(label=_("从"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("到"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    wait = forms.ChoiceField(
        label=_("今天"), required=False, choices=[_ALL, *WAIT_WORDS.items()], widget=forms.HiddenInput
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)
    after = forms.IntegerField(required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput)

    FIRST = ("state", "category", "place", "due")
    CURSORS = ("before", "after")

    def __init__(self, data, *, actor: Actor):
        data = data.copy()
        if not any(data.get(name) for name in self.base_fields):
            # The bare list shows what still waits; 'all' has to be asked for.
            data["state"] = data.get("state", "open")
        super().__init__(data, auto_id="filter_%s", label_suffix="")
        self.fields["category"].choices = [_ALL, *((code, one.name) for code, one in categories().items())]
        self.chosen = self._chosen(data.get("place", ""))
        self.fields["place"].choices = [_ALL, *((p.pk, str(p)) for p in places_to_choose(actor, self.chosen))]
        units = Unit.objects.visible_to(actor).open().order_by("name").distinct()[:200]
        self.fields["unit"].choices = [_ALL, *((unit.pk, unit.name) for unit in units)]
        self.is_valid()

    @staticmethod
    def _chosen(text: str) -> Place | None:
        if not (text.isascii() and text.isdecimal()) or len(text) > 15:
            return None
        return Place.objects.public().filter(pk=int(text)).first()

    @property
    def wanted(self) -> Wanted:
        """The filters as the reads want them."""
        names = (name for name in self.fields if name != "place")
        values = {name: self.cleaned_data.get(name) for name in names}
        values = {name: value for name, value in values.items() if value not in ("", None)}
        return Wanted(place=self.chosen if self.cleaned_data.get("place") else None, **values)

    @property
    def first(self):
        """The filters that are always in sight."""
        return [self[name] for name in self.FIRST]

    @property
    def rest(self):
        """The others."""
        return [self[name] for name in self.fields if name not in (*self.FIRST, *self.CURSORS, "q", "wait")]

    @property
    def rest_is_used(self) -> bool:
        """Whether one of the others narrows the list now."""
        return any(self.data.get(bound.name) for bound in self.rest)

    def query(self, *, cursors: bool = False, without: str = "") -> str:
        """The filters as a query string, empty ones left out."""
        kept = self.data.copy()
        for name in list(kept):
            unknown = name not in self.fields or name in self.errors or name == without
            # `state=` with nothing in it says 'all'.
            empty = not kept[name] and name != "state"
            if unknown or empty or (name in self.CURSORS and not cursors):
                del kept[name]
        return kept.urlencode()

    @property
    def on(self) -> list[tuple[str, str, str]]:
        """The filters that narrow the list now: (label, value in words, the query without it)."""
        found = []
        for name, bound_field in self.fields.items():
            value = self.data.get(name)
            if not value or name in self.CURSORS or name in self.errors or (name == "state" and not self.narrowed):
                continue
            words = dict(getattr(bound_field, "choices", ())).get(self.cleaned_data.get(name), value)
            found.append((bound_field.label or _("文字"), str(words), self.query(without=name)))
        return found

    @property
    def narrowed(self) -> bool:
        """Whether anything but the usual 'open' is asked for."""
        return any(self.data.get(name) for name in self.fields if name not in (*self.CURSORS, "state")) or (
            self.data.get("state") not in ("open", None)
        )


class SaveFilterForm(forms.Form):
    """Keep a list under a name."""

    name = forms.CharField(label=_("给这个列表起个名字"), max_length=30)
    query = forms.CharField(max_length=500, required=False, widget=forms.HiddenInput)


class BulkForm(forms.Form):
    """What is done to the calls that were picked; each call is a step of its own."""

    do = forms.ChoiceField(choices=[(name, name) for name in ("accept", "assign", "merge", "contact", "note")])
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    category = forms.ChoiceField(label=_("类别"), required=False)
    unit = forms.TypedChoiceField(label=_("单位"), required=False, coerce=int, empty_value=None)
    number = forms.CharField(label=_("编号"), required=False, max_length=20)
    ready = ReadyField("reply")
    reply = forms.CharField(label=_("对居民说"), required=False, widget=FEW_ROWS)
    note = forms.CharField(label=_("备注"), required=False, widget=FEW_ROWS)

    NEEDS = {
        "accept": ("category", _("请先选类别。")),
        "assign": ("unit", _("请选派给哪个单位。")),
        "merge": ("number", _("请填并到哪一件的编号。")),
        "contact": ("reply", _("想对居民说什么？")),
        "note": ("note", _("备注还没有写。")),
    }

    def __init__(self, data=None, *, actor: Actor, initial=None):
        super().__init__(data, initial=initial, auto_id="bulk_%s", label_suffix="")
        self.fields["category"].choices = category_choices()
        units = Unit.objects.visible_to(actor).open().order_by("name").distinct()[:200]
        self.fields["unit"].choices = [("", _("请选单位")), *((unit.pk, unit.name) for unit in units)]
        self.fields["ready"].offer(replies_within(actor), self)

    def clean(self):
        data = super().clean()
        data["reply"] = words_or_ready(self, "reply", "ready")
        name, missing = self.NEEDS.get(data.get("do"), ("", ""))
        if name and not data.get(name) and name not in self.errors:
            self.add_error(name, missing)
        return data


assert set(WAIT_WORDS) == set(WAITS)  # noqa: S101 - a section of today without words would be an empty choice

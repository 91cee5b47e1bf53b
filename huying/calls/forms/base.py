"""What the forms of steps share: the page's version, a key against double taps, refusals shown where they belong."""

import secrets

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from huying.calls import rules
from huying.calls.catalogue import categories, category
from huying.calls.choices import Urgency
from huying.calls.fitting import ICONS, label
from huying.calls.models import Call, ReplyTemplate
from huying.kernel.errors import BadInput, Refusal
from huying.kernel.ltree import ancestors_of
from huying.kernel.scopes import Actor

MANY_ROWS = forms.Textarea(attrs={"rows": 4})
FEW_ROWS = forms.Textarea(attrs={"rows": 2})


class StepForm(forms.Form):
    """The form of one step: bound to a call and to who acts; `act` takes the step and returns the call."""

    version = forms.IntegerField(
        min_value=0,
        widget=forms.HiddenInput,
        error_messages={"required": _("这一页不完整，请刷新后再试。"), "invalid": _("这一页不完整，请刷新后再试。")},
    )
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    # The words of the button that sends it; '' = the step's own.
    send = ""
    # The server's words say what is missing, on the field; a browser's bubble would say it in its own language.
    use_required_attribute = False
    # What happens then, in a sentence above the fields.
    lead = ""
    kind = "answer"
    # Fields that belong to a choice: their name and the class by which the page hides them until it is made.
    WHEN: dict[str, str] = {}

    def __init__(self, data=None, *, call: Call, actor: Actor, step: str, prefix_id: str = ""):
        self.call, self.actor, self.step = call, actor, step
        first = {"version": call.version, "key": secrets.token_urlsafe(12)} | self.first()
        super().__init__(data, initial=first, auto_id=f"{prefix_id or step}_%s", label_suffix="")
        self.shape()

    def first(self) -> dict:
        """What is known already and filled in."""
        return {}

    def shape(self) -> None:
        """Choices and labels that depend on the call."""

    def act(self) -> Call:
        """Take the step; Refusals go to the view."""
        raise NotImplementedError

    def refused(self, refusal: Refusal) -> None:
        """Show a refusal on the field that it is about, or on top."""
        fields = refusal.fields if isinstance(refusal, BadInput) else {}
        known = {name: words for name, words in fields.items() if name in self.fields}
        for name, words in known.items():
            self.add_error(name, words)
        if not known:
            self.add_error(None, refusal.reason)

    @property
    def lines(self):
        """The fields in sight, each with the class of the choice that it belongs to."""
        return [(bound, self.WHEN.get(bound.name, "")) for bound in self.visible_fields()]

    @property
    def to(self) -> str:
        """Where the form is sent."""
        return reverse("call-do", args=[self.call.pk, self.step])

    @property
    def icon(self) -> str:
        """The icon of the step."""
        return ICONS.get(self.step, "")

    @property
    def label(self) -> str:
        """The step's name in the table."""
        return label(self.step)

    @property
    def send_label(self) -> str:
        """The words of the button that sends it."""
        return self.send or self.label

    def value(self, name: str):
        """A cleaned value."""
        return self.cleaned_data[name]

    @property
    def given(self) -> dict:
        """The actor and the version, as every action takes them."""
        return {"by": self.actor, "version": self.value("version")}

    def renewed(self, call: Call) -> None:
        """Go on from the call as it is now, keeping what was typed: the next submit is on purpose."""
        self.call = call
        self.data = self.data.copy()
        self.data["version"] = str(call.version)


def must(words) -> dict[str, str]:
    """The words for a field that was left empty."""
    return {"required": words}


class PlainForm(StepForm):
    """A step that needs nothing more than the tap."""

    def act(self):
        from huying.calls import actions

        return getattr(actions, self.step)(self.call, **self.given)


def category_choices() -> list[tuple[str, str]]:
    """All categories, with an empty first."""
    return [("", _("请选一类")), *((code, one.name) for code, one in categories().items())]


def urgency_choices() -> list[tuple[str, str]]:
    """The classes of deadlines, with 'as the category has it' first."""
    return [("", _("按类别")), *Urgency.choices]


def ready_replies(call: Call) -> list[str]:
    """Ready words for the one who resolves: those of the category, then the community's own."""
    found = category(call.category)
    own = (
        ReplyTemplate.objects.filter(
            place__path__in=[*ancestors_of(call.path), call.path], category__in=("", call.category)
        )
        .order_by("id")
        .values_list("text", flat=True)[:20]
    )
    return [*(found.replies if found else ()), *own]


def replies_within(actor: Actor) -> list[str]:
    """Ready words for many calls at once: what the communities of the actor's posts have kept, then all of the policy."""
    paths = actor.paths(rules.HANDLERS)
    kept = ReplyTemplate.objects.filter(place__path__within_any=paths).order_by("-id").values_list("text", flat=True)
    common = [text for one in categories().values() for text in one.replies]
    return list(dict.fromkeys([*kept[:30], *common])) if paths else common


class ReadyField(forms.ChoiceField):
    """Ready words to choose from; the module `ready` copies them into the field that they are for, to be changed there."""

    def __init__(self, target: str, **options):
        super().__init__(required=False, label=options.pop("label", _("用现成的话")), **options)
        self.target = target

    def offer(self, words: list[str], form: forms.Form) -> None:
        """Set what can be chosen; the field goes when there is nothing."""
        if not words:
            form.fields = {name: field for name, field in form.fields.items() if field is not self}
            return
        self.choices = [("", _("自己写")), *((text, text) for text in words)]
        self.widget.attrs |= {"data-module": "ready", "data-ready-for": form[self.target].auto_id}


def words_or_ready(form: forms.Form, words: str, ready: str) -> str:
    """What was written; where nothing was, the ready words that were chosen (a page without JavaScript)."""
    return form.cleaned_data.get(words, "").strip() or form.cleaned_data.get(ready, "")

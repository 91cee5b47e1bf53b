"""Forms for sending a call on: to a unit, up, down, back, elsewhere, or under another."""

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from huying.calls import actions, rules
from huying.calls.catalogue import numbers
from huying.calls.choices import GuideKind
from huying.calls.forms.base import FEW_ROWS, MANY_ROWS, StepForm, must, words_or_ready
from huying.calls.models import Call
from huying.calls.queries import same_matters
from huying.calls.search import search
from huying.directory.queries import units_for
from huying.kernel.errors import BadInput
from huying.people.private_words import nameless

MOST_FOUND = 12


class UnitForm(StepForm):
    """Choose a unit of those that serve the place."""

    unit = forms.TypedChoiceField(label=_("单位"), coerce=int, error_messages=must(_("请选派给哪个单位。")))

    def shape(self):
        self.units = {unit.pk: unit for unit in units_for(self.call.place, self.call.category)}
        self.fields["unit"].choices = [("", _("请选单位")), *((pk, unit.name) for pk, unit in self.units.items())]

    @property
    def chosen(self):
        """The unit itself."""
        return self.units[self.value("unit")]


class AssignForm(UnitForm):
    """Send it to a unit as its lead."""

    text = forms.CharField(label=_("对单位说"), required=False, widget=FEW_ROWS)
    lead = _("期限从第一次派单算起，转派不重新计时。")

    def act(self):
        return actions.assign(self.call, self.chosen, text=self.value("text"), **self.given)


class AskAssistForm(UnitForm):
    """Ask a unit to help."""

    lead = _("协办单位把情况反馈给负责人，这件事仍由您负责。")

    def act(self):
        return actions.ask_assist(self.call, self.chosen, **self.given)


class ReasonForm(StepForm):
    """A step with its reason."""

    reason = forms.CharField(label=_("原因"), widget=FEW_ROWS, error_messages=must(_("请写明原因。")))
    action = ""

    def act(self):
        return getattr(actions, self.action)(self.call, reason=self.value("reason"), **self.given)


class EscalateForm(ReasonForm):
    """Pass it one level up."""

    action = "escalate"
    lead = _("交给上一级来办；上一级有人接下之前，它没有负责人。")


class OfferUpForm(ReasonForm):
    """Offer a new call one level up."""

    action = "offer_up"
    reason = forms.CharField(label=_("原因"), required=False, widget=FEW_ROWS)
    lead = _("这一级办不了，请上一级来接。")


class ReturnForm(ReasonForm):
    """A unit gives it back."""

    action = "return_"
    lead = _("退回给派单的社区。")


class DisputeForm(ReasonForm):
    """A unit says that it is not the right one."""

    right_owner = forms.CharField(label=_("应该由谁办"), max_length=80, error_messages=must(_("请写明应该由谁办。")))
    lead = _("派单后 1 个工作日内可以提一次，由社区裁定；裁定之前仍由您办。")

    def act(self):
        return actions.dispute(self.call, self.value("reason"), self.value("right_owner"), **self.given)


class DecideDisputeForm(StepForm):
    """Decide a dispute."""

    decision = forms.ChoiceField(
        label=_("裁定"),
        widget=forms.RadioSelect,
        error_messages=must(_("请选一个。")),
        choices=[("uphold", _("同意异议，收回来重新派")), ("overrule", _("不同意，仍由该单位办"))],
    )
    text = forms.CharField(label=_("理由"), required=False, widget=FEW_ROWS)
    send = _("裁定")

    def first(self):
        return {"decision": self.step if self.step == "overrule" else ""}

    def act(self):
        return getattr(actions, self.value("decision"))(self.call, text=self.value("text"), **self.given)


class SendDownForm(StepForm):
    """Pass it to the community."""

    text = forms.CharField(label=_("为什么交社区办"), widget=FEW_ROWS, error_messages=must(_("请写明为什么交社区办。")))

    def act(self):
        return actions.send_down(self.call, self.value("text"), **self.given)


class DeclineForm(StepForm):
    """Guide one of the six kinds to where it is dealt with."""

    guided = forms.ChoiceField(
        label=_("是哪一种情况"),
        widget=forms.RadioSelect,
        choices=GuideKind.choices,
        error_messages=must(_("请选是哪一种情况。")),
    )
    guided_to = forms.CharField(
        label=_("告诉居民去找谁"),
        required=False,
        widget=MANY_ROWS,
        help_text=_("不写就用所选情况的现成话。"),
    )
    lead = _("这六种情况不受理，但要告诉居民该去哪里。")
    send = _("引导到别处")
    kind = "danger"

    def shape(self):
        self.ready = guide_words()
        # Each kind with the words that the resident would read.
        self.fields["guided"].choices = six = [row for row in GuideKind.choices if row[0] in rules.GUIDED]
        self.ready_lines = [(label, self.ready[kind]) for kind, label in six]

    def clean(self):
        data = super().clean()
        data["ready"] = self.ready.get(data.get("guided"), "")
        data["guided_to"] = words_or_ready(self, "guided_to", "ready")
        return data

    def act(self):
        return actions.decline(self.call, self.value("guided"), self.value("guided_to"), **self.given)


class MakeWishForm(StepForm):
    """It is a wish of one household and no public matter."""

    lead = _("这是一家人的微心愿，不是公共的事。转到心愿树，社区核实后挂上去，等人认领；两边都留着对方的编号。")
    send = _("转为微心愿")

    def act(self):
        return actions.make_wish(self.call, **self.given)


def guide_words() -> dict[str, str]:
    """The ready words of the six kinds, in the reader's language."""
    code = "en" if (get_language() or "zh").startswith("en") else "zh"
    return {kind: row[code] for kind, row in numbers()["guides"].items()}


class MergeForm(StepForm):
    """Put it under another call."""

    into = forms.TypedChoiceField(
        label=_("合并到哪一件"), required=False, coerce=int, empty_value=None, widget=forms.RadioSelect
    )
    number = forms.CharField(
        label=_("或者按编号、文字找"), required=False, max_length=60, help_text=_("写文字的，找到以后再选。")
    )
    lead = _("合并以后一起办，两边的居民都会收到答复。")

    def shape(self):
        words = self.data.get("number", "").replace("\x00", "").strip()
        self.sought = bool(words) and not words.isdecimal()
        self.near = self._found(words) if self.sought else same_matters(self.call)
        self.fields["into"].choices = [(one.pk, f"{one.number} · {nameless(one.text)[:40]}") for one in self.near]
        if not self.near:
            del self.fields["into"]

    def _found(self, words: str) -> list[Call]:
        """Calls of the same community in which the words stand; the one chosen among them stays one of them."""
        calls = Call.objects.visible_to(self.actor).filter(community_id=self.call.community_id).exclude(pk=self.call.pk)
        return list(search(calls, words).order_by("-pk")[:MOST_FOUND])

    def clean(self):
        data = super().clean()
        if self.sought and not data.get("into") and "into" not in self.errors:
            words = _("找到这些，请在上面选一件。") if self.near else _("没有找到，换几个字试试。")
            self.add_error("number", words)
        return data

    def act(self):
        return actions.merge(self.call, self._target(), **self.given)

    def _target(self) -> Call:
        number = "" if self.sought else self.value("number").strip()
        pk = int(number) if number.isdecimal() and len(number) < 16 else self.cleaned_data.get("into")
        found = Call.objects.visible_to(self.actor).filter(pk=pk).first() if pk else None
        if found is None:
            field = "number" if number or "into" not in self.fields else "into"
            wrong = _("请选合并到哪一件。") if not number else _("没有找到这个编号。")
            raise BadInput(str(wrong), fields={field: str(wrong)})
        return found

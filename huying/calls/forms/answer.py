"""Forms for talking with the resident, answering, and for time."""

import datetime as dt

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.calls import actions
from huying.calls.choices import Rating
from huying.calls.forms.base import (
    FEW_ROWS,
    MANY_ROWS,
    ReadyField,
    StepForm,
    must,
    ready_replies,
    words_or_ready,
)
from huying.kernel.errors import Refusal


class ContactForm(StepForm):
    """Say something to the resident, on their page or on the phone."""

    how = forms.ChoiceField(
        label=_("怎么联系的"),
        widget=forms.RadioSelect,
        choices=[
            ("page", _("发到居民的页面")),
            ("phone", _("打过电话，说上了")),
            ("unreached", _("打过电话，没联系上")),
        ],
    )
    text = forms.CharField(label=_("说了什么"), widget=MANY_ROWS, error_messages=must(_("想对居民说什么？")))
    lead = _("居民在自己的页面上看到这些话；第一次联系上就算响应。")
    send = _("记下")

    def first(self):
        return {"how": "unreached" if self.step == "unreached" else "page"}

    def shape(self):
        # On the phone it was said already; a word on it may be added.
        if self.data.get("how") in ("phone", "unreached"):
            self.fields["text"].required = False

    def act(self):
        text = self.value("text")
        if self.value("how") == "unreached":
            return actions.unreached(self.call, text, **self.given)
        if self.value("how") == "phone" and not text.strip():
            text = str(_("已电话联系您。"))
        return actions.contact(self.call, text, key=self.value("key"), **self.given)


class ResolveForm(StepForm):
    """Report what was done."""

    ready = ReadyField("outcome")
    WHEN = {"ready": "needed", "outcome": "needed"}
    outcome = forms.CharField(label=_("做了什么"), required=False, widget=MANY_ROWS)
    keep = forms.BooleanField(label=_("存为常用的话，下次可以直接选"), required=False)
    lead = _("居民会收到这个答复，由居民确认。")
    send = _("办结")

    def shape(self):
        self.fields["ready"].offer(ready_replies(self.call), self)

    def act(self):
        outcome = words_or_ready(self, "outcome", "ready")
        call = actions.resolve(self.call, outcome, **self.given)
        if self.value("keep") and outcome not in ready_replies(call):
            actions.keep_reply(call, outcome, by=self.actor)
        return call


class ReportAssistForm(StepForm):
    """An assisting unit reports to the owner."""

    label = _("协办反馈")

    text = forms.CharField(label=_("做了什么"), widget=MANY_ROWS, error_messages=must(_("请写下做了什么。")))
    lead = _("反馈给负责这件事的人。")
    send = _("反馈")

    @property
    def to(self):
        return reverse("call-assist", args=[self.call.pk])

    def act(self):
        return actions.report_assist(self.call, self.value("text"), by=self.actor)


class UnsealForm(forms.Form):
    """Open a name or a number for a reason."""

    field = forms.ChoiceField(
        label=_("看什么"),
        widget=forms.RadioSelect,
        choices=[("phone", _("电话")), ("name", _("称呼"))],
        initial="phone",
    )
    reason = forms.CharField(
        label=_("为什么要看"),
        required=False,
        max_length=200,
        help_text=_("会记录在案，居民在自己的页面上看得到是谁、为什么看的。"),
    )

    def __init__(self, data=None):
        super().__init__(data, auto_id="unseal_%s", label_suffix="")

    def refused(self, refusal: Refusal) -> None:
        """Show a refusal where it belongs."""
        fields = getattr(refusal, "fields", {})
        if "reason" in fields:
            self.add_error("reason", fields["reason"])
        else:
            self.add_error(None, refusal.reason)


class RateForm(StepForm):
    """Write down the resident's word on the answer."""

    rating = forms.ChoiceField(
        label=_("居民怎么说"),
        widget=forms.RadioSelect,
        choices=Rating.choices,
        error_messages=must(_("请选一个，或选“不想说”。")),
    )
    text = forms.CharField(label=_("居民的话"), required=False, widget=FEW_ROWS)
    lead = _("电话回访或当面听到的，照居民的原话记；没办好请用“没办好，请再办”。")
    send = _("记下")

    def act(self):
        rating = self.value("rating")
        action = actions.close if rating == "not" else actions.confirm
        return action(self.call, rating, by=self.actor, text=self.value("text"))


class ReopenForm(StepForm):
    """Write down that the resident says it is not done."""

    reason = forms.CharField(label=_("哪里没办好"), widget=FEW_ROWS, error_messages=must(_("请说说哪里没办好。")))
    lead = _("居民说没办好，就再办；最多两次，再不行转联席会。")

    def act(self):
        return actions.reopen(self.call, self.value("reason"), by=self.actor)


class WithdrawForm(StepForm):
    """Take it back on the resident's behalf."""

    reason = forms.CharField(label=_("居民怎么说"), required=False, widget=FEW_ROWS)
    lead = _("只有居民要求时才撤回。")
    kind = "danger"

    def act(self):
        return actions.withdraw(self.call, by=self.actor, reason=self.value("reason"))


class AskExtensionForm(StepForm):
    """Ask for the one extension."""

    days = forms.IntegerField(
        label=_("延几天"), min_value=1, max_value=15, error_messages=must(_("延期可以是 1 到 15 天。"))
    )
    reason = forms.CharField(label=_("为什么"), widget=FEW_ROWS, error_messages=must(_("请写明为什么要延期。")))
    lead = _("只能延一次，批准后会告诉居民。")

    def act(self):
        return actions.ask_extension(self.call, self.value("days"), self.value("reason"), **self.given)


class DecideExtensionForm(StepForm):
    """Decide on an extension."""

    decision = forms.ChoiceField(
        label=_("决定"),
        widget=forms.RadioSelect,
        error_messages=must(_("请选一个。")),
        choices=[("extend", _("同意延期")), ("refuse_extension", _("不同意"))],
    )
    text = forms.CharField(label=_("说明"), required=False, widget=FEW_ROWS)
    send = _("决定")

    def first(self):
        return {"decision": self.step if self.step == "refuse_extension" else ""}

    def act(self):
        if self.value("decision") == "extend":
            return actions.extend(self.call, **self.given)
        return actions.refuse_extension(self.call, self.value("text"), **self.given)


class ParkForm(StepForm):
    """Park what cannot be done now."""

    reason = forms.CharField(
        label=_("为什么现在办不了"), widget=FEW_ROWS, error_messages=must(_("请写明为什么现在办不了。"))
    )
    basis = forms.CharField(label=_("依据"), max_length=200, error_messages=must(_("请写明依据。")))
    person = forms.CharField(label=_("由谁负责"), max_length=40, error_messages=must(_("请写明由谁负责。")))
    review_on = forms.DateField(
        label=_("哪天复查"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=must(_("请定一个复查的日子。")),
    )
    public_words = forms.CharField(
        label=_("给大家看的话"), widget=FEW_ROWS, error_messages=must(_("请写一句给大家看的话。"))
    )
    lead = _("挂账期间不计时；到复查的日子会提醒。")

    def first(self):
        # Parked once before: what was written then is the best draft.
        call, soon = self.call, timezone.localdate() + dt.timedelta(days=14)
        return {
            "reason": call.parked_reason,
            "basis": call.parked_basis,
            "person": call.parked_person or self.actor.name,
            "review_on": soon,
            "public_words": call.parked_words,
        }

    def act(self):
        names = ("reason", "basis", "person", "review_on", "public_words")
        return actions.park(self.call, **{name: self.value(name) for name in names}, **self.given)

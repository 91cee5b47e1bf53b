"""Forms for taking a call on, and for what is known of it."""

from django import forms
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huying.calls import actions
from huying.calls.catalogue import category
from huying.calls.forms.base import (
    FEW_ROWS,
    MANY_ROWS,
    ReadyField,
    StepForm,
    category_choices,
    must,
    ready_replies,
    urgency_choices,
    words_or_ready,
)
from huying.calls.queries import colleagues
from huying.calls.workflow import dispatcher
from huying.directory.queries import units_for
from huying.people.private_words import nameless, private_words

KEEP, SEND, SETTLE = "keep", "send", "settle"


class PublicForm(StepForm):
    """What everybody will see: the words, whether at all, and which photos."""

    is_public = forms.BooleanField(label=_("办理过程公开"), required=False)
    public_text = forms.CharField(
        label=_("给大家看的文字"),
        required=False,
        widget=MANY_ROWS,
        help_text=_("不写姓名、电话和门牌号。"),
    )
    photos = forms.MultipleChoiceField(label=_("公开哪些照片"), required=False, widget=forms.CheckboxSelectMultiple)
    WHEN = {"public_text": "when-public needed", "photos": "when-public"}

    def first(self):
        call = self.call
        text = call.public_text or nameless(call.text)
        shown = [str(photo.pk) for photo in call.photos.all() if photo.shown]
        return {"public_text": text, "is_public": call.is_public or self.to_be_public(), "photos": shown}

    def to_be_public(self) -> bool:
        """Whether the box is ticked at first."""
        return False

    def shape(self):
        photos = list(self.call.photos.all())
        self.fields["photos"].choices = [
            (photo.pk, gettext("照片 %(n)d") % {"n": n}) for n, photo in enumerate(photos, 1)
        ]
        if not photos:
            del self.fields["photos"]
        if self.call.wants_private:
            self.fields["is_public"].disabled = True
            self.fields["is_public"].help_text = _("居民要求不公开。")

    @property
    def photo_ticks(self) -> list[tuple]:
        """Each photo's box with the photo itself."""
        return list(zip(self["photos"], self.call.photos.all(), strict=False))

    @property
    def private_words(self) -> list[str]:
        """What was left out of the caller's words, for the one who looks them through."""
        return [] if self.is_bound else sorted({words for _kind, words in private_words(self.call.text)})

    @property
    def shown(self) -> dict:
        """What `actions` want to know of the public part."""
        photos = self.cleaned_data.get("photos")
        return {
            "public_text": self.value("public_text"),
            "public": self.value("is_public"),
            "photos": None if photos is None else [int(pk) for pk in photos],
        }


class AcceptForm(PublicForm):
    """Take a call on; send it to a unit or settle it in the same breath."""

    category = forms.ChoiceField(label=_("类别"), error_messages=must(_("请先选类别。")))
    urgency = forms.ChoiceField(label=_("办理时限"), required=False)
    then = forms.ChoiceField(label=_("接下来"), widget=forms.RadioSelect)
    unit = forms.TypedChoiceField(label=_("派给哪个单位"), required=False, coerce=int, empty_value=None)
    text = forms.CharField(label=_("对单位说"), required=False, widget=FEW_ROWS)
    ready = ReadyField("outcome")
    outcome = forms.CharField(label=_("做了什么"), required=False, widget=MANY_ROWS)
    reply = forms.CharField(
        label=_("对居民说一句"),
        required=False,
        widget=FEW_ROWS,
        help_text=_("写了就算首次联系，居民在自己的页面上看到。"),
    )
    field_order = ["category", "urgency", "then", "unit", "text", "ready", "outcome", "reply", "is_public"]
    send = _("受理")
    WHEN = PublicForm.WHEN | {
        "unit": "when-send needed",
        "text": "when-send",
        "ready": "when-settle needed",
        "outcome": "when-settle needed",
    }

    def first(self):
        then = SETTLE if self.step == "settle" else KEEP
        return super().first() | {"category": self.call.category, "then": then}

    def to_be_public(self):
        return not self.call.wants_private

    def shape(self):
        super().shape()
        self.fields["category"].choices = category_choices()
        self.fields["urgency"].choices = urgency_choices()
        ways = [(KEEP, _("我来办")), (SETTLE, _("当场办好了"))]
        if dispatcher(self.actor, self.call):
            ways.insert(1, (SEND, _("派给单位")))
            units = units_for(self.call.place, self.call.category)
            self.fields["unit"].choices = [("", _("请选单位")), *((unit.pk, unit.name) for unit in units)]
        else:
            del self.fields["unit"], self.fields["text"]
        self.fields["then"].choices = ways
        self.fields["ready"].offer(ready_replies(self.call), self)
        if self.call.identity_id is None and self.call.channel not in ("qr", "wechat", "open311"):
            self.fields["reply"].help_text = _("居民没有留电话；回话在凭条上的链接里看得到。")

    def clean(self):
        data = super().clean()
        then = data.get("then")
        if then == SEND and not data.get("unit") and "unit" not in self.errors:
            self.add_error("unit", _("请选派给哪个单位。"))
        if then == SETTLE:
            data["outcome"] = words_or_ready(self, "outcome", "ready")
            if not data["outcome"]:
                self.add_error("outcome", _("请写下做了什么。"))
        return data

    def act(self):
        with transaction.atomic():
            return self._act()

    def _act(self):
        call, then, reply = self.call, self.value("then"), self.value("reply")
        if then == SETTLE:
            actions.settle(
                call, self.value("outcome"), self.value("category"), contacted=True, **self.shown, **self.given
            )
        else:
            actions.accept(call, self.value("category"), urgency=self.value("urgency"), **self.shown, **self.given)
        if reply:
            actions.contact(call, reply, by=self.actor, key=self.value("key"))
        if then == SEND:
            unit = next(u for u in units_for(call.place) if u.pk == self.value("unit"))
            actions.assign(call, unit, by=self.actor, text=self.value("text"))
        return call


class ClassifyForm(StepForm):
    """Correct the category or the class."""

    category = forms.ChoiceField(label=_("类别"), error_messages=must(_("请先选类别。")))
    urgency = forms.ChoiceField(label=_("办理时限"), required=False)
    lead = _("期限随着改，仍从第一次派单算起。")

    def first(self):
        found = category(self.call.category)
        own = "" if found and found.urgency == self.call.urgency else self.call.urgency
        return {"category": self.call.category, "urgency": own}

    def shape(self):
        self.fields["category"].choices = category_choices()
        self.fields["urgency"].choices = urgency_choices()

    def act(self):
        return actions.classify(self.call, self.value("category"), urgency=self.value("urgency"), **self.given)


class RewordForm(PublicForm):
    """Change what everybody sees, or take it off."""

    field_order = ["is_public", "public_text", "photos"]

    def act(self):
        return actions.reword(self.call, by=self.actor, version=self.value("version"), **self.shown)


class HandOverForm(StepForm):
    """Give it to a colleague."""

    person = forms.TypedChoiceField(
        label=_("交给谁"), coerce=int, widget=forms.RadioSelect, error_messages=must(_("请选交给谁。"))
    )
    lead = _("交出去以后，由这位同事负责。")

    def shape(self):
        people, seen = [], {self.call.owner_id}
        for post in colleagues(self.call)[:60]:
            if post.person_id not in seen:
                seen.add(post.person_id)
                people.append((post.person_id, f"{post.person.name} · {post.place}"))
        self.fields["person"].choices = people

    def act(self):
        return actions.hand_over(self.call, self.value("person"), **self.given)


class NoteForm(StepForm):
    """A note among those who handle it."""

    text = forms.CharField(label=_("备注"), widget=FEW_ROWS, error_messages=must(_("备注还没有写。")))
    lead = _("只有办理的人看得到。")

    def act(self):
        return actions.note(self.call, self.value("text"), key=self.value("key"), **self.given)


class AddWordsForm(StepForm):
    """Write down what the resident added."""

    text = forms.CharField(label=_("居民补充说"), widget=MANY_ROWS, error_messages=must(_("还没有写内容。")))
    lead = _("居民打电话或当面补充的，替他们记在这里。")

    def act(self):
        return actions.add_words(self.call, self.value("text"), by=self.actor, key=self.value("key"))

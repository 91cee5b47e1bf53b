"""Somebody at the counter asks how their matters go: their calls are found by their number, which is shown to nobody."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from huying.calls.models import Call
from huying.calls.queries_rows import dress
from huying.calls.views.rows import private, rows, staff
from huying.kernel.errors import Forbidden, TooMany
from huying.kernel.gate import allow
from huying.kernel.rate import Limiter
from huying.people.queries import identities_of_phone
from huying.people.rules import phone_number

# Enough for a counter with a queue, too slow to try numbers one after another.
LOOKUPS = Limiter(per_minute=6, burst=12)
MOST = 50


class CallerForm(forms.Form):
    """The caller's own number, as they say it."""

    use_required_attribute = False
    phone = forms.CharField(
        label=gettext_lazy("来人的电话"),
        max_length=30,
        help_text=gettext_lazy("请来人自己说。只用来找他提过的事，不会显示，也不会记下。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def clean_phone(self):
        """A mainland number, however it is written."""
        try:
            return phone_number(self.cleaned_data["phone"])
        except ValueError:
            raise forms.ValidationError(_("请填手机号，或者带区号的座机号。")) from None


# By POST, so that a number stands in no address, no history and no log.
@require_http_methods(["GET", "HEAD", "POST"])
@allow(staff)
@private
def page(request: HttpRequest) -> HttpResponse:
    """The open calls of a number within the reader's scope."""
    form = CallerForm(request.POST if request.method == "POST" else None, label_suffix="")
    found = None
    if form.is_valid():
        if request.actor.kind != "person":
            raise Forbidden(_("只能由工作人员本人查找。"))
        wait = LOOKUPS.take(request.actor.id)
        if wait:
            raise TooMany(_("找得太快了，请歇一会儿。"), retry_after=int(wait) + 1)
        calls = (
            Call.objects.visible_to(request.actor)
            .open()
            .filter(identity__in=identities_of_phone(form.cleaned_data["phone"]))
            .select_related("unit", "owner")
            .order_by("-id")[:MOST]
        )
        found = rows(dress(calls), request.actor)
        # What was typed is not sent back.
        form = CallerForm(label_suffix="")
    status = 422 if form.is_bound else 200
    return render(request, "calls/staff/caller.html", {"form": form, "rows": found}, status=status)

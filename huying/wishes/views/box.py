"""Lists from paper boxes: sent, looked at, taken in; the rows that cannot be taken, with the reasons."""

import csv

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.kernel import progress
from huying.kernel.errors import BadInput
from huying.kernel.gate import allow
from huying.kernel.jobs import enqueue
from huying.people.private_words import mask
from huying.places.household_files import LARGEST_FILE
from huying.places.models import Place
from huying.wishes import jobs, rules
from huying.wishes.actions.box import may_box, propose_box, rows_of, take_box
from huying.wishes.forms.box import BoxForm
from huying.wishes.models import BoxList
from huying.wishes.views.common import keeps_somewhere, private

# More than so many wait behind a bar.
AT_ONCE = 50
SHOWN = 30


@require_http_methods(["GET", "HEAD", "POST"])
@allow(keeps_somewhere)
@private
def upload(request: HttpRequest) -> HttpResponse:
    """Send a list; nothing is taken in before it was looked at."""
    own = _places(request.actor)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = BoxForm(*sent, initial={"place": str(own[0].pk) if own else ""})
    form.fields["place"].widget.choices = [(str(place.pk), str(place)) for place in own]
    status = 200
    if request.method == "POST":
        form.is_valid()
        try:
            batch = propose_box(*_given(request, form, own), by=request.actor)
            return redirect("wish-box-list", batch.pk)
        except BadInput as refusal:
            form.errors.pop("file", None)
            form.refuse(refusal)
            status = 422
    earlier = BoxList.objects.filter(place__in=own, done_at__isnull=False).order_by("-id")[:10]
    return render(request, "wishes/staff/box.html", {"form": form, "earlier": earlier}, status=status)


def _places(actor) -> list[Place]:
    """The compounds and communities whose boxes the actor empties, the largest first."""
    paths = actor.paths(rules.KEEPERS)
    found = Place.objects.current().filter(path__within_any=paths, kind__in=("community", "compound"))
    return list(found.order_by("path")[:30])


def _given(request, form: BoxForm, own: list[Place]) -> tuple[Place, str, bytes]:
    place = next((one for one in own if str(one.pk) == form.cleaned_data.get("place")), None)
    if place is None:
        raise BadInput(_("请选是哪里的心愿箱。"), fields={"place": _("请选是哪里的心愿箱。")})
    sent = request.FILES.get("file")
    if sent is None:
        raise BadInput(_("请选一个文件。"), fields={"file": _("请选一个文件。")})
    if sent.size > LARGEST_FILE:
        raise BadInput(_("文件超过 5 MB，请分成几份。"), fields={"file": _("文件超过 5 MB，请分成几份。")})
    return place, sent.name, sent.read()


def _batch(request, pk: int) -> BoxList:
    batch = get_object_or_404(BoxList.objects.select_related("place", "by"), pk=pk)
    if not may_box(request.actor, batch.place):
        raise Http404
    return batch


@require_safe
@allow(keeps_somewhere)
@private
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """What a list would bring, and what came of it; names and phones are not shown again."""
    batch = _batch(request, pk)
    rows = rows_of(batch) if batch.done_at is None else []
    sample = [
        {
            "line": row["line"],
            "text": mask(row["text"]),
            "reached": bool(row["phone"] or row["address"]),
            "agreed": row["agreed"],
        }
        for row in rows[:SHOWN]
    ]
    context = {"batch": batch, "sample": sample, "more": max(0, len(rows) - SHOWN), "waiting": bool(rows)}
    return render(request, "wishes/staff/box_list.html", context)


@require_POST
@allow(keeps_somewhere)
def go(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in a list that was looked at: a short one at once, a long one by a worker."""
    batch = _batch(request, pk)
    if batch.count > AT_ONCE and batch.done_at is None:
        with transaction.atomic():
            bar = progress.start("wishes.take_box_list", by=request.actor, total=batch.count, title=_("收心愿箱"))
            BoxList.objects.filter(pk=pk).update(progress_id=bar.pk)
            given = {"batch": pk, "bar": bar.pk, "person": request.actor.id, "language": get_language() or "zh-hans"}
            enqueue(jobs.take_box_list, **given)
        return redirect("kernel:job", bar.pk)
    batch = take_box(batch, by=request.actor)
    messages.success(request, _("收进 %(n)d 个心愿。") % {"n": batch.added})
    return redirect("wish-box-list", pk)


@require_safe
@allow(keeps_somewhere)
@private
def rejected(request: HttpRequest, pk: int) -> HttpResponse:
    """Which rows were not taken, and why, as CSV."""
    batch = _batch(request, pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="wishes-rejected-{batch.pk}.csv"'
    # The mark lets spreadsheets see that this is UTF-8.
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow([_("行"), _("为什么没有收")])
    writer.writerows(batch.rejected)
    return response

"""The bar of a long job, and what an operator must see: readers of the log, events set aside, the calendar."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.kernel import calendar, jobs, progress, readers, seals
from huying.kernel.errors import BadInput
from huying.kernel.forms import DaysForm
from huying.kernel.gate import allow, holding, logged_in
from huying.kernel.log_health import log_health
from huying.kernel.models import CalendarDay, Progress, SetAside

OPERATOR = holding("operator")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(logged_in)
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """A long job's bar, for whoever started it; POST asks it to stop."""
    row = Progress.objects.filter(pk=pk, by_id=request.actor.id).first()
    if row is None:
        raise Http404
    if request.method == "POST":
        progress.request_stop(row)
        if not request.htmx:
            return redirect("kernel:job", pk)
        row.refresh_from_db()
    return render(request, f"kernel/job.html{'#bar' if request.htmx else ''}", {"job": row})


@require_safe
@allow(OPERATOR)
def operator(request: HttpRequest) -> HttpResponse:
    """How the log and its readers fare."""
    context = {
        "states": readers.states(),
        "asides": SetAside.objects.select_related("event").order_by("next_try_at", "event_id")[:200],
        "failed": jobs.failed(),
        "troubles": log_health(),
        "root": seals.newest_root(),
    }
    return render(request, "kernel/operator.html", context)


@require_POST
@allow(OPERATOR)
def resend(request: HttpRequest) -> HttpResponse:
    """Send events that were set aside to their readers again."""
    try:
        pks = [int(pk) for pk in request.POST.getlist("aside")]
    except ValueError:
        raise BadInput(_("要重新发送的事件不对，请刷新后再选。")) from None
    count = readers.resend(pks)
    messages.success(request, ngettext("%d 个事件会马上重新发送。", "%d 个事件会马上重新发送。", count) % count)
    return redirect("kernel:operator")


@require_POST
@allow(OPERATOR)
def again(request: HttpRequest) -> HttpResponse:
    """Do jobs once more that were given up."""
    try:
        pks = [int(pk) for pk in request.POST.getlist("job")]
    except ValueError:
        raise BadInput(_("要重做的任务不对，请刷新后再选。")) from None
    count = jobs.again(pks)
    messages.success(request, ngettext("%d 个任务会马上重做。", "%d 个任务会马上重做。", count) % count)
    return redirect("kernel:operator")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(OPERATOR)
def operator_calendar(request: HttpRequest) -> HttpResponse:
    """The holidays and make-up days of this year and the next; POST takes a file of days."""
    this = timezone.localdate().year
    form = DaysForm(request.POST or None, request.FILES or None)
    errors: list[tuple[int, str]] = []
    if request.method == "POST" and form.is_valid():
        taken = calendar.import_csv(form.text())
        if not taken.errors:
            messages.success(request, ngettext("记下了 %d 天。", "记下了 %d 天。", taken.days) % taken.days)
            return redirect("kernel:calendar")
        errors = taken.errors[:50]
    context = {
        "years": [(year, calendar.covers(year)) for year in (this, this + 1)],
        "form": form,
        "errors": errors,
        "days": CalendarDay.objects.filter(day__year__gte=this).order_by("day"),
    }
    return render(request, "kernel/calendar.html", context, status=422 if errors or form.errors else 200)

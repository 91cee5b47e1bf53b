"""Telling units what can be read about their quarter, and deleting what was kept long enough."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from huying.appraisals import events
from huying.appraisals.models import Appraisal, AppraisalReply
from huying.appraisals.rules import Period
from huying.directory.models import Unit
from huying.kernel.log import record
from huying.kernel.models import Event
from huying.kernel.scopes import SYSTEM


def tell_quarter(period: Period) -> int:
    """Tell every verified unit that was open in the quarter that its summary can be read; returns how many are new.

    Nobody is told twice, so that it may run as often as it likes.
    """
    told = 0
    units = Unit.objects.filter(
        Q(closed_at__isnull=True) | Q(closed_at__date__gte=period.first),
        verified_at__isnull=False,
        created_at__date__lt=period.after,
    )
    for pk in units.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            unit = Unit.objects.select_for_update(of=("self",)).get(pk=pk)
            before = Event.objects.filter(subject_type="unit", subject_id=pk, kind=events.QUARTER_TOLD)
            if before.filter(facts__year=period.year, facts__quarter=period.quarter).exists():
                continue
            facts = {"unit": pk, "year": period.year, "quarter": period.quarter}
            record(events.QUARTER_TOLD, unit, by=SYSTEM, place=unit.place_id, **facts)
            told += 1
    return told


def erase_old(today: dt.date) -> int:
    """Delete the appraisals, with corrections and replies, whose time is over; returns how many lines."""
    roots = list(Appraisal.objects.filter(erase_on__lte=today, root__isnull=True).order_by("pk")[:1000])
    for root in roots:
        with transaction.atomic():
            line = Appraisal.objects.filter(Q(pk=root.pk) | Q(root=root))
            AppraisalReply.objects.filter(appraisal__in=line).delete()
            record(events.ERASED, root, by=SYSTEM, place=root.place_id)
            # The last first: each is pointed at by the one that corrects it.
            for entry in line.order_by("-pk"):
                entry.delete()
    return len(roots)

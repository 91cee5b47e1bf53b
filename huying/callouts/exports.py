"""All that call-outs hold of somebody, in open formats, for themselves."""

from django.utils import timezone
from django.utils.translation import gettext as _

from huying.callouts import rules_volunteers as numbers
from huying.callouts.actions.volunteers import guardian_of
from huying.callouts.certificate_words import name_of
from huying.callouts.models import Asked, Certificate, Companion, Signup, Volunteer
from huying.callouts.queries_volunteers import record_of
from huying.kernel.scopes import Actor


def record_rows(person_id: int) -> list[list]:
    """The record as a table, the oldest first; minutes measured and granted are two columns."""
    head = [
        _("日期"),
        _("活动"),
        _("岗位"),
        _("地点"),
        _("签到签退分钟"),
        _("另外认定分钟"),
        _("做了什么"),
        _("已计入"),
    ]
    return [
        head,
        *(
            [one.day.isoformat(), one.what, one.post, one.where, one.measured, one.granted, one.done, one.counted]
            for one in reversed(record_of(person_id))
        ),
    ]


def all_of(actor: Actor) -> dict:
    """Registration, skills with their proofs, week, companions, answers, sign-ups, record, certificates."""
    row = Volunteer.objects.filter(person_id=actor.id).select_related("place").first()
    asked = Asked.objects.filter(person_id=actor.id).select_related("callout").order_by("pk")
    signups = Signup.objects.filter(person_id=actor.id).select_related("shift__callout").order_by("pk")
    papers = Certificate.objects.filter(volunteer__person_id=actor.id, erased_at__isnull=True).order_by("pk")
    return {
        "name": actor.name,
        "registration": None if row is None or row.erased_at else _registration(row),
        "asked": [
            {
                "call_out": one.callout.title,
                "at": one.asked_at,
                "answer": one.answer or None,
                "from": one.can_from,
                "until": one.can_to,
                "words": one.words or None,
            }
            for one in asked
        ],
        "sign_ups": [
            {
                "call_out": one.shift.callout.title,
                "post": one.shift.name,
                "from": one.shift.starts_at,
                "until": one.shift.ends_at,
                "state": one.state,
                "signed_up_at": one.made_at,
            }
            for one in signups
        ],
        "record": [
            {
                "day": one.day,
                "activity": one.what,
                "post": one.post,
                "place": one.where,
                "minutes_measured": one.measured,
                "minutes_granted": one.granted,
                "done": one.done or None,
                "counted": one.counted,
            }
            for one in record_of(actor.id)
        ],
        "certificates": [
            {
                "number": numbers.grouped(one.number),
                "name": name_of(one, whole=True),
                "from": one.first,
                "until": one.last,
                "issued_at": one.issued_at,
                "revoked_at": one.revoked_at,
                "says": one.facts,
            }
            for one in papers
        ],
    }


def _registration(row: Volunteer) -> dict:
    named = Companion.objects.filter(volunteer=row).select_related("other").order_by("pk")
    return {
        "number": numbers.grouped(row.number),
        "place": str(row.place),
        "from": row.valid_from,
        "until": row.valid_to,
        "confirmed_on": timezone.localdate(row.confirmed_at) if row.confirmed_at else None,
        "month_of_birth": f"{row.born:%Y-%m}" if row.born else None,
        "guardian": guardian_of(row) or None,
        "skills": row.skills,
        "rather_not": row.avoids,
        "proofs": [
            {"skill": one.skill, "basis": one.basis, "given_at": one.given_at, "until": one.until}
            for one in row.proofs.filter(withdrawn_at__isnull=True)
        ],
        "free_hours": [{"day": day, "hour": hour} for day, hour in numbers.ticks_of(row.week)],
        "asked_at_most_a_week": row.asks_a_week,
        "night_calls": row.night_calls,
        "not_asked_before": row.paused_until,
        "insured_until": row.insured_until,
        "companions": [numbers.grouped(one.other.number) for one in named],
    }

"""Volunteers of the demo: Xu, whom the community has received and who has served; two neighbours; one who waits."""

import datetime as dt

from django.utils import timezone

from huying.callouts import rules_volunteers as weeks
from huying.callouts.actions import certificates, proofs
from huying.callouts.actions import volunteers as actions
from huying.callouts.actions.volunteers import Said
from huying.callouts.models import Attendance, Callout, Shift, Signup, Volunteer
from huying.callouts.queries_volunteers import presets
from huying.kernel.scopes import Actor
from huying.people.models import Person
from huying.people.queries import actor_for
from huying.places.models import Place

# username, month of birth, skills, rather not, preset of the week, received
NEIGHBOURS = (
    ("xu", dt.date(1988, 4, 1), ["first_aid", "computer"], [], "weekday_evenings", True),
    ("lu", None, ["repair"], ["lifting"], "weekends", True),
    ("zhi", None, ["writing"], [], "weekday_evenings", True),
    ("dangyuan", dt.date(1979, 9, 1), ["cooking"], ["night"], "weekends", False),
)


def load(home: Place) -> None:
    """Register them at the compound, once; what is there already stays as it is."""
    gao = _actor("gao")
    if gao is None:
        return
    for username, born, skills, avoids, preset, received in NEIGHBOURS:
        actor = _actor(username)
        if actor is None or Volunteer.objects.filter(person_id=actor.id).exists():
            continue
        row = actions.register(home, Said(born=born, skills=skills, avoids=avoids), by=actor, made_up=True)
        actions.set_week(presets().get(preset, [0] * weeks.DAYS), by=actor)
        if received:
            actions.confirm(row, by=gao)
        if username == "xu":
            _served(home, row, gao)


def _actor(username: str) -> Actor | None:
    person = Person.objects.filter(username=username, made_up=True, is_active=True).first()
    return actor_for(person) if person else None


def _served(home: Place, xu: Volunteer, gao: Actor) -> None:
    """A proof, two mornings of last month that count, and a paper about them."""
    until = timezone.localdate() + dt.timedelta(days=700)
    proofs.give_proof(xu, "first_aid", "红十字救护员培训", until=until, by=gao)
    zhi = Person.objects.get(username="zhi")
    for days, title, post, done in ((33, "雪天清路", "扫雪", ""), (26, "给老人送菜", "送菜上门", "帮着提到六楼")):
        start = (timezone.localtime() - dt.timedelta(days=days)).replace(hour=8, minute=0, second=0, microsecond=0)
        end = start + dt.timedelta(hours=3)
        callout = Callout.objects.create(
            key=f"demo-served-{xu.pk}-{days}",
            state="finished",
            title=title,
            place=home,
            path=home.path,
            reach="compound",
            reach_path=home.path,
            starts_at=start,
            ends_at=end,
            closes_at=start,
            posted_at=start - dt.timedelta(days=2),
            ended_at=end,
            posted_by=zhi,
            made_up=True,
        )
        shift = Shift.objects.create(callout=callout, name=post, starts_at=start, ends_at=end, capacity=4, taken=1)
        window = (start, end)
        signup = Signup.objects.create(
            shift=shift,
            person_id=xu.person_id,
            state="confirmed",
            period=window,
            guarded=window,
            made_at=start - dt.timedelta(days=1),
            confirmed_at=start - dt.timedelta(days=1),
            made_up=True,
        )
        Attendance.objects.create(
            signup=signup,
            in_at=start,
            how_in="code",
            out_at=end - dt.timedelta(minutes=10),
            how_out="code",
            done=done,
            shown_until=end + dt.timedelta(days=4),
            counted_at=end + dt.timedelta(days=4),
            made_up=True,
        )
    today = timezone.localdate()
    certificates.issue(xu, "许志远", today - dt.timedelta(days=60), today, by=gao)

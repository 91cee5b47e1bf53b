"""The call-outs of the demo: tomorrow's testing site of 人民大厦小区, a patrol that is being put together, and a morning that is over."""

import datetime as dt

from django.utils import timezone

from huying.callouts.actions import answer, attendance, change, hours, post, roster, volunteers
from huying.callouts.actions.post import Line, Posting
from huying.callouts.actions.roster import Pattern
from huying.callouts.actions.signup import sign_up
from huying.callouts.catalogue import template
from huying.callouts.models import Callout, Volunteer
from huying.kernel.scopes import Actor
from huying.people.models import Person, Post
from huying.people.queries import actor_for
from huying.places.models import Place

# (name, year and month of birth, skills, would rather not)
PEOPLE: tuple[tuple[str, tuple[int, int], tuple[str, ...], tuple[str, ...]], ...] = (
    ("马志愿者", (1988, 3), ("computer",), ()),
    ("牛志愿者", (1975, 11), (), ("lifting",)),
    ("杨志愿者", (1992, 7), ("driving", "computer"), ()),
    ("侯志愿者", (1969, 1), ("mediation",), ("stairs",)),
    ("纪志愿者", (2001, 9), ("arts",), ()),
    ("苟志愿者", (1984, 5), ("cooking",), ()),
    ("祝志愿者", (1979, 12), ("writing",), ("standing",)),
    ("龙志愿者", (1996, 4), ("computer", "repair"), ()),
)
HOUR = dt.timedelta(hours=1)


def load() -> int:
    """Put everything there through the same actions as people do; returns how many call-outs are new. Idempotent."""
    new = 0
    for community, compound, loader in (("广场社区", "人民大厦小区", _site), ("骊山新家园社区", "骊山新家园", _heart)):
        place = Place.objects.current().filter(kind="compound", name=compound, parent__short_name=community).first()
        secretary = _holder(place, "compound_secretary") if place else None
        keeper = _holder(place, "community_worker") if place else None
        if secretary is not None and keeper is not None:
            new += loader(place, secretary, keeper)
    return new


def _holder(place: Place, role: str) -> Actor | None:
    """Whoever holds a post at the place or right above it."""
    found = (
        Post.objects.current()
        .filter(role=role, place__path__ancestors=place.path)
        .order_by("-place__path", "id")
        .first()
    )
    return actor_for(found.person) if found else None


def _people(place: Place, keeper: Actor, part: slice) -> list[Actor]:
    """Volunteers registered with the compound, written down by the community; the same ones each time."""
    made = []
    for name, (year, month), skills, avoids in PEOPLE[part]:
        known = Volunteer.objects.filter(place=place, person__name=name, made_up=True).first()
        if known is None:
            said = volunteers.Said(born=dt.date(year, month, 1), skills=skills, avoids=avoids)
            known = _since(volunteers.register_for(place, name, said, "spoken", by=keeper, made_up=True))
        made.append(actor_for(known.person))
    return made


def _site(place: Place, secretary: Actor, keeper: Actor) -> int:
    """Tomorrow at six: a testing site; some have signed up, some only said that they can come."""
    if Callout.objects.filter(key="demo-testing").exists():
        return 0
    people = _people(place, keeper, slice(0, 8))
    given = template("testing").given
    start = timezone.localtime().replace(hour=6, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    lines = [
        Line(
            row["name"], row["places"], row["duties"], tuple(row["skills"]), tuple(row["body"]), row.get("min_age"),
            risky=row["risky"], insured=row["risky"], rest=row["rest"],
        )
        for row in given["posts"]
    ]  # fmt: skip
    callout, _new = post.post(
        Posting(
            place, given["title"], start, start + 8 * HOUR, start - HOUR, lines, "demo-testing", words=given["words"],
            meeting=given["meeting"], risk=given["risk"], private="门禁密码 1234#；15 栋 301 王奶奶行动不便，请上门。",
            template="testing", turn=4, made_up=True, at=timezone.now() - HOUR,
        ),
        by=secretary,
    )  # fmt: skip
    shifts = list(callout.shifts.order_by("starts_at", "pk"))
    for one in people[:2]:
        sign_up(shifts[0], one.id, by=one)
    for number, one in enumerate(people[2:7]):
        answer.say_can(callout, one.id, by=one, any_post=number % 2 == 0, words="早上都有空" if number == 1 else "")
    return 1


def _heart(place: Place, secretary: Actor, keeper: Actor) -> int:
    """A morning that is over, with its hours, and an evening patrol for the weeks to come."""
    new, people = 0, _people(place, keeper, slice(0, 4))
    people += [one for one in (_as_volunteer("xu", place, ("computer",)), _as_volunteer("lu", place, ())) if one]
    if not Callout.objects.filter(key="demo-snow").exists():
        _morning(place, secretary, people)
        new += 1
    if not Callout.objects.filter(key="demo-patrol").exists():
        today = timezone.localdate()
        patrol, _new = roster.open_roster(
            Pattern(
                place, "夜间巡逻", today + dt.timedelta(days=8 - today.isoweekday()), 2, tuple(range(7)), "19:00-21:00", 2,
                "demo-patrol", post="巡逻", rest=10, hours_a_week=6, meeting="小区工作站", made_up=True, at=timezone.now() - HOUR,
            ),
            by=secretary,
        )  # fmt: skip
        for number, one in enumerate(people):
            answer.say_can(patrol, one.id, by=one, any_post=number % 2 == 0)
        new += 1
    return new


def _as_volunteer(username: str, place: Place, skills: tuple[str, ...]) -> Actor | None:
    """One of the cast, registered too."""
    person = Person.objects.filter(username=username).first()
    if person is None:
        return None
    actor = actor_for(person)
    if not Volunteer.objects.filter(person=person).exists():
        said = volunteers.Said(born=dt.date(1985, 6, 1), skills=skills)
        _since(volunteers.register(place, said, by=actor, made_up=True))
    return actor_for(person)


def _since(volunteer: Volunteer) -> Volunteer:
    """Registered for a month, since the demo has a past."""
    Volunteer.objects.filter(pk=volunteer.pk).update(valid_from=timezone.localdate() - dt.timedelta(days=30))
    return volunteer


def _morning(place: Place, secretary: Actor, people: list[Actor]) -> None:
    """Nine days ago, two hours of tidying up: checked in, checked out, shown and counted."""
    start = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) - dt.timedelta(days=9)
    before = start - 20 * HOUR
    callout, _new = post.post(
        Posting(
            place, "楼道杂物清理", start, start + 2 * HOUR, start - HOUR, [Line("搬运", 4, "把楼道里的旧东西搬下楼")], "demo-snow",
            template="goods", made_up=True, at=before,
        ),
        by=secretary,
    )  # fmt: skip
    shift = callout.shifts.get()
    for number, one in enumerate(people[-4:]):
        signup = sign_up(shift, one.id, by=one, at=before + number * HOUR / 4)
        if not signup.stands:
            continue
        row = shift.signups.get(pk=signup.signup_id)
        attendance.check_in(row, by=secretary, how="list", at=start + number * dt.timedelta(minutes=3))
        attendance.check_out(row, by=secretary, how="list", at=start + 2 * HOUR)
    end = start + 2 * HOUR
    change.finish(callout, by=secretary, at=end + HOUR / 2)
    hours.confirm(callout, by=secretary, at=end + HOUR)
    hours.count_due()

"""Certificates: what counts is put on paper, anybody checks it, nobody changes it; moving, leaving, being forgotten."""

import datetime as dt
import json

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from huying.callouts import demo_volunteers
from huying.callouts import rules_volunteers as numbers
from huying.callouts.actions import certificates, companions, parting, proofs
from huying.callouts.actions import volunteers as actions
from huying.callouts.exports import all_of
from huying.callouts.listeners import forget_with_the_login
from huying.callouts.models import Attendance, Certificate, Companion, Proof, Signup, Volunteer
from huying.callouts.views.certificates import forget_tries
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event
from huying.people import actions as people
from huying.people.models import Person, Post

from .scene import a_callout, a_shift, a_volunteer, asked


@pytest.fixture(autouse=True)
def calm():
    forget_tries()


@pytest.fixture
def xu(stage) -> Volunteer:
    """Xu, a volunteer of the compound whom the community has received."""
    return a_volunteer(stage, "xu", number=numbers.number_of(987654321, 8), skills=["repair"], week=[3] * 7)


def served(stage, who="xu", days=7, *, counted=True, granted=None, done="") -> Attendance:
    """A post of three hours some days ago at which somebody was."""
    start = timezone.now().replace(minute=0, second=0, microsecond=0) - dt.timedelta(days=days)
    end = start + dt.timedelta(hours=3)
    callout = a_callout(stage, starts_at=start, ends_at=end, closes_at=start)
    shift = a_shift(callout, start=timezone.localtime(start).hour, starts_at=start, ends_at=end)
    signup = signed(stage, shift, who)
    more = {}
    if granted:
        more = {
            "granted_minutes": granted,
            "granted_reason": "徐小强多站了一会儿",
            "granted_by": stage.persons["gao"],
            "granted_at": end,
        }
    return Attendance.objects.create(
        signup=signup, in_at=start, how_in="list", out_at=end - dt.timedelta(minutes=30), how_out="list", done=done,
        shown_until=end if counted else None, counted_at=end if counted else None, **more,
    )  # fmt: skip


def signed(stage, shift, who="xu", state="confirmed") -> Signup:
    """A place that somebody holds."""
    window = (shift.starts_at, shift.ends_at)
    more = {"expires_at": timezone.now() + dt.timedelta(hours=1)} if state == "offered" else {}
    shift.taken += 1
    shift.save(update_fields=["taken"])
    return Signup.objects.create(
        shift=shift, person=stage.persons[who], state=state, period=window, guarded=window,
        confirmed_at=timezone.now() if state == "confirmed" else None, **more,
    )  # fmt: skip


def paper(stage, xu, by="xu") -> Certificate:
    day = timezone.localdate()
    return certificates.issue(xu, "徐小强", day - dt.timedelta(days=30), day, by=stage.actor(by))


def test_only_what_counts_is_on_the_paper_and_the_two_kinds_of_hours_stay_apart(stage, xu):
    with pytest.raises(StepRefused, match="还没有计入"):
        paper(stage, xu)
    served(stage, days=3, counted=False)
    with pytest.raises(StepRefused):
        paper(stage, xu)
    served(stage, days=7, granted=45, done="引导老人")
    served(stage, days=9)
    served(stage, days=200)
    made = paper(stage, xu)
    assert (made.facts["measured"], made.facts["granted"]) == (300, 45)
    assert [(row["measured"], row["granted"], row["done"]) for row in made.facts["rows"]] == [
        (150, None, ""),
        (150, 45, "引导老人"),
    ]
    assert made.facts["in_charge"] == ["秦书记"] and made.facts["issuer"] == str(stage.place("community"))
    assert "徐小强" not in json.dumps(made.facts, ensure_ascii=False) and made.name_sealed.open() == "徐小强"
    assert numbers.is_whole(made.number, numbers.OF_CERTIFICATE)


def test_bad_days_and_names_are_refused_in_words(stage, xu):
    served(stage)
    day = timezone.localdate()
    for name, first, last, field in (
        ("", day, day, "name"),
        ("123", day, day, "name"),
        ("徐小强", day + dt.timedelta(days=1), day + dt.timedelta(days=2), "first"),
        ("徐小强", day, day - dt.timedelta(days=1), "last"),
    ):
        with pytest.raises(BadInput) as refused:
            certificates.issue(xu, name, first, last, by=stage.actor("xu"))
        assert field in refused.value.fields
    for who in ("lu", "zhao"):
        with pytest.raises(Forbidden):
            paper(stage, xu, by=who)
    assert paper(stage, xu, by="gao").issued_by == stage.persons["gao"]


def test_anybody_checks_a_number_and_sees_the_first_sign_of_the_name(stage, xu, client):
    served(stage)
    made = paper(stage, xu)
    page = client.get(reverse("certificate-verify", args=[numbers.grouped(made.number).lower()]))
    words = page.content.decode()
    assert page.status_code == 200 and "是真的" in words and "徐*" in words
    assert "徐小强" not in words and numbers.grouped(xu.number) not in words and "徐志愿者" not in words
    assert page["X-Robots-Tag"].startswith("noindex") and page["Cache-Control"] == "private, no-store"


def test_a_made_up_number_meets_clear_words_and_numbers_cannot_be_walked(client, db):
    wrong = client.get(reverse("certificate-verify", args=["0000-0000-0000-0001"]))
    assert wrong.status_code == 404 and "写错" in wrong.content.decode()
    never = numbers.number_of(4711, numbers.OF_CERTIFICATE)
    page = client.get(reverse("certificate-verify", args=[never]))
    assert page.status_code == 404 and "没有开过" in page.content.decode()
    last = [client.get(reverse("certificate-verify", args=[never])).status_code for _try in range(20)][-1]
    assert last == 429
    assert client.get(reverse("certificate-check") + "?number=%E4%B8%80").status_code == 200
    assert client.get(reverse("certificate-check") + f"?number={never}").status_code == 302


def test_the_community_revokes_with_a_reason_that_is_read(stage, xu, client):
    served(stage)
    made = paper(stage, xu)
    for who in ("xu", "zhao", "lu"):
        with pytest.raises(Forbidden):
            certificates.revoke(made, "开错了人", by=stage.actor(who))
    with pytest.raises(BadInput):
        certificates.revoke(made, "", by=stage.actor("gao"))
    certificates.revoke(made, "开错了人", by=stage.actor("gao"))
    with pytest.raises(StepRefused):
        certificates.revoke(made, "再收一次", by=stage.actor("gao"))
    words = client.get(reverse("certificate-verify", args=[made.number])).content.decode()
    assert "已经收回" in words and "开错了人" in words and "是真的" not in words


def test_the_database_lets_nobody_change_what_a_paper_says(stage, xu):
    served(stage)
    made = paper(stage, xu)
    one = Certificate.objects.filter(pk=made.pk)
    for change in ({"facts": {"measured": 6000}}, {"number": "x"}, {"last": made.last + dt.timedelta(days=1)}):
        with pytest.raises(DatabaseError), transaction.atomic():
            one.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        one.delete()
    certificates.revoke(made, "开错了人", by=stage.actor("gao"))
    with pytest.raises(DatabaseError), transaction.atomic():
        one.update(revoked_at=None, revoked_by=None, revoked_reason="")


def test_the_pdf_is_one_and_names_its_chinese_font(stage, xu, client):
    served(stage, granted=45, done="<b>&引导</b>")
    made = paper(stage, xu)
    client.force_login(stage.persons["xu"])
    file = client.get(reverse("certificate-pdf", args=[made.number]))
    assert file["Content-Type"] == "application/pdf" and file.content.startswith(b"%PDF-")
    assert b"STSong-Light" in file.content and b"UniGB-UCS2-H" in file.content
    page = client.get(reverse("certificate", args=[made.number])).content.decode()
    assert "徐小强" in page and "服务记录" in page and "<svg" in page and "&lt;b&gt;" in page
    client.force_login(stage.persons["zhao"])
    assert client.get(reverse("certificate-pdf", args=[made.number])).status_code == 404


def test_moving_takes_number_and_record_along_and_tells_both(stage, xu):
    served(stage)
    parting.move(stage.place("elsewhere"), by=stage.actor("xu"))
    row = Volunteer.objects.get(pk=xu.pk)
    assert (row.number, row.place, row.confirmed_at) == (xu.number, stage.place("elsewhere"), None)
    told = Event.objects.filter(kind__in=("callouts.transferred", "callouts.registered")).order_by("id")
    assert [event.place_id for event in told] == [xu.place_id, row.place_id]
    with pytest.raises(StepRefused):
        parting.move(stage.place("elsewhere"), by=stage.actor("xu"))
    assert paper(stage, actions.confirm(row, by=stage.actor("zhao"))).facts["measured"] == 150


def test_leaving_gives_back_what_is_to_come_and_keeps_what_was(stage, xu):
    served(stage)
    ahead = a_shift(a_callout(stage), capacity=1)
    signup = signed(stage, ahead)
    Post.objects.create(person=stage.persons["xu"], role="volunteer", place=xu.place)
    parting.leave(by=stage.actor("xu"))
    signup.refresh_from_db()
    ahead.refresh_from_db()
    assert (signup.state, ahead.taken) == ("withdrawn", 0)
    assert Attendance.objects.count() == 1
    assert not Post.objects.current().filter(person=stage.persons["xu"], place=xu.place, role="volunteer").exists()


def everything_of(person_id: int) -> str:
    """Whatever call-outs still say of a person."""
    return json.dumps(
        [list(rows.values()) for rows in (
            Volunteer.objects.filter(person_id=person_id), Signup.objects.filter(person_id=person_id),
            Attendance.objects.filter(signup__person_id=person_id),
        )],
        default=str, ensure_ascii=False,
    )  # fmt: skip


def test_whoever_wants_to_be_forgotten_is(stage, xu, client):
    Volunteer.objects.filter(pk=xu.pk).update(guardian_sealed=None, last_asked_at=timezone.now())
    hours = served(stage, granted=45, done="徐小强引导老人")
    made = paper(stage, xu)
    proofs.give_proof(xu, "first_aid", "看过急救证", by=stage.actor("gao"))
    lu = a_volunteer(stage, "lu", number=numbers.number_of(1234567, 8))
    companions.name_companion(lu.number, by=stage.actor("xu"))
    companions.name_companion(xu.number, by=stage.actor("lu"))
    asked(hours.signup.shift.callout, stage.persons["xu"], words="我是徐小强")
    parting.erase(by=stage.actor("xu"))
    row = Volunteer.objects.get(pk=xu.pk)
    assert row.erased_at and (row.born, row.skills, row.week, row.last_asked_at) == (None, [], [0] * 7, None)
    assert row.number != xu.number and row.calendar_key != xu.calendar_key
    assert not Proof.objects.filter(volunteer=row).exists() and not Companion.objects.exists()
    # The hours are there for the community's account, and nobody's.
    hours.refresh_from_db()
    assert (hours.measured, hours.granted_minutes, hours.in_at) == (150, 45, None)
    nobody = Person.objects.get(pk=hours.signup.person_id)
    assert nobody.pk != stage.persons["xu"].pk and not nobody.is_active
    for person in (stage.persons["xu"].pk, nobody.pk):
        assert not any(word in everything_of(person) for word in ("徐", "急救", xu.number, "repair", "1990"))
    words = client.get(reverse("certificate-verify", args=[made.number])).content.decode()
    assert "核对不到" in words and "徐" not in words
    made.refresh_from_db()
    assert made.facts == {} and made.name_sealed is None
    assert all_of(stage.actor("xu"))["registration"] is None
    with pytest.raises(StepRefused):
        parting.erase(by=stage.actor("xu"))


def test_a_login_that_goes_takes_the_volunteer_along(stage):
    row = a_volunteer(stage, "wu", skills=["repair"])
    ahead = signed(stage, a_shift(a_callout(stage)), "wu")
    people.erase(stage.persons["wu"], by=stage.actor("wu"))
    event = Event.objects.get(kind="people.person_erased")
    for _twice in range(2):
        forget_with_the_login(event)
    row.refresh_from_db()
    ahead.refresh_from_db()
    assert row.erased_at and row.skills == [] and ahead.state == "cancelled"


def test_nobody_is_forgotten_while_at_a_post_and_the_old_are_by_themselves(stage, xu):
    hours = served(stage, counted=False)
    Attendance.objects.filter(pk=hours.pk).update(out_at=None, how_out="")
    with pytest.raises(StepRefused, match="签退"):
        parting.erase(by=stage.actor("xu"))
    Attendance.objects.filter(pk=hours.pk).update(out_at=timezone.now(), how_out="list")
    parting.leave(by=stage.actor("xu"))
    assert parting.forget_the_left() == 0
    assert parting.forget_the_left(timezone.localdate() + dt.timedelta(days=1200)) == 1
    assert Volunteer.objects.get(pk=xu.pk).erased_at


def test_the_calendar_says_what_was_said_yes_to_and_nothing_private(stage, xu, client):
    callout = a_callout(stage, private_sealed="门禁 1234#", meeting="东门")
    first = signed(stage, a_shift(callout, start=6))
    offered = signed(stage, a_shift(callout, start=12), state="offered")
    waiting = signed(stage, a_shift(callout, start=16))
    Signup.objects.filter(pk=waiting.pk).update(state="waiting", confirmed_at=None)
    gone = signed(stage, a_shift(callout, start=19))
    Signup.objects.filter(pk=gone.pk).update(state="withdrawn", ended_at=timezone.now(), version=1)
    address = reverse("volunteer-feed", args=[xu.calendar_key])
    answer = client.get(address)
    assert answer["Content-Type"].startswith("text/calendar") and b"1234#" not in answer.content
    events = {str(one["UID"]): one for one in Calendar.from_ical(answer.content).walk("VEVENT")}
    status = {uid.partition("@")[0]: str(one["STATUS"]) for uid, one in events.items()}
    assert status == {
        f"shift-{first.pk}": "CONFIRMED",
        f"shift-{offered.pk}": "TENTATIVE",
        f"shift-{gone.pk}": "CANCELLED",
    }
    one = next(event for uid, event in events.items() if uid.startswith(f"shift-{first.pk}@"))
    assert one["DTSTART"].dt == first.shift.starts_at and "东门" in str(one["LOCATION"]) and int(one["SEQUENCE"]) == 0
    client.force_login(stage.persons["xu"])
    single = client.get(reverse("volunteer-shift", args=[first.pk]))
    assert len(Calendar.from_ical(single.content).walk("VEVENT")) == 1
    client.post(reverse("volunteer-calendar"))
    assert client.get(address).status_code == 404


def test_the_demo_shows_a_volunteer_who_has_served_and_is_loaded_once(stage):
    Person.objects.update(made_up=True)
    Post.objects.filter(role="volunteer").delete()
    for _twice in range(2):
        demo_volunteers.load(stage.place("compound"))
    xu = Volunteer.objects.get(person=stage.persons["xu"])
    assert xu.made_up and xu.confirmed_at and Certificate.objects.get().volunteer == xu
    assert Volunteer.objects.count() == 3 and Attendance.objects.filter(counted_at__isnull=False).count() == 2

"""Standing rosters: a pattern becomes shifts, people say yes, the proposal keeps rest and hours, swaps change hands in one moment."""

import datetime as dt
import secrets
from itertools import pairwise

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from huying.callouts.actions import assign, roster, swap
from huying.callouts.actions.roster import Pattern, blocks_of, times_of
from huying.callouts.models import Asked, Callout, Shift, Signup, Swap
from huying.callouts.queries_assign import candidates
from huying.callouts.solving_roster import free_times
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event

from .scene import a_volunteer, asked, crowd

NEXT_MONDAY = timezone.localdate() + dt.timedelta(days=7 - timezone.localdate().weekday())


def a_pattern(stage, **more) -> Pattern:
    return Pattern(
        **{
            "place": stage.place("compound"), "title": "夜间巡逻", "first": NEXT_MONDAY, "weeks": 2, "days": tuple(range(7)),
            "blocks": "19:00-21:00 21:00-23:00", "people": 1, "rest": 10, "hours_a_week": 6, "key": secrets.token_hex(8),
        }
        | more
    )  # fmt: skip


def opened(stage, **more) -> Callout:
    return roster.open_roster(a_pattern(stage, **more), by=stage.actor("zhi"))[0]


@pytest.fixture
def patrol(stage):
    """A patrol of two weeks and six people who say that they take part, four of them glad of any shift."""
    callout, people = opened(stage), crowd(stage, 6)
    for number, one in enumerate(people):
        asked(callout, one, answer="can", answered_at=timezone.now(), any_post=number < 4)
    return callout, people


def published(patrol, stage):
    proposal = assign.propose(patrol[0], by=stage.actor("zhi"))
    return assign.publish(proposal, by=stage.actor("zhi"), version=0)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("08:00-12:00 14:00-18:00", [(8, 4), (14, 4)]),
        ("22:00-06:00", [(22, 8)]),
        ("16:00-24:00", [(16, 8)]),
        ("0:00–24:00", [(0, 24)]),
        ("8:00 至 12:00，14:00到18:00", [(8, 4), (14, 4)]),
    ],
)
def test_blocks_are_read_as_people_write_them(text, blocks):
    assert [(start.hour, length.total_seconds() / 3600) for start, length in blocks_of(text)] == blocks


@pytest.mark.parametrize("text", ["", "早上", "8-12", "25:00-26:00", "08:00-12:00 还有", "08:60-09:00", "08:00-24:30"])
def test_what_is_no_time_of_the_day_is_refused(text):
    with pytest.raises(ValueError, match=r"no "):
        blocks_of(text)


@given(st.integers(1, 8), st.sets(st.integers(0, 6), min_size=1), st.integers(0, 13))
def test_a_pattern_has_each_shift_once_on_its_days(weeks, days, ahead):
    first = dt.date(2027, 6, 21) + dt.timedelta(days=ahead)
    times = times_of(Pattern(None, "", first, weeks, tuple(days), "08:00-12:00 22:00-06:00", 1, ""))
    assert len(times) == weeks * len(days) * 2 == len(set(times))
    assert {timezone.localtime(start).weekday() for start, _end in times} == days
    assert all(start < end <= start + dt.timedelta(hours=24) for start, end in times)


def test_a_roster_has_its_shifts_and_is_posted_once(stage):
    pattern = a_pattern(stage)
    made, new = roster.open_roster(pattern, by=stage.actor("zhi"))
    again, twice = roster.open_roster(pattern, by=stage.actor("zhi"))
    assert (new, twice) == (True, False) and again.pk == made.pk
    shifts = made.shifts.all()
    assert len(shifts) == 28 and {one.rest for one in shifts} == {600} and {one.name for one in shifts} == {"夜间巡逻"}
    assert made.kind == "roster" and made.ends_at == max(one.ends_at for one in shifts)
    assert Event.objects.filter(kind="callouts.posted", subject_id=made.pk).count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": " "}, "title"), ({"first": None}, "first"), ({"first": timezone.localdate()}, "first"),
        ({"first": timezone.localdate() + dt.timedelta(days=400)}, "first"), ({"weeks": 0}, "weeks"), ({"weeks": 9}, "weeks"),
        ({"people": 0}, "people"), ({"people": 10**6}, "people"), ({"days": ()}, "days"), ({"blocks": "早上"}, "blocks"),
        ({"rest": 30}, "rest"), ({"hours_a_week": 0}, "hours_a_week"), ({"reach": "district"}, "reach"),
        ({"weeks": 8, "blocks": " ".join(f"{h:02}:00-{h + 1:02}:00" for h in range(20))}, "weeks"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_written(stage, more, field):
    with pytest.raises(BadInput) as refused:
        opened(stage, **more)
    assert field in refused.value.fields and not Callout.objects.exists()


def test_others_open_no_roster(stage):
    for who in ("xu", "lu", "zhao", "wu"):
        with pytest.raises(Forbidden):
            roster.open_roster(a_pattern(stage), by=stage.actor(who))


def test_the_proposal_keeps_rest_hours_and_shares_evenly(patrol, stage):
    callout, people = patrol
    published(patrol, stage)
    counts = {one.pk: 0 for one in people}
    for person in counts:
        own = list(Signup.objects.holding().filter(person_id=person, shift__callout=callout).select_related("shift"))
        counts[person] = len(own)
        own.sort(key=lambda one: one.period.lower)
        for one, other in pairwise(own):
            assert other.period.lower - one.period.upper >= dt.timedelta(hours=10)
        for week in {timezone.localtime(one.period.lower).isocalendar()[1] for one in own}:
            mine = [one for one in own if timezone.localtime(one.period.lower).isocalendar()[1] == week]
            assert len(mine) <= 3, "six hours a week"
    assert sum(counts.values()) == 28 and max(counts.values()) - min(counts.values()) <= 1
    assert all(one.taken == one.signups.holding().count() for one in Shift.objects.filter(callout=callout))


def test_free_times_are_those_of_the_week_when_one_was_drawn(patrol):
    callout, people = patrol
    volunteer = people[0].volunteer
    # Free from 19 to 21 on Mondays, from 20 to 22 on Tuesdays.
    volunteer.week = [0b11 << 19, 0b11 << 20, 0, 0, 0, 0, 0]
    volunteer.save(update_fields=["week"])
    one = candidates(callout)[people[0].pk]
    times = [(timezone.localtime(a), timezone.localtime(b)) for a, b in free_times(one)]
    assert [(a.weekday(), a.hour, b.hour) for a, b in times] == [(0, 19, 21), (1, 20, 22)] * 2
    assert free_times(candidates(callout)[people[1].pk]) == [(callout.starts_at, callout.ends_at)]


def test_nobody_who_did_not_say_yes_is_on_the_roster(patrol, stage):
    silent = crowd(stage, 1)[0]
    asked(patrol[0], silent)
    published(patrol, stage)
    assert not Signup.objects.filter(person=silent).exists()


@pytest.fixture
def mine(patrol, stage):
    """A confirmed shift of somebody, a colleague who could take it, and one who stands at the same time."""
    callout, people = patrol
    shift = callout.shifts.order_by("starts_at").first()
    period = (shift.starts_at, shift.ends_at)
    own = Signup.objects.create(
        shift=shift, person=people[0], state="confirmed", period=period, guarded=period, confirmed_at=timezone.now()
    )
    Shift.objects.filter(pk=shift.pk).update(taken=1)
    return own, people[1]


def actor(person):
    from huying.people.queries import actor_for

    return actor_for(person)


def test_a_swap_changes_hands_in_one_moment(mine):
    own, colleague = mine
    wanted = swap.offer_swap(own, by=actor(own.person))
    assert swap.offer_swap(own, by=actor(own.person)).pk == wanted.pk, "asked once"
    made = swap.take_swap(wanted, by=actor(colleague))
    own.refresh_from_db()
    assert (own.state, made.state, made.how, made.person_id) == ("withdrawn", "confirmed", "swap", colleague.pk)
    assert Shift.objects.get(pk=own.shift_id).taken == 1
    assert Event.objects.get(kind="callouts.swapped").facts["to"] == colleague.pk
    with pytest.raises(StepRefused):
        swap.take_swap(wanted, by=actor(colleague))


def test_until_somebody_takes_it_the_shift_stays_and_can_be_kept(mine):
    own, colleague = mine
    wanted = swap.offer_swap(own, by=actor(own.person))
    own.refresh_from_db()
    assert own.state == "confirmed"
    with pytest.raises(Forbidden):
        swap.take_offer_back(wanted, by=actor(colleague))
    swap.take_offer_back(wanted, by=actor(own.person))
    with pytest.raises(StepRefused):
        swap.take_swap(wanted, by=actor(colleague))


def test_a_swap_that_a_rule_forbids_changes_nothing(mine, patrol):
    own, colleague = mine
    other = patrol[0].shifts.order_by("starts_at")[1]
    guarded = (other.starts_at, other.ends_at + dt.timedelta(hours=10))
    Signup.objects.create(
        shift=other, person=colleague, state="confirmed", period=(other.starts_at, other.ends_at), guarded=guarded,
        confirmed_at=timezone.now(),
    )  # fmt: skip
    wanted = swap.offer_swap(own, by=actor(own.person))
    with pytest.raises(StepRefused):
        swap.take_swap(wanted, by=actor(colleague))
    own.refresh_from_db()
    wanted.refresh_from_db()
    assert own.state == "confirmed" and wanted.taken_at is None
    assert Shift.objects.get(pk=own.shift_id).taken == 1 and not Event.objects.filter(kind="callouts.swapped").exists()


def test_a_shift_that_has_begun_stays_with_whom_it_is(mine):
    own, colleague = mine
    wanted = swap.offer_swap(own, by=actor(own.person))
    with (
        time_machine.travel(own.shift.starts_at + dt.timedelta(minutes=1)),
        pytest.raises(StepRefused, match="已经开始"),
    ):
        swap.take_swap(wanted, by=actor(colleague))
    own.refresh_from_db()
    assert own.state == "confirmed"


def test_only_who_takes_part_takes_a_swap(mine, stage):
    own, _colleague = mine
    wanted = swap.offer_swap(own, by=actor(own.person))
    for who in ("xu", "zhi", "gao"):
        with pytest.raises(Forbidden):
            swap.take_swap(wanted, by=stage.actor(who))
    with pytest.raises(Forbidden):
        swap.offer_swap(own, by=stage.actor("zhi"))


def test_the_pages_open_a_roster_show_it_and_swap(patrol, stage, client):
    client.force_login(stage.persons["zhi"])
    page = client.get("/callouts/roster/new/?kind=around").content.decode()
    assert "00:00-08:00" in page and "24 小时值守" in page
    given = {"key": secrets.token_hex(8), "title": "", "place": stage.place("compound").pk, "reach": "community"}
    bare = client.post("/callouts/roster/new/", given)
    assert bare.status_code == 422 and "还没有填。" in bare.content.decode()
    given |= {
        "first": NEXT_MONDAY,
        "weeks": 1,
        "days": [0],
        "people": 1,
        "rest": 0,
        "hours_a_week": 8,
        "blocks": "8:00-9:00",
    }
    bad = client.post("/callouts/roster/new/", given)
    assert bad.status_code == 422 and "请写这张值班表叫什么" in bad.content.decode()
    sent = client.post("/callouts/roster/new/", given | {"title": "早班"})
    assert sent.status_code == 302 and Callout.objects.get(title="早班").shifts.count() == 1
    callout, people = patrol
    client.post(f"/callouts/{callout.pk}/assign/propose/")
    shift = callout.shifts.order_by("starts_at").first()
    page = client.get(f"/callouts/{callout.pk}/assign/?shift={shift.pk}").content.decode()
    assert "公布排班" in page and people[0].name in page and 'id="cell"' in page
    client.post(f"/callouts/{callout.pk}/assign/publish/", {"version": 0})
    own = Signup.objects.filter(state="confirmed", shift__callout=callout).order_by("period").first()
    client.force_login(own.person)
    assert "请人换班" in client.get(f"/callouts/{callout.pk}/roster/").content.decode()
    assert client.post(f"/callouts/{callout.pk}/roster/swap/{own.pk}/").status_code == 302
    wanted = Swap.objects.get()
    colleague = next(one for one in people if one.pk != own.person_id)
    client.force_login(colleague)
    assert "我来接" in client.get(f"/callouts/{callout.pk}/roster/").content.decode()
    assert client.post(f"/callouts/{callout.pk}/roster/take/{wanted.pk}/").status_code == 302
    stranger = a_volunteer(stage, "wu").person
    Asked.objects.create(callout=callout, person=stranger)
    client.force_login(stranger)
    assert client.get(f"/callouts/{callout.pk}/roster/").status_code == 403

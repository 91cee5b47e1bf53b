"""Volunteers: registering, being confirmed, minors and guardians, proofs, companions, pauses."""

import datetime as dt

import pytest
from django.utils import timezone

from huying.callouts import rules_volunteers as numbers
from huying.callouts.actions import companions, parting, proofs
from huying.callouts.actions import volunteers as actions
from huying.callouts.actions.volunteers import Said
from huying.callouts.models import Companion, Proof, Volunteer
from huying.callouts.queries_volunteers import companions_of, skills_of
from huying.directory.models import Member
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event
from huying.kernel.scopes import ANONYMOUS
from huying.people.models import Person, Post
from huying.people.newcomers import Newcomer

from .scene import a_volunteer

GROWN = dt.date(1990, 5, 1)


def years_ago(years: int, months: int = 0) -> dt.date:
    """The first of a month so many years and months ago."""
    today = timezone.localdate()
    month = today.month - 1 - months
    return dt.date(today.year - years + month // 12, month % 12 + 1, 1)


def newcomer(username="fangdajie", name="方大姐") -> Newcomer:
    return Newcomer(username, name, "a-sunny-day-9")


def test_a_newcomer_becomes_a_volunteer_with_a_login_or_neither(stage):
    place = stage.place("compound")
    with pytest.raises(BadInput) as refused:
        actions.register(place, Said(born=GROWN, skills=["flying"]), by=ANONYMOUS, newcomer=newcomer())
    assert "skills" in refused.value.fields and not Person.objects.filter(username="fangdajie").exists()
    row = actions.register(place, Said(born=GROWN, skills=["repair"]), by=ANONYMOUS, newcomer=newcomer())
    assert row.person.username == "fangdajie" and row.path == place.path and row.confirmed_at is None
    assert numbers.is_whole(row.number, numbers.OF_VOLUNTEER)
    event = Event.objects.get(kind="callouts.registered")
    assert event.facts == {"person": row.person_id} and event.place_id == place.pk


def test_nobody_registers_twice_and_numbers_are_kept_for_good(stage):
    place, wu = stage.place("compound"), stage.actor("wu")
    row = actions.register(place, Said(born=GROWN), by=wu)
    with pytest.raises(StepRefused, match="已经是"):
        actions.register(place, Said(born=GROWN), by=wu)
    parting.leave(by=wu)
    again = actions.register(place, Said(born=GROWN), by=stage.actor("wu"))
    assert (again.pk, again.number) == (row.pk, row.number) and again.calendar_key != row.calendar_key


def test_of_whom_the_system_knows_to_be_of_age_nothing_is_asked_again(stage):
    Member.objects.create(person=stage.persons["wu"], place=stage.place("community"), skills=["haircut"])
    row = actions.register_at_once(stage.place("compound"), by=stage.actor("wu"))
    assert row.skills == ["haircut"] and row.born is None
    assert actions.register_at_once(stage.place("compound"), by=stage.actor("lu")).skills == []
    with pytest.raises(StepRefused):
        actions.register_at_once(stage.place("compound"), by=stage.actor("tian"))
    with pytest.raises(BadInput) as refused:
        actions.register(stage.place("compound"), Said(), by=stage.actor("tian"))
    assert "born" in refused.value.fields


def test_the_community_confirms_and_gives_the_post_of_a_volunteer(stage):
    row = actions.register(stage.place("compound"), Said(born=GROWN), by=stage.actor("wu"))
    for who in ("lu", "zhi", "zhao", "jie", "wu"):
        with pytest.raises(Forbidden):
            actions.confirm(row, by=stage.actor(who))
    actions.confirm(row, by=stage.actor("gao"))
    assert Post.objects.current().filter(person=stage.persons["wu"], role="volunteer", place=row.place).exists()
    with pytest.raises(StepRefused):
        actions.confirm(row, by=stage.actor("gao"))
    with pytest.raises(StepRefused):
        actions.decline(row, "我们不认识您", by=stage.actor("gao"))


def test_who_is_not_received_reads_why_and_may_come_again(stage):
    row = actions.register(stage.place("compound"), Said(born=GROWN), by=stage.actor("wu"))
    with pytest.raises(BadInput):
        actions.decline(row, " ", by=stage.actor("gao"))
    actions.decline(row, "请到您住的社区登记", by=stage.actor("gao"))
    row.refresh_from_db()
    assert row.declined_reason == "请到您住的社区登记" and row.valid_to == timezone.localdate()
    again = actions.register(stage.place("compound"), Said(born=GROWN), by=stage.actor("wu"))
    assert again.declined_reason == "" and again.valid_to is None


@pytest.mark.parametrize(
    ("years", "months", "code"), [(13, 11, "too_young"), (14, 0, ""), (17, 11, ""), (18, 0, "grown")]
)
def test_the_young_come_with_a_guardian_and_children_later(stage, years, months, code):
    born = years_ago(years, months)
    if code == "too_young":
        with pytest.raises(StepRefused, match="长大一点"):
            actions.register(stage.place("compound"), Said(born=born), by=stage.actor("wu"))
        assert not Volunteer.objects.exists()
        return
    if code == "grown":
        assert actions.register(stage.place("compound"), Said(born=born), by=stage.actor("wu")).guardian_sealed is None
        return
    with pytest.raises(BadInput) as refused:
        actions.register(stage.place("compound"), Said(born=born), by=stage.actor("wu"))
    assert set(refused.value.fields) == {"guardian", "guardian_how"}
    said = Said(born=born, guardian="妈妈", guardian_how="spoken")
    row = Volunteer.objects.get(pk=actions.register(stage.place("compound"), said, by=stage.actor("wu")).pk)
    assert actions.guardian_of(row) == {"who": "妈妈", "how": "spoken"} and "妈妈" not in str(row.guardian_sealed)
    with pytest.raises(StepRefused, match="监护人"):
        actions.confirm(row, by=stage.actor("gao"))
    actions.agree_guardian(row, "妈妈", "phone", by=stage.actor("gao"))
    actions.confirm(row, by=stage.actor("gao"))
    # Children do not go into strangers' homes for a wish.
    assert not Post.objects.current().filter(person=stage.persons["wu"], role="volunteer").exists()
    parting.withdraw_guardian(row, by=stage.actor("wu"))
    row.refresh_from_db()
    assert row.valid_to == timezone.localdate() and row.guardian_sealed is None and row.guardian_agreed_at is None


def test_staff_write_down_who_said_so_and_nobody_else(stage):
    place = stage.place("compound")
    with pytest.raises(Forbidden):
        actions.register_for(place, "方大姐", Said(born=GROWN), "phone", by=stage.actor("zhao"))
    with pytest.raises(BadInput):
        actions.register_for(place, "方大姐", Said(born=GROWN), "", by=stage.actor("gao"))
    assert not Person.objects.filter(name="方大姐").exists()
    row = actions.register_for(place, "方大姐", Said(born=GROWN), "phone", by=stage.actor("gao"))
    assert row.confirmed_at and not row.person.has_usable_password()
    assert Event.objects.get(kind="callouts.registered").facts["how"] == "phone"


def test_a_proof_has_a_basis_and_may_run_out_which_is_told_before(stage):
    row, gao, today = a_volunteer(stage, "wu"), stage.actor("gao"), timezone.localdate()
    with pytest.raises(BadInput):
        proofs.give_proof(row, "first_aid", "", by=gao)
    with pytest.raises(Forbidden):
        proofs.give_proof(row, "first_aid", "急救培训", by=stage.actor("wu"))
    proofs.give_proof(row, "first_aid", "急救培训", by=gao, until=today + dt.timedelta(days=30))
    row.refresh_from_db()
    assert [(one.code, one.counts) for one in skills_of(row)] == [("first_aid", True)]
    assert proofs.remind_of_proofs() == 1 and proofs.remind_of_proofs(today + dt.timedelta(days=1)) == 0
    assert Event.objects.get(kind="callouts.proof_ending").facts["skill"] == "first_aid"
    again = proofs.give_proof(row, "first_aid", "又培训了一次", by=gao)
    assert Proof.objects.filter(volunteer=row, withdrawn_at__isnull=True).count() == 1
    proofs.withdraw_proof(again, by=gao)
    assert [(one.code, one.counts) for one in skills_of(row)] == [("first_aid", False)]


def test_companions_count_when_both_said_so_and_are_told_to_nobody(stage):
    numbers_of = [numbers.number_of(n * 7919 + 12345, 8) for n in range(2)]
    wu = a_volunteer(stage, "wu", number=numbers_of[0])
    lu = a_volunteer(stage, "lu", number=numbers_of[1])
    with pytest.raises(BadInput, match="写错"):
        companions.name_companion("K7M2-9QXA-A", by=stage.actor("wu"))
    with pytest.raises(BadInput, match="您自己"):
        companions.name_companion(wu.number, by=stage.actor("wu"))
    companions.name_companion(numbers.grouped(lu.number).lower(), by=stage.actor("wu"))
    companions.name_companion(lu.number, by=stage.actor("wu"))
    assert companions_of(wu) == [(lu, False)] and companions_of(lu) == []
    companions.name_companion(wu.number, by=stage.actor("lu"))
    assert companions_of(wu) == [(lu, True)] and companions_of(lu) == [(wu, True)]
    companions.drop_companion(lu.pk, by=stage.actor("wu"))
    assert Companion.objects.count() == 1 and companions_of(lu) == [(wu, False)]
    # The log, which is never erased, does not tell of whom.
    assert not any(str(lu.pk) in str(event.facts.get("other")) for event in Event.objects.all())


def test_a_pause_lies_ahead_and_ends_by_itself(stage):
    row, today = a_volunteer(stage, "wu"), timezone.localdate()
    for until in (today, today - dt.timedelta(days=1), today + dt.timedelta(days=400)):
        with pytest.raises(BadInput):
            actions.pause(until, by=stage.actor("wu"))
    actions.pause(today + dt.timedelta(days=5), by=stage.actor("wu"))
    assert not Volunteer.objects.awake().filter(pk=row.pk).exists()
    assert Volunteer.objects.awake(today + dt.timedelta(days=5)).filter(pk=row.pk).exists()
    actions.pause(None, by=stage.actor("wu"))
    assert Volunteer.objects.awake().filter(pk=row.pk).exists()


def test_a_week_that_is_none_is_not_taken(stage):
    row = a_volunteer(stage, "wu")
    for week in ([1] * 6, [1 << 24] + [0] * 6, [-1] + [0] * 6):
        with pytest.raises(BadInput):
            actions.set_week(week, by=stage.actor("wu"))
    actions.set_week([1 << 19] * 7, by=stage.actor("wu"))
    row.refresh_from_db()
    assert row.week == [1 << 19] * 7


def test_the_month_of_birth_is_said_once(stage):
    row = a_volunteer(stage, "wu")
    actions.change(Said(born=dt.date(1970, 1, 1), skills=["repair"], asks_a_week=0), by=stage.actor("wu"))
    row.refresh_from_db()
    assert (row.born, row.skills, row.asks_a_week) == (GROWN, ["repair"], 0)
    with pytest.raises(BadInput):
        actions.change(Said(asks_a_week=4), by=stage.actor("wu"))

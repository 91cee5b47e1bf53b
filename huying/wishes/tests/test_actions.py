"""What each step does to a wish: words, leaves, claims, alarms, and what is private."""

import datetime as dt

import pytest
from django.utils import timezone

from huying.directory.models import Member, Unit
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event
from huying.kernel.readers import drain
from huying.kernel.scopes import ANONYMOUS, SYSTEM
from huying.people.actions import erase_what_is_due
from huying.people.models import Consent, Identity
from huying.wishes import actions, events
from huying.wishes.actions import Gone, Intake
from huying.wishes.jobs import ring, ring_wish_alarms
from huying.wishes.models import Claim, Opening, Wish
from huying.wishes.queries import leaves, others_instead
from huying.wishes.tests.scene import (
    FAN,
    claimed,
    collected,
    handed_over,
    in_contact,
    in_state,
    on_the_wall,
    verify_unit,
    wisher,
)


def facts(wish, kind):
    return Event.objects.filter(subject_type="wish", subject_id=wish.pk, kind=kind).latest("id").facts


# --- Collecting ---------------------------------------------------------------------------------------------------


def test_what_is_private_is_sealed_with_a_consent_and_a_day_of_erasure(stage):
    wish = collected(stage, at="household")
    assert wish.place == stage.place("entrance") and wish.community == stage.place("community")
    assert wish.identity.purpose == "wish" and wish.identity.erase_on > timezone.localdate()
    assert wish.identity.name_sealed.open() == "王秀兰"
    wish.refresh_from_db()
    assert wish.hardship_sealed.open() == "一个人住，低保"
    given = Consent.objects.filter(identity=wish.identity).order_by("id")
    assert [(one.wording, one.how) for one in given] == [("wish-contact-1", "spoken"), ("wish-hardship-1", "spoken")]


def test_the_same_form_twice_is_one_wish(stage):
    intake = Intake(stage.place("building"), FAN, "same-key-1", "page", phone="13800138000", agreed=True)
    first, new = actions.collect(intake, by=ANONYMOUS)
    again, anew = actions.collect(intake, by=ANONYMOUS)
    assert (new, anew) == (True, False) and first == again
    assert Identity.objects.count() == 1 and Event.objects.filter(kind=events.COLLECTED).count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": "   "}, "text"),
        ({"text": "想" * 301}, "text"),
        ({"phone": "12"}, "phone"),
        ({"phone": "", "address": ""}, "phone"),
        ({"agreed": False}, "agreed"),
        ({"agreed_hardship": False}, "agreed_hardship"),
        ({"minor": True}, "guardian"),
        ({"kind": "money"}, "kind"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field_and_leaves_nothing(stage, given, field):
    with pytest.raises(BadInput) as refused:
        collected(stage, given.pop("text", FAN), **given)
    assert field in refused.value.fields
    assert not Wish.objects.exists() and not Identity.objects.exists()


def test_without_a_phone_the_building_head_passes_it_on(stage):
    wish = collected(stage, name="", phone="", address="", hardship="", through_writer=True, agreed=False)
    assert wish.identity is None and wish.through_writer


def test_a_child_wishes_with_a_guardian(stage):
    assert collected(stage, minor=True, guardian=True).guardian_agreed


def test_an_ended_place_takes_no_wish(stage):
    place = stage.place("building")
    place.valid_to = timezone.localdate()
    place.save(update_fields=["valid_to"])
    with pytest.raises(BadInput):
        collected(stage, at="building")


# --- The wall -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "alias", "field"),
    [
        ("送到3单元502", "一位奶奶", "public_text"),
        ("请打13800138000", "一位奶奶", "public_text"),
        (FAN, "17栋的王阿姨", "alias"),
        ("", "一位奶奶", "public_text"),
        (FAN, "", "alias"),
    ],
)
def test_words_that_give_somebody_away_do_not_go_on_the_wall(stage, text, alias, field):
    wish = collected(stage)
    with pytest.raises(BadInput) as refused:
        actions.verify(wish, text, alias, "thing", by=stage.actor("gao"))
    assert field in refused.value.fields
    wish.refresh_from_db()
    assert wish.state == "collected" and wish.public_text == ""


@pytest.mark.parametrize(
    ("value", "givers", "field"),
    [(501, 1, "value"), (-1, 1, "value"), (100, 2, "givers"), (400, 6, "givers"), (None, 2, "givers")],
)
def test_a_small_wish_is_small(stage, value, givers, field):
    with pytest.raises(BadInput) as refused:
        actions.verify(collected(stage), FAN, "一位奶奶", "thing", by=stage.actor("gao"), value=value, givers=givers)
    assert field in refused.value.fields


def test_a_leaf_keeps_its_place_whatever_happens(stage):
    first, second = on_the_wall(stage), on_the_wall(stage)
    assert (first.slot, second.slot) == (1, 2)
    actions.take_down(first, by=wisher(first))
    third = on_the_wall(stage, at="compound")
    actions.claim(second, by=stage.actor("xu"))
    actions.release(second, by=stage.actor("xu"))
    assert [(leaf.pk, leaf.slot) for leaf in leaves(stage.place("community"))] == [(second.pk, 2), (third.pk, 3)]
    assert [leaf.pk for leaf in leaves(stage.place("entrance"))] == [second.pk]


def test_the_wisher_takes_it_down_at_any_time(stage):
    for state in ("collected", "verified", "published", "claimed", "contact", "fulfilled", "confirmed", "closed"):
        wish = in_state(stage, state)
        actions.take_down(wish, by=wisher(wish))
        assert wish.state == "withdrawn" and not wish.claims.open().exists()
        assert (
            wish.identity.pk and Identity.objects.get(pk=wish.identity_id).erase_on == timezone.localdate()
        ) or state in (
            "confirmed",
            "closed",
        )
    assert leaves(stage.place("community")) == []


def test_what_is_erased_takes_address_and_hardship_along(stage):
    wish = collected(stage, "想要风扇，我住3单元502")
    actions.take_down(wish, by=wisher(wish))
    erase_what_is_due()
    drain("wishes.forget")
    wish.refresh_from_db()
    assert wish.identity.erased_at and wish.address_sealed is None and wish.hardship_sealed is None
    assert wish.text == "想要风扇，我住＊＊＊＊＊＊"


def test_an_open_wish_keeps_its_contact_past_its_day(stage):
    wish = on_the_wall(stage)
    Identity.objects.update(erase_on=timezone.localdate() - dt.timedelta(days=1))
    assert erase_what_is_due() == 0
    actions.take_down(wish, by=wisher(wish))
    assert erase_what_is_due() == 1


# --- Claiming -----------------------------------------------------------------------------------------------------


def test_a_claim_is_recorded_with_who_gives_and_for_which_unit(stage):
    unit = verify_unit(stage)
    wish = on_the_wall(stage)
    claim = actions.claim(wish, by=stage.actor("tian"), unit=unit)
    assert wish.state == "claimed" and claim.unit == unit
    told = facts(wish, events.CLAIMED)
    assert (told["claim"], told["person"], told["unit"]) == (claim.pk, stage.persons["tian"].pk, unit.pk)
    assert wish.next_alarm_at.date() == (timezone.now() + dt.timedelta(days=5)).date()


def test_a_double_tap_is_one_claim(stage):
    wish = on_the_wall(stage)
    assert actions.claim(wish, by=stage.actor("xu")) == actions.claim(wish, by=stage.actor("xu"))
    assert Claim.objects.count() == 1


def test_who_comes_too_late_is_told_and_offered_another_of_the_kind_nearby(stage):
    company = on_the_wall(stage, "想有人陪我下棋", kind="companionship")
    other = on_the_wall(stage, "想要一口锅", at="compound")
    wish = claimed(stage)
    with pytest.raises(Gone) as refused:
        actions.claim(wish, by=stage.actor("gao"))
    assert refused.value.code == "gone" and "晚了一步" in refused.value.reason
    assert others_instead(wish, stage.actor("gao")) == [other, company]


def test_an_outsider_is_told_how_to_become_one_who_may_give(stage):
    wish = on_the_wall(stage)
    with pytest.raises(Forbidden, match="先向社区报到"):
        actions.claim(wish, by=stage.actor("wu"))
    Member.objects.create(person=stage.persons["wu"], place=stage.place("community"))
    assert actions.claim(wish, by=stage.actor("wu"))


def test_a_unit_that_is_not_verified_does_not_claim_yet(stage):
    Unit.objects.update(verified_at=None, verified_by=None)
    wish = on_the_wall(stage)
    with pytest.raises(Forbidden, match="还没有经社区核实"):
        actions.claim(wish, by=stage.actor("tian"))
    with pytest.raises(BadInput) as refused:
        actions.claim(wish, by=stage.actor("tian"), unit=stage.unit)
    assert "还没有经社区核实" in refused.value.fields["unit"]
    with pytest.raises(BadInput, match="不代表"):
        actions.claim(wish, by=stage.actor("xu"), unit=verify_unit(stage))
    assert not Claim.objects.exists()


def test_nobody_claims_their_own_wish(stage):
    by_login = on_the_wall(stage, channel="page", by=stage.actor("xu"), phone="13700137000")
    person = stage.persons["xu"]
    by_phone = on_the_wall(stage)
    person.phone_sealed, person.phone_index = "13800138000", by_phone.identity.phone_index
    person.save()
    for wish in (by_login, by_phone):
        with pytest.raises(StepRefused) as refused:
            actions.claim(wish, by=stage.actor("xu"))
        assert refused.value.code == "own_wish"


def test_at_an_ended_place_nothing_is_claimed(stage):
    wish = on_the_wall(stage, at="compound")
    place = stage.place("compound")
    place.valid_to = timezone.localdate()
    place.save(update_fields=["valid_to"])
    with pytest.raises(StepRefused) as refused:
        actions.claim(Wish.objects.get(pk=wish.pk), by=stage.actor("gao"))
    assert refused.value.code == "ended_place"


def test_several_give_to_a_large_wish_and_the_claimant_alone_sees_who_wishes(stage):
    unit = verify_unit(stage)
    wish = claimed(stage, value=450, givers=2)
    share = actions.join(wish, by=stage.actor("tian"), unit=unit)
    assert actions.join(wish, by=stage.actor("tian")) == share
    with pytest.raises(Gone):
        actions.join(wish, by=stage.actor("gao"))
    with pytest.raises(Forbidden):
        actions.reveal(wish, by=stage.actor("tian"))
    assert facts(wish, events.JOINED)["unit"] == unit.pk
    actions.fulfil(wish, by=stage.actor("xu"))
    assert facts(wish, events.FULFILLED)["with"] == [[stage.persons["tian"].pk, unit.pk]]
    # Whoever gave does not say for the wisher that it came true.
    with pytest.raises(Forbidden):
        actions.confirm(wish, "satisfied", by=stage.actor("tian"))


# --- Who sees what, and how long ----------------------------------------------------------------------------------


def test_the_claimant_opens_who_wishes_and_the_wisher_is_told(stage):
    wish, xu = claimed(stage), stage.actor("xu")
    assert actions.revealed(wish, by=xu) is None
    opened = actions.reveal(wish, by=xu)
    assert opened == {"name": "王秀兰", "phone": "13800138000", "address": "1单元302", "hardship": "一个人住，低保"}
    assert actions.revealed(wish, by=xu) == opened
    seen = Opening.objects.get()
    assert (seen.by_id, seen.claim.person_id, seen.fields) == (xu.id, xu.id, list(opened))
    assert "王秀兰" not in str(facts(wish, events.REVEALED))
    with pytest.raises(Forbidden):
        actions.reveal(wish, by=stage.actor("gao"))


def test_a_lapsed_claim_sees_nothing_any_more(stage):
    wish, xu = claimed(stage), stage.actor("xu")
    actions.reveal(wish, by=xu)
    ring(wish, "remind")
    ring(wish, "lapse")
    assert wish.state == "published" and Claim.objects.get().how_ended == "lapsed"
    assert actions.revealed(wish, by=xu) is None
    with pytest.raises(Forbidden):
        actions.reveal(wish, by=xu)


def test_staff_look_for_a_reason_that_the_wisher_reads(stage):
    wish = collected(stage)
    with pytest.raises(BadInput):
        actions.look_into(wish, "看", by=stage.actor("gao"))
    with pytest.raises(Forbidden):
        actions.look_into(wish, "核实这个心愿是不是属实", by=stage.actor("zhao"))
    assert actions.look_into(wish, "核实这个心愿是不是属实", by=stage.actor("gao"))["hardship"] == "一个人住，低保"
    assert Opening.objects.get().reason == "核实这个心愿是不是属实"


# --- Time ---------------------------------------------------------------------------------------------------------


def test_without_contact_a_claim_lapses_and_earlier_claimants_come_first(stage, time_machine):
    start = timezone.now()
    wish = claimed(stage)
    time_machine.move_to(start + dt.timedelta(days=5, minutes=1))
    assert ring_wish_alarms() == 1 and facts(wish, events.REMINDED)["person"] == stage.persons["xu"].pk
    time_machine.move_to(start + dt.timedelta(days=7, minutes=1))
    assert ring_wish_alarms() == 1
    wish.refresh_from_db()
    assert wish.state == "published"
    with pytest.raises(StepRefused) as refused:
        actions.claim(wish, by=stage.actor("gao"))
    assert refused.value.code == "early" and "24 小时" in refused.value.reason
    # Xu has claimed before.
    actions.claim(wish, by=stage.actor("xu"))
    actions.release(wish, by=stage.actor("xu"))
    time_machine.move_to(start + dt.timedelta(days=8, hours=2))
    assert actions.claim(wish, by=stage.actor("gao"))


def test_contact_keeps_a_claim(stage, time_machine):
    wish = in_contact(stage)
    assert wish.next_alarm_at is None
    time_machine.move_to(timezone.now() + dt.timedelta(days=40))
    assert ring_wish_alarms() == 0 and wish.claims.open().exists()


def test_unclaimed_for_30_days_the_community_answers(stage, time_machine):
    wish = on_the_wall(stage)
    with pytest.raises(StepRefused):
        actions.answer(wish, by=stage.actor("gao"))
    time_machine.move_to(timezone.now() + dt.timedelta(days=30, minutes=1))
    assert ring_wish_alarms() == 1 and ring_wish_alarms() == 0
    wish.refresh_from_db()
    claim = actions.answer(wish, by=stage.actor("gao"))
    assert wish.state == "claimed" and claim.person == stage.persons["gao"]
    assert facts(wish, events.CLAIMED) | {"answer": True} == facts(wish, events.CLAIMED)


def test_silence_is_asked_once_more_and_then_left_without_a_smile(stage, time_machine):
    wish = handed_over(stage)
    time_machine.move_to(timezone.now() + dt.timedelta(days=3, minutes=1))
    assert ring_wish_alarms() == 1 and ring_wish_alarms() == 0
    time_machine.move_to(timezone.now() + dt.timedelta(days=4))
    assert ring_wish_alarms() == 1
    wish.refresh_from_db()
    assert (wish.state, wish.rating, wish.smiling) == ("closed", "", False)
    assert not wish.claims.open().exists()
    # A late word is still a word.
    actions.confirm(wish, "satisfied", by=wisher(wish))
    assert wish.smiling and facts(wish, events.CONFIRMED)["person"] == stage.persons["xu"].pk


# --- The wisher's word --------------------------------------------------------------------------------------------


def test_the_leaf_smiles_once_the_wisher_confirms(stage):
    wish = handed_over(stage)
    assert not leaves(stage.place("community"))[0].smiling
    actions.confirm(wish, "satisfied", by=wisher(wish), text="谢谢，很凉快")
    assert leaves(stage.place("community"))[0].smiling
    assert Claim.objects.get().how_ended == "confirmed"
    assert Identity.objects.get().erase_on == timezone.localdate() + dt.timedelta(days=30)


def test_not_what_was_wished_for_is_offered_again(stage):
    wish = handed_over(stage)
    with pytest.raises(BadInput):
        actions.reoffer(wish, "", by=wisher(wish))
    actions.reoffer(wish, "要的是落地扇，这个是台扇", by=wisher(wish))
    assert wish.state == "published" and wish.open_at and Claim.objects.get().how_ended == "not_right"


def test_whoever_gave_does_not_say_that_it_came_true(stage):
    wish = on_the_wall(stage)
    actions.claim(wish, by=stage.actor("gao"))
    actions.fulfil(wish, by=stage.actor("gao"))
    with pytest.raises(Forbidden):
        actions.confirm(wish, "satisfied", by=stage.actor("gao"))
    actions.confirm(wish, "mostly", by=stage.actor("lu"))
    assert facts(wish, events.CONFIRMED)["on_behalf"] is True


def test_words_go_both_ways_and_a_double_tap_says_them_once(stage):
    wish = in_contact(stage)
    actions.tell(wish, "周六上午送来行吗", by=stage.actor("xu"), key="k-1")
    actions.tell(wish, "周六上午送来行吗", by=stage.actor("xu"), key="k-1")
    actions.tell(wish, "行，我在家", by=wisher(wish))
    assert list(wish.entries.values_list("kind", "text")) == [
        ("reply", "周六上午送来行吗"),
        ("words", "行，我在家"),
    ]


def test_the_system_alone_lets_claims_lapse(stage):
    wish = claimed(stage)
    with pytest.raises(Forbidden):
        actions.take_down(wish, by=SYSTEM)
    actions.lapse(wish)
    assert wish.state == "published"

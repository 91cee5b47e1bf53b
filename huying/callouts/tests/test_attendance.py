"""Checking in and out: by the code at the place or by the list, once, in its time, and without network."""

import base64
import datetime as dt
import random

import pyotp
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from huying.callouts import codes
from huying.callouts.actions import attendance as place
from huying.callouts.models import Attendance, Callout, Correction
from huying.callouts.tests.scene import asked, behind_link, confirmed
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def xu(scene):
    """Xu holds a place at the scanning post from 6 to 9."""
    return confirmed(scene.shifts["scan"], scene.person("xu"))


def minutes(signup, after: int) -> dt.datetime:
    """So many minutes after the post begins."""
    return signup.shift.starts_at + dt.timedelta(minutes=after)


# RFC 6238, appendix B, SHA-1, the last six of its eight digits.
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


@pytest.mark.parametrize(("second", "digits"), VECTORS)
def test_the_code_is_that_of_the_standard(second, digits):
    secret = base64.b32encode(b"12345678901234567890").decode()
    at = dt.datetime.fromtimestamp(second, dt.UTC)
    assert codes.code(secret, codes.step_of(at)) == digits
    assert codes.match(secret, digits, at, 1) == codes.step_of(at)


@given(st.integers(0, 999_999))
def test_the_picture_of_every_code_follows_from_25(number):
    address = "https://huying.example.cn/in/4711/{code}/"
    digits, found = f"{number:06d}", codes.pictures(address)
    bits = int(found.base, 16)
    for place_, sign in enumerate(digits):
        for bit in range(codes.BITS):
            if int(sign) >> bit & 1:
                bits ^= int(found.parts[place_ * codes.BITS + bit], 16)
    zero = codes._make(address, "000000")
    assert bits == codes._bits(codes._make(address, digits, version=zero.version, mask=zero.mask))


def test_codes_ahead_are_the_codes_of_their_time():
    secret = codes.new_secret()
    now = codes.step_of(timezone.now())
    told = codes.ahead(secret, now, 5)
    assert [told[6 * n : 6 * n + 6] for n in range(5)] == [pyotp.TOTP(secret).generate_otp(now + n) for n in range(5)]


def test_a_secret_is_made_once_and_sealed(scene):
    secret = place.secret_of(scene.callout)
    again = Callout.objects.get(pk=scene.callout.pk)
    assert place.secret_of(again) == secret
    with connection.cursor() as cursor:
        cursor.execute("SELECT totp_sealed FROM callouts_callout WHERE id = %s", [again.pk])
        assert secret.encode() not in bytes(cursor.fetchone()[0])


def test_a_code_lives_a_minute_and_a_photo_of_it_no_longer(scene):
    secret, now = place.secret_of(scene.callout), timezone.now()
    shown = codes.code(secret, codes.step_of(now))
    assert place.checked_code(scene.callout, shown, now=now) is False
    assert place.checked_code(scene.callout, shown, now=now + dt.timedelta(seconds=30)) is False
    for later in (90, 120, 600):
        with pytest.raises(BadInput) as refused:
            place.checked_code(scene.callout, shown, now=now + dt.timedelta(seconds=later))
        assert refused.value.code == "code_changed"


def test_digits_may_be_typed_with_spaces_or_full_width(scene):
    now = timezone.now()
    shown = codes.code(place.secret_of(scene.callout), codes.step_of(now))
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in shown)
    for typed in (f"{shown[:3]} {shown[3:]}", wide):
        assert place.checked_code(scene.callout, typed, now=now) is False
    for typed in ("", "12345", "1234567", "abcdef", "①②③④⑤⑥", "1" * 400):
        with pytest.raises(BadInput):
            place.checked_code(scene.callout, typed, now=now)


def test_the_code_of_another_call_out_is_the_wrong_place(scene):
    other = Callout.objects.get(pk=scene.callout.pk)
    other.pk, other.key, other.totp_sealed = None, "another-place", None
    other.save()
    now = timezone.now()
    theirs = codes.code(place.secret_of(other), codes.step_of(now))
    with pytest.raises(BadInput) as refused:
        place.checked_code(scene.callout, theirs, now=now)
    assert refused.value.code == "wrong_code"


def test_a_code_typed_in_without_network_counts_at_its_time_and_for_some_hours(scene):
    now = timezone.now()
    typed_at = now - dt.timedelta(minutes=100)
    shown = codes.code(place.secret_of(scene.callout), codes.step_of(typed_at))
    assert place.checked_code(scene.callout, shown, at=typed_at, now=now) is True
    with pytest.raises(StepRefused) as refused:
        place.checked_code(scene.callout, shown, at=typed_at, now=typed_at + dt.timedelta(minutes=181))
    assert refused.value.code == "sent_too_late"
    # A time of typing in that lies ahead is no way around.
    ahead = now + dt.timedelta(hours=1)
    coming = codes.code(place.secret_of(scene.callout), codes.step_of(ahead))
    with pytest.raises(BadInput):
        place.checked_code(scene.callout, coming, at=ahead, now=now)


def test_xu_checks_in_and_out(scene, xu):
    by = scene.actor("xu")
    done = place.check_in(xu, by=by, at=minutes(xu, -10))
    assert done.now and done.attendance.how_in == "code"
    again = place.check_in(xu, by=by, at=minutes(xu, 20))
    assert not again.now and again.attendance.in_at == minutes(xu, -10)
    left = place.check_out(xu, by=by, at=minutes(xu, 150))
    assert left.now and left.attendance.measured == 150
    assert not place.check_out(xu, by=by, at=minutes(xu, 170)).now
    kinds = list(
        Event.objects.filter(kind__startswith="callouts.checked").order_by("id").values_list("kind", flat=True)
    )
    assert kinds == ["callouts.checked_in", "callouts.checked_out"]
    assert Event.objects.filter(kind="callouts.checked_out").get().facts["minutes"] == 150


def test_whoever_holds_the_link_of_the_message_checks_in_without_a_login(scene, xu):
    own = behind_link(asked(scene.callout, scene.person("xu")))
    assert place.check_in(xu, by=own, at=minutes(xu, 0)).now
    with pytest.raises(Forbidden):
        place.check_out(xu, by=behind_link(asked(scene.callout, scene.person("lu"))), at=minutes(xu, 60))


@pytest.mark.parametrize(
    ("state", "at", "code"),
    [
        ("confirmed", -61, "early"),
        ("confirmed", 180, "over"),
        ("waiting", 0, "waiting"),
        ("withdrawn", 0, "not_signed_up"),
    ],
)
def test_a_refusal_says_what_to_do_and_leaves_no_trace(scene, state, at, code):
    more = {"ended_at": timezone.now()} if state == "withdrawn" else {}
    signup = confirmed(scene.shifts["scan"], scene.person("xu"), state=state, **more)
    before = Event.objects.count()
    with pytest.raises(StepRefused) as refused:
        place.check_in(signup, by=scene.actor("xu"), at=minutes(signup, at))
    assert refused.value.code == code and refused.value.reason
    assert not Attendance.objects.exists() and Event.objects.count() == before


def test_nobody_checks_in_to_what_was_called_off(scene, xu):
    Callout.objects.filter(pk=scene.callout.pk).update(
        state="called_off", called_off_reason="下雨", ended_at=timezone.now()
    )
    with pytest.raises(StepRefused, match="下雨"):
        place.check_in(xu, by=scene.actor("xu"), at=minutes(xu, 0))
    assert not Attendance.objects.exists()


def test_nobody_checks_in_for_another_but_the_organiser_by_the_list(scene, xu):
    for who in ("wu", "lu"):
        with pytest.raises(Forbidden):
            place.check_in(xu, by=scene.actor(who), at=minutes(xu, 0))
    # The code is for oneself: an organiser uses the list.
    with pytest.raises(Forbidden):
        place.check_in(xu, by=scene.actor("gao"), at=minutes(xu, 0))
    with pytest.raises(Forbidden):
        place.check_in(xu, by=scene.actor("zhao"), how="list", at=minutes(xu, 0))
    done = place.check_in(xu, by=scene.actor("gao"), how="list", at=minutes(xu, 0))
    assert done.attendance.in_by_id == scene.person("gao").pk


def test_who_comes_to_a_place_that_was_offered_has_said_yes(scene):
    signup = confirmed(
        scene.shifts["scan"], scene.person("xu"), state="offered", confirmed_at=None, expires_at=minutes_of(scene, 30)
    )
    with pytest.raises(StepRefused) as refused:
        place.check_in(signup, by=scene.actor("xu"), at=minutes(signup, 30))
    assert refused.value.code == "offer_over"
    assert place.check_in(signup, by=scene.actor("xu"), at=minutes(signup, 0)).now
    signup.refresh_from_db()
    assert signup.state == "confirmed" and signup.expires_at is None


def minutes_of(scene, after: int) -> dt.datetime:
    """So many minutes after the first posts begin."""
    return scene.shifts["scan"].starts_at + dt.timedelta(minutes=after)


def test_out_needs_in_and_comes_after_it(scene, xu):
    by = scene.actor("xu")
    with pytest.raises(StepRefused) as refused:
        place.check_out(xu, by=by, at=minutes(xu, 10))
    assert refused.value.code == "not_there"
    place.check_in(xu, by=by, at=minutes(xu, 10))
    with pytest.raises(StepRefused) as refused:
        place.check_out(xu, by=by, at=minutes(xu, 9))
    assert refused.value.code == "out_before_in"


def test_a_check_out_long_after_the_end_is_the_end(scene, xu):
    place.check_in(xu, by=scene.actor("xu"), at=minutes(xu, 0))
    done = place.check_out(xu, by=scene.actor("xu"), at=minutes(xu, 500))
    assert done.attendance.how_out == "end" and done.attendance.out_at == xu.shift.ends_at
    assert done.attendance.measured == 180


def test_a_tick_by_mistake_is_taken_back_with_a_reason(scene, xu):
    gao = scene.actor("gao")
    place.check_in(xu, by=gao, how="list", at=minutes(xu, 0))
    with pytest.raises(BadInput):
        place.take_back(xu, " ", by=gao)
    with pytest.raises(Forbidden):
        place.take_back(xu, "点错了人", by=scene.actor("xu"))
    found = place.take_back(xu, "点错了人", by=gao)
    assert found.in_at is None and found.measured == 0
    assert Correction.objects.get().reason == "点错了人"
    # They come after all.
    assert place.check_in(xu, by=scene.actor("xu"), at=minutes(xu, 30)).now
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.update(reason="别的")


# The list without network


def tick(signup, what: str, at, key: str = "") -> place.Tick:
    """A tick as a page at the place made it."""
    return place.Tick(key or f"key-{signup.pk}-{what}", signup.pk, what, at)


def test_a_tick_counts_at_its_own_time_and_is_marked_when_it_comes_late(scene, xu):
    gao, made = scene.actor("gao"), minutes(xu, 2)
    done = place.take_tick(scene.callout, tick(xu, "in", made), by=gao, now=made + dt.timedelta(hours=2))
    assert done.attendance.in_at == made and done.attendance.in_sent_at is not None
    assert not place.take_tick(scene.callout, tick(xu, "in", made), by=gao, now=made + dt.timedelta(hours=3)).now


def test_a_tick_whose_answer_was_lost_does_not_undo_what_was_put_right_since(scene, xu):
    gao, made = scene.actor("gao"), minutes(xu, 2)
    sent = tick(xu, "in", made)
    place.take_tick(scene.callout, sent, by=gao, now=made)
    place.take_back(xu, "点错了人", by=gao)
    assert not place.take_tick(scene.callout, sent, by=gao, now=made).now
    assert Attendance.objects.get().in_at is None


def test_ticks_that_cannot_be_taken_are_told_and_may_be_sent_again(scene, xu):
    gao, made = scene.actor("gao"), minutes(xu, 2)
    for wrong, code in (
        (tick(xu, "out", made), "not_there"),
        (place.Tick("key-of-nobody", 10**9, "in", made), "not_signed_up"),
        (tick(xu, "in", minutes(xu, -180), "key-early"), "early"),
    ):
        with pytest.raises(StepRefused) as refused:
            place.take_tick(scene.callout, wrong, by=gao, now=made)
        assert refused.value.code == code
    with pytest.raises(StepRefused) as refused:
        place.take_tick(scene.callout, tick(xu, "in", made), by=gao, now=made + dt.timedelta(hours=49))
    assert refused.value.code == "sent_too_late"
    with pytest.raises(Forbidden):
        place.take_tick(scene.callout, tick(xu, "in", made), by=scene.actor("xu"), now=made)
    assert not Attendance.objects.exists()
    # In order, the same tick is taken.
    place.take_tick(scene.callout, tick(xu, "in", made), by=gao, now=made)
    assert place.take_tick(scene.callout, tick(xu, "out", made), by=gao, now=made).now


@pytest.mark.parametrize("seed", range(12))
def test_wherever_the_network_is_cut_no_tick_is_lost_and_none_doubled(scene, seed):
    """Ticks leave the device in batches; the way there or the answer is cut at random; the device sends again."""
    dice = random.Random(seed)
    gao, shift = scene.actor("gao"), scene.shifts["scan"]
    type(shift).objects.filter(pk=shift.pk).update(capacity=8)
    shift.refresh_from_db()
    people = [scene.person(name) for name in ("xu", "lu", "wu", "zhao", "zhi", "jie")]
    signups = [confirmed(shift, person) for person in people]
    queue = [tick(one, "in", minutes(one, n)) for n, one in enumerate(signups)]
    queue += [tick(one, "out", minutes(one, 60 + n)) for n, one in enumerate(signups) if n % 2]
    now = shift.starts_at + dt.timedelta(hours=2)
    while queue:
        batch, arrived = queue[: dice.randint(1, 4)], dice.random()
        if arrived < 0.3:
            continue  # nothing arrived
        answered = []
        for one in batch[: dice.randint(0, len(batch)) if arrived < 0.6 else len(batch)]:
            place.take_tick(scene.callout, one, by=gao, now=now)
            answered.append(one)
        if arrived < 0.8 and dice.random() < 0.5:
            continue  # taken, but the answer was lost
        queue = [one for one in queue if one not in answered]
    assert Attendance.objects.count() == len(signups)
    assert Event.objects.filter(kind="callouts.checked_in").count() == len(signups)
    assert Event.objects.filter(kind="callouts.checked_out").count() == len(signups) // 2
    for n, one in enumerate(signups):
        assert one.attendance.in_at == minutes(one, n)


# Walk-ins


def test_who_simply_comes_gets_a_place_with_room(scene):
    shift = scene.shifts["scan"]
    done = place.walk_in(shift, scene.person("wu").pk, by=scene.actor("wu"), at=shift.starts_at)
    assert done.now and done.attendance.signup.how == "walkin"
    again = place.walk_in(shift, scene.person("wu").pk, by=scene.actor("wu"), at=shift.starts_at)
    assert not again.now
    with pytest.raises(Forbidden):
        place.walk_in(shift, scene.person("lu").pk, by=scene.actor("wu"), at=shift.starts_at)
    by_list = place.walk_in(shift, scene.person("lu").pk, by=scene.actor("gao"), how="list", at=shift.starts_at)
    assert by_list.now
    shift.refresh_from_db()
    assert shift.taken == 2


def test_a_walk_in_is_protected_by_the_same_rules(scene):
    shift = scene.shifts["scan"]
    confirmed(shift, scene.person("xu"))
    confirmed(shift, scene.person("lu"))
    before = Event.objects.count()
    with pytest.raises(StepRefused) as refused:
        place.walk_in(shift, scene.person("wu").pk, by=scene.actor("wu"), at=shift.starts_at)
    assert refused.value.code == "full"
    with pytest.raises(StepRefused) as refused:
        place.walk_in(scene.shifts["order"], scene.person("xu").pk, by=scene.actor("xu"), at=shift.starts_at)
    assert refused.value.code == "overlap"
    with pytest.raises(StepRefused) as refused:
        place.walk_in(scene.shifts["later"], scene.person("wu").pk, by=scene.actor("wu"), at=shift.starts_at)
    assert refused.value.code == "early"
    assert not Attendance.objects.exists() and Event.objects.count() == before


def test_who_waits_and_comes_is_raised_from_the_line(scene):
    shift = scene.shifts["scan"]
    waiting = confirmed(shift, scene.person("wu"), state="waiting", confirmed_at=None)
    done = place.walk_in(shift, scene.person("wu").pk, by=scene.actor("wu"), at=shift.starts_at)
    assert done.now and done.attendance.signup_id == waiting.pk

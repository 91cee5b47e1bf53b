"""Floods: token buckets and proof of work."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huying.kernel.pow import Challenges, solve, zero_bits
from huying.kernel.rate import Limiter


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_burst_goes_through_and_then_the_rate_holds(clock):
    limiter = Limiter(per_minute=6, burst=3, clock=clock)
    assert [limiter.take("a") for _ in range(3)] == [0, 0, 0]
    assert limiter.take("a") == pytest.approx(10)
    clock.now += 9.9
    assert limiter.take("a") > 0
    clock.now += 0.2
    assert limiter.take("a") == 0
    assert limiter.take("b") == 0, "others are not held back"


def test_being_refused_does_not_make_it_longer(clock):
    limiter = Limiter(per_minute=6, burst=1, clock=clock)
    limiter.take("a")
    for _ in range(100):
        assert limiter.take("a") == pytest.approx(10)


def test_memory_is_bounded_and_the_oldest_goes_first(clock):
    limiter = Limiter(per_minute=1, burst=1, keys=3, clock=clock)
    for key in "abcd":
        limiter.take(key)
    assert len(limiter) == 3
    assert limiter.take("d") > 0
    assert limiter.take("a") == 0, "forgotten"


def test_a_clock_that_goes_back_gives_nothing_away(clock):
    limiter = Limiter(per_minute=60, burst=1, clock=clock)
    limiter.take("a")
    clock.now -= 100
    assert limiter.take("a") > 0


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 5), st.integers(1, 120))
def test_no_flood_gets_more_than_burst_and_rate(gaps, burst, per_minute):
    clock = Clock()
    limiter = Limiter(per_minute=per_minute, burst=burst, clock=clock)
    through = 0
    for gap in gaps:
        clock.now += gap
        through += limiter.take("a") == 0
    assert through <= burst + sum(gaps) * per_minute / 60 + 1e-6


def test_zero_bits_are_counted():
    assert zero_bits(b"\x80" + b"\x00" * 31) == 0
    assert zero_bits(b"\x00\x10") == 11
    assert zero_bits(bytes(32)) == 256


@pytest.fixture
def challenges(clock):
    return Challenges(b"key", seconds=60, clock=clock)


def test_the_format_that_the_browser_solves(challenges):
    challenge = challenges.make("raise:1", 8)
    nonce = solve(challenge, 8)
    digest = hashlib.sha256(f"{challenge}:{nonce}".encode()).digest()
    assert digest[0] == 0
    assert nonce.isdigit()
    assert challenge.isascii() and ":" not in challenge


def test_a_solved_challenge_is_taken_once(challenges):
    challenge = challenges.make("raise:1", 6)
    nonce = solve(challenge, 6)
    assert challenges.verify(challenge, nonce, "raise:1")
    assert not challenges.verify(challenge, nonce, "raise:1")


def test_what_is_not_a_solution_is_refused(challenges, clock):
    challenge = challenges.make("raise:1", 10)
    nonce = solve(challenge, 10)
    wrong = next(str(n) for n in range(100) if zero_bits(hashlib.sha256(f"{challenge}:{n}".encode()).digest()) < 10)
    easier = challenge.replace("v1.10.", "v1.1.")
    assert not challenges.verify(challenge, wrong, "raise:1")
    assert not challenges.verify(challenge, nonce, "raise:2"), "made for another purpose"
    assert not challenges.verify(challenge, nonce, "raise:1", bits=11), "easier than asked now"
    assert not challenges.verify(easier, solve(easier, 1), "raise:1"), "made easier by hand"
    assert not Challenges(b"other key", clock=clock).verify(challenge, nonce, "raise:1")
    clock.now += 61
    assert not challenges.verify(challenge, nonce, "raise:1"), "too late"


@pytest.mark.parametrize(
    ("challenge", "nonce"),
    [
        ("", ""),
        ("x", "1"),
        ("v1.1.1.1.1", "1"),
        ("名" * 10, "1"),
        ("a" * 10_000, "1"),
        (None, "-1"),
        (None, "1e9"),
        (None, "٣"),
    ],
)
def test_nonsense_is_refused_quietly(challenges, challenge, nonce):
    assert not challenges.verify(challenge if challenge is not None else challenges.make("p", 1), nonce, "p")


def test_what_was_spent_is_forgotten_once_it_has_expired(challenges, clock):
    for _ in range(5):
        challenge = challenges.make("p", 1)
        assert challenges.verify(challenge, solve(challenge, 1), "p")
    clock.now += 100
    challenge = challenges.make("p", 1)
    assert challenges.verify(challenge, solve(challenge, 1), "p")
    assert len(challenges._spent) == 1


def test_difficulty_has_bounds(challenges):
    for bits in (0, 33):
        with pytest.raises(ValueError, match="1 to 32"):
            challenges.make("p", bits)

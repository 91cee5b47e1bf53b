"""What is held of a resident, who opens it, and what remains when it is erased."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from huying.kernel import policy
from huying.kernel.errors import BadInput, Forbidden, StepRefused, TooMany
from huying.kernel.models import Event
from huying.kernel.scopes import ANONYMOUS, SYSTEM, Actor, link_holder
from huying.people.actions import consent, erase, erase_by, erase_what_is_due, hold_identity, unseal, withdraw_consent
from huying.people.models import Basis, Identity, Person, Purpose, Unsealing
from huying.people.queries import actor_for, identities_of_phone, masked_phone, unsealings_of
from huying.people.tests.cast import make_cast

NAME, PHONE = "陆阿姨特别标记", "13812345678"
WHY = "约她晚上在家时修灯"


def held(**more) -> Identity:
    return hold_identity(NAME, "+86 138-1234-5678", purpose=Purpose.CALL, basis=Basis.CONSENT, **more)


def test_what_is_held_cannot_be_read_from_the_database(cast):
    held()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name_sealed, phone_sealed, phone_index FROM people_identity")
        for value in cursor.fetchone():
            assert NAME.encode() not in bytes(value) and PHONE.encode() not in bytes(value)


def test_nothing_is_held_of_who_gives_nothing(db):
    assert hold_identity(" ", "", purpose=Purpose.CALL, basis=Basis.CONSENT) is None
    assert not Identity.objects.exists()


@pytest.mark.parametrize(("name", "phone", "field"), [("陆", "12345", "phone"), ("陆" * 41, "", "name")])
def test_a_wrong_name_or_phone_is_refused_by_field(db, name, phone, field):
    with pytest.raises(BadInput) as refused:
        hold_identity(name, phone, purpose=Purpose.CALL, basis=Basis.CONSENT)
    assert list(refused.value.fields) == [field]


def test_the_masked_number_is_all_that_is_shown(cast):
    identity = held()
    assert masked_phone(identity) == "138****5678"
    assert masked_phone(hold_identity("陆", purpose=Purpose.CALL, basis=Basis.CONSENT)) == ""
    assert PHONE not in repr(identity.__dict__) and NAME not in repr(identity.__dict__)


def test_a_caller_is_found_by_number_however_it_is_written(cast):
    first, second = held(), held()
    hold_identity("别人", "13900000000", purpose=Purpose.CALL, basis=Basis.CONSENT)
    assert set(identities_of_phone("138 1234 5678")) == {first, second}


def test_opening_is_recorded_with_its_reason_and_told(cast):
    identity = held()
    subject = cast.stage.building
    opened = unseal(identity, ["phone"], WHY, by=cast.actor("gao"), subject=subject, place=cast.stage.building)
    assert opened == {"phone": PHONE}
    (seen,) = unsealings_of("place", subject.pk)
    assert (seen.by, seen.reason, seen.fields, seen.role) == (cast.gao, WHY, ["phone"], "community_worker")
    event = Event.objects.get()
    assert (event.kind, event.subject_type, event.subject_id) == ("people.unsealed", "place", subject.pk)
    assert event.facts == {
        "unsealing": seen.pk,
        "identity": identity.pk,
        "fields": ["phone"],
        "role": "community_worker",
    }


@pytest.mark.parametrize("reason", ["", "   ", "看看", "aaaaaa"])
def test_no_reason_no_opening(cast, reason):
    with pytest.raises(BadInput):
        unseal(held(), ["phone"], reason, by=cast.actor("gao"), subject=cast.stage.building, place=cast.stage.building)
    assert not Unsealing.objects.exists() and not Event.objects.exists()


@pytest.mark.parametrize("who", ["zhao", "xu", "anonymous", "link", "system", "token"])
def test_only_staff_of_the_place_open_it_and_only_in_person(cast, who):
    actor = {
        "anonymous": ANONYMOUS,
        "link": link_holder("call", 1),
        "system": SYSTEM,
        "token": Actor(cast.gao.pk, "token", cast.actor("gao").posts),
    }.get(who) or cast.actor(who)
    with pytest.raises(Forbidden):
        unseal(held(), ["phone"], WHY, by=actor, subject=cast.stage.building, place=cast.stage.building)
    assert not Unsealing.objects.exists()


def test_what_was_not_given_or_was_erased_cannot_be_opened(cast):
    where = {"by": cast.actor("gao"), "subject": cast.stage.building, "place": cast.stage.building}
    nameless = hold_identity("", PHONE, purpose=Purpose.CALL, basis=Basis.CONSENT)
    with pytest.raises(StepRefused, match="没有留下"):
        unseal(nameless, ["name"], WHY, **where)
    erase(nameless)
    with pytest.raises(StepRefused, match="删除"):
        unseal(nameless, ["phone"], WHY, **where)
    for fields in ([], ["id_number"], ["phone", "id_number"]):
        with pytest.raises(BadInput):
            unseal(held(), fields, WHY, **where)


@pytest.fixture
def two_a_day(monkeypatch):
    limited = {**policy.load("people"), "unsealings_per_day": 2}
    monkeypatch.setattr(policy, "load", lambda package: limited)


def test_so_many_a_day_and_no_more(cast, two_a_day):
    where = {"by": cast.actor("gao"), "subject": cast.stage.building, "place": cast.stage.building}
    identity = held()
    for _ in range(2):
        unseal(identity, ["name"], WHY, **where)
    with pytest.raises(TooMany) as refused:
        unseal(identity, ["name"], WHY, **where)
    assert 0 < refused.value.retry_after <= 24 * 3600
    assert Unsealing.objects.count() == 2
    Unsealing.objects.update(at=timezone.now() - dt.timedelta(days=1))
    unseal(identity, ["name"], WHY, **where)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_not_pass_the_limit_together(two_a_day):
    cast = make_cast()
    gao, identity, outcomes, barrier = cast.actor("gao"), held(), [], threading.Barrier(5)

    def go():
        try:
            barrier.wait(5)
            unseal(identity, ["phone"], WHY, by=gao, subject=cast.stage.building, place=cast.stage.building)
            outcomes.append(True)
        except TooMany:
            outcomes.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, False, True, True]


def every_text() -> str:
    """All that every table holds, as text; bytes as they are where they can be read and as hex."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [row[0] for row in cursor.fetchall()]
        pieces = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    if isinstance(value, bytes | memoryview):
                        pieces += [bytes(value).decode(errors="ignore"), bytes(value).hex()]
                    else:
                        pieces.append(str(value))
    return "\n".join(pieces)


def test_an_erased_identity_leaves_the_log_and_no_trace(cast):
    identity = held()
    reason = f"给{NAME}打电话 {PHONE}"
    unseal(identity, ["phone"], reason, by=cast.actor("gao"), subject=cast.stage.building, place=cast.stage.building)
    index = bytes(identity.phone_index).hex()
    assert NAME in every_text() and index in every_text()
    before = list(Event.objects.order_by("id").values_list("id", "kind", "facts"))
    erase(identity)
    left = every_text()
    assert NAME not in left and PHONE not in left and index not in left
    assert list(Event.objects.order_by("id").values_list("id", "kind", "facts"))[: len(before)] == before
    assert Unsealing.objects.get().by == cast.gao
    erase(identity)
    assert Event.objects.filter(kind="people.identity_erased").count() == 1


def test_what_is_due_is_erased_at_night_and_nothing_else(cast):
    today = timezone.localdate()
    due, later = held(erase_on=today), held(erase_on=today + dt.timedelta(days=1))
    heard = []
    assert erase_what_is_due(progress=heard.append) == 1
    assert heard == [1]
    due.refresh_from_db(), later.refresh_from_db()
    assert due.erased_at and not later.erased_at
    erase_by(later, today)
    assert erase_what_is_due() == 1


def test_the_day_of_erasure_is_brought_forward_and_never_back(cast):
    identity = held()
    day = identity.erase_on
    erase_by(identity, day + dt.timedelta(days=9))
    identity.refresh_from_db()
    assert identity.erase_on == day


def test_an_erased_person_leaves_the_log_and_no_trace(cast, client):
    person = cast.lu
    Person.objects.filter(pk=person.pk).update(username="lu-mingxian", name="芦明显记号")
    person.refresh_from_db()
    client.force_login(person)
    with pytest.raises(StepRefused):
        erase(person, by=cast.actor("operator"))
    person.posts.update(valid_to=timezone.localdate())
    with pytest.raises(Forbidden):
        erase(person, by=cast.actor("gao"))
    erase(person, by=cast.actor("operator"))
    left = every_text()
    assert "lu-mingxian" not in left and "芦明显记号" not in left
    assert actor_for(Person.objects.get(pk=person.pk)) is ANONYMOUS
    from django.contrib.sessions.models import Session

    assert not Session.objects.exists()


def test_the_database_refuses_a_phone_without_its_index(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        Identity.objects.create(
            phone_sealed=PHONE, purpose=Purpose.CALL, basis=Basis.CONSENT, erase_on=timezone.localdate()
        )


def test_consent_is_given_for_a_time_and_withdrawn_once(cast):
    given = consent(
        held(),
        Purpose.VISIT,
        how="spoken",
        wording="visit-1",
        until=timezone.localdate() + dt.timedelta(days=365),
        by=cast.actor("gao"),
        place=cast.stage.building,
    )
    withdraw_consent(given, by=cast.actor("gao"))
    withdraw_consent(given, by=cast.actor("gao"))
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == [
        "people.consented",
        "people.consent_withdrawn",
    ]

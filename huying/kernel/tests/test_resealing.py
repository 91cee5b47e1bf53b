"""A change of the seal key: nothing is lost, the old key is no longer needed, and phones are still found."""

import pytest
from django.utils import timezone

from huying.kernel.resealing import reseal, sealed_columns
from huying.kernel.sealed import blind_index, blind_indexes
from huying.people.models import Identity, Person

OLD, NEW = "11" * 32, "22" * 32


@pytest.fixture
def under_the_old_key(db, settings):
    settings.SEAL_KEY, settings.SEAL_KEYS_OLD = OLD, []
    identity = Identity.objects.create(
        name_sealed="吴阿姨",
        phone_sealed="13800001111",
        phone_index=blind_index("13800001111"),
        purpose="call",
        basis="consent",
        erase_on=timezone.localdate(),
    )
    person = Person.objects.create_user(
        "wu", name="吴", phone_sealed="13900002222", phone_index=blind_index("13900002222")
    )
    settings.SEAL_KEY, settings.SEAL_KEYS_OLD = NEW, [OLD]
    return identity, person


def test_after_it_the_old_key_is_not_needed(under_the_old_key, settings):
    identity, person = under_the_old_key
    steps = []
    assert reseal(lambda done, total: steps.append((done, total))).done == 3
    assert steps[-1][0] == steps[-1][1] == sum(model._base_manager.count() for model, _ in sealed_columns())
    settings.SEAL_KEYS_OLD = []
    identity.refresh_from_db()
    person.refresh_from_db()
    assert (identity.name_sealed.open(), identity.phone_sealed.open()) == ("吴阿姨", "13800001111")
    assert person.phone_sealed.open() == "13900002222"
    assert bytes(identity.phone_index) == blind_index("13800001111")
    assert bytes(person.phone_index) == blind_index("13900002222")
    assert reseal().done == 0


def test_a_value_whose_key_is_not_there_is_told_and_left_alone(under_the_old_key, settings):
    identity, _ = under_the_old_key
    before = Identity.objects.get(pk=identity.pk).phone_sealed.value
    settings.SEAL_KEYS_OLD = []
    result = reseal()
    assert (result.done, result.shut) == (0, 3)
    assert Identity.objects.get(pk=identity.pk).phone_sealed.value == before


def test_a_phone_is_found_before_and_after(under_the_old_key):
    from huying.people.queries import identities_of_phone

    identity, _ = under_the_old_key
    assert list(identities_of_phone("13800001111")) == [identity]
    reseal()
    assert list(identities_of_phone("13800001111")) == [identity]
    assert len(blind_indexes("13800001111")) == 2

"""Sealed fields: unreadable without the key, bound to their column, silent until opened."""

import os

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection
from django.template import Context, Template

from huying.kernel.sealed import CannotOpen, Sealed, blind_index, blind_indexes, seal, unseal
from huying.kernel.tests.toy import Toy

NAME = "吴大爷 13812345678"


def test_what_is_sealed_opens_again():
    for text in ("", NAME, "𠮷" * 500):
        assert unseal(seal(text, "a.b"), "a.b") == text


def test_two_seals_of_one_text_differ_and_show_nothing_of_it():
    first, second = seal(NAME, "a.b"), seal(NAME, "a.b")
    assert first != second
    assert "吴".encode() not in first


def test_every_changed_byte_is_noticed():
    value = seal(NAME, "a.b")
    for n in range(len(value)):
        with pytest.raises(CannotOpen):
            unseal(value[:n] + bytes([value[n] ^ 1]) + value[n + 1 :], "a.b")
    for length in range(len(value)):
        with pytest.raises(CannotOpen):
            unseal(value[:length], "a.b")


def test_a_value_cannot_be_moved_to_another_column():
    with pytest.raises(CannotOpen, match="another column"):
        unseal(seal(NAME, "people_identity.name"), "people_identity.phone")


def test_a_wrong_key_is_told_in_words(settings):
    value = seal(NAME, "a.b")
    settings.SEAL_KEY = os.urandom(32).hex()
    with pytest.raises(CannotOpen, match="which this installation does not have"):
        unseal(value, "a.b")


@pytest.mark.parametrize("key", ["", "abc", "zz" * 32, "ab" * 16])
def test_a_key_that_is_none_is_told_in_words(settings, key):
    settings.SEAL_KEY = key
    with pytest.raises(ImproperlyConfigured, match="64 hexadecimal digits"):
        seal(NAME, "a.b")


def test_after_a_rotation_old_values_open_and_are_known_as_old(settings):
    value = Sealed(seal(NAME, "a.b"), "a.b")
    index = blind_index("13812345678")
    assert not value.key_is_old
    settings.SEAL_KEYS_OLD, settings.SEAL_KEY = [settings.SEAL_KEY], os.urandom(32).hex()
    assert value.open() == NAME
    assert value.key_is_old
    assert not Sealed(seal(NAME, "a.b"), "a.b").key_is_old
    assert blind_index("13812345678") != index
    assert blind_indexes("13812345678") == [blind_index("13812345678"), index]


def test_a_sealed_value_never_shows_by_accident():
    value = Sealed(seal(NAME, "a.b"), "a.b")
    shown = [str(value), repr(value), f"{value}", Template("{{ v }} {{ v.value }}").render(Context({"v": value}))]
    assert not any("吴" in text or "138" in text for text in shown)
    assert Template("{{ v.open }}").render(Context({"v": value})) == "", "a template cannot open it either"


def test_a_blind_index_finds_equals_and_tells_purposes_apart():
    assert blind_index("13812345678") == blind_index("13812345678")
    assert len(blind_index("13812345678")) == 16
    assert len({blind_index("13812345678"), blind_index("13812345679"), blind_index("13812345678", "name")}) == 3


def test_the_field_seals_on_the_way_in_and_the_database_cannot_read_it(toys):
    toy = toys.create(owner=NAME)
    read = toys.get(pk=toy.pk)
    assert isinstance(read.owner, Sealed)
    assert read.owner.open() == NAME
    assert read.giver is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT owner FROM toy_toy WHERE id = %s", [toy.pk])
        raw = bytes(cursor.fetchone()[0])
    assert raw[0] == 1
    assert "吴".encode() not in raw


def test_saving_a_row_again_keeps_what_is_sealed(toys):
    toy = toys.get(pk=toys.create(owner=NAME).pk)
    before = toy.owner.value
    toy.save()
    toy = toys.get(pk=toy.pk)
    assert toy.owner.value == before
    toy.owner = "郅书记"
    toy.save(update_fields=["owner"])
    assert toys.get(pk=toy.pk).owner.open() == "郅书记"


def test_the_database_cannot_be_made_to_swap_columns(toys):
    toy = toys.create(owner=NAME)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE toy_toy SET giver = owner")
    with pytest.raises(CannotOpen, match="another column"):
        toys.get(pk=toy.pk).giver.open()
    read = toys.get(pk=toy.pk)
    read.giver = read.owner
    with pytest.raises(ValueError, match="cannot be put in"):
        read.save()


def test_only_text_is_sealed(toys):
    with pytest.raises(TypeError, match="takes a str"):
        toys.create(owner=12)


def test_looking_for_a_sealed_value_is_refused_instead_of_finding_nothing(toys):
    toys.create(owner=NAME)
    assert toys.filter(owner__isnull=False).count() == 1
    with pytest.raises(FieldError):
        list(toys.filter(owner=NAME))
    assert Toy.objects.exclude(giver__isnull=False).count() == 1

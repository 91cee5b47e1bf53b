import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from huying.calls.intake import Intake, as_row, raise_call, write
from huying.calls.models import Call
from huying.kernel.errors import BadInput
from huying.kernel.models import Event
from huying.kernel.scopes import ANONYMOUS
from huying.people.models import Identity

KEY = "0123456789abcdef"


def intake(stage, **more):
    values = {"place": stage.place("entrance"), "text": "灯不亮", "key": KEY, "channel": "qr"}
    return Intake(**{**values, **more})


def test_a_call_is_offered_first_to_the_building_head(stage):
    call, new = raise_call(intake(stage), by=ANONYMOUS)
    assert new and call.state == "raised" and call.level == "building"
    assert call.community == stage.place("community")
    assert call.next_alarm_at is not None


def test_where_no_building_head_is_the_compound_secretary_is_nearest(stage):
    call, _new = raise_call(intake(stage, place=stage.place("bare_building")), by=ANONYMOUS)
    assert call.level == "compound"


def test_where_nobody_is_the_community_is_nearest(stage):
    call, _new = raise_call(intake(stage, place=stage.place("elsewhere")), by=ANONYMOUS)
    assert call.level == "community"


def test_a_household_is_never_kept_as_the_place(stage):
    call, _new = raise_call(intake(stage, place=stage.place("household")), by=ANONYMOUS)
    assert call.place == stage.place("entrance")


def test_the_same_key_twice_is_one_call_one_identity_one_event(stage):
    first, new = raise_call(intake(stage, name="吴", phone="138 1234 5678"), by=ANONYMOUS)
    again, new_again = raise_call(intake(stage, name="吴", phone="138 1234 5678", text="别的话"), by=ANONYMOUS)
    assert (new, new_again) == (True, False)
    assert first == again and again.text == "灯不亮"
    assert (Call.objects.count(), Identity.objects.count(), Event.objects.filter(kind="calls.raised").count()) == (
        1,
        1,
        1,
    )


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_at_the_same_moment_is_one_call():
    from tests.cast import build_stage

    stage = build_stage()
    barrier, made = threading.Barrier(8), []

    def tap():
        barrier.wait()
        made.append(raise_call(intake(stage, phone="13812345678"), by=ANONYMOUS)[0].pk)
        connection.close()

    threads = [threading.Thread(target=tap) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8 and len(set(made)) == 1
    assert Call.objects.count() == Identity.objects.count() == 1


def test_who_called_is_sealed_and_apart(stage):
    call, _new = raise_call(intake(stage, name="吴秀英", phone="13812345678"), by=ANONYMOUS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(c)::text FROM calls_call c WHERE id = %s", [call.pk])
        assert "吴秀英" not in cursor.fetchone()[0]
        cursor.execute("SELECT to_jsonb(i)::text FROM people_identity i")
        row = cursor.fetchone()[0]
    assert "吴秀英" not in row and "13812345678" not in row
    assert call.identity.name_sealed.open() == "吴秀英"
    assert call.identity.phone_sealed.open() == "13812345678"


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200d", "\x00", "\n\t"])
def test_a_call_without_words_is_refused_in_words(stage, text):
    with pytest.raises(BadInput) as refused:
        raise_call(intake(stage, text=text), by=ANONYMOUS)
    assert "text" in refused.value.fields
    assert Call.objects.count() == 0


def test_two_thousand_characters_are_taken_and_one_more_is_not(stage):
    raise_call(intake(stage, text="灯" * 2000), by=ANONYMOUS)
    with pytest.raises(BadInput):
        raise_call(intake(stage, text="灯" * 2001, key=KEY + "2"), by=ANONYMOUS)


def test_nul_and_zero_width_and_4_byte_characters(stage):
    call, _new = raise_call(intake(stage, text="灯\x00坏\u200b了😀𠮷"), by=ANONYMOUS)
    assert call.text == "灯坏了😀𠮷"


def test_a_place_that_ended_yesterday_takes_no_call(stage):
    from huying.places.models import Place

    place = stage.place("entrance")
    Place.objects.filter(pk=place.pk).update(valid_to=timezone.localdate())
    with pytest.raises(BadInput) as refused:
        raise_call(intake(stage), by=ANONYMOUS)
    assert "place" in refused.value.fields
    assert Call.objects.count() == 0 and Event.objects.count() == 0


def test_a_wrong_phone_is_refused_and_nothing_is_written(stage):
    with pytest.raises(BadInput) as refused:
        raise_call(intake(stage, phone="12"), by=ANONYMOUS)
    assert "phone" in refused.value.fields and Call.objects.count() == 0


def test_the_link_opens_only_its_own_call(raise_one):
    from huying.kernel import links

    call, other = raise_one(), raise_one()
    assert links.read("call", call.secret) == call.pk
    forged = f"{other.pk:x}.{call.secret.partition('.')[2]}"
    assert links.read("call", forged) is None


def test_what_comes_at_the_same_moment_is_taken_in_by_one_statement(stage, django_assert_num_queries):
    rows = [as_row(intake(stage, key=f"{KEY}-{n}", phone="13812345678" if n else ""), ANONYMOUS) for n in range(3)]
    with django_assert_num_queries(1):
        taken = write(rows)
    assert [new for _, new in taken] == [True, True, True]
    assert Call.objects.count() == Event.objects.filter(kind="calls.raised").count() == 3
    assert Identity.objects.count() == 2
    for (number, _), row in zip(taken, rows, strict=True):
        call = Call.objects.get(pk=number)
        assert call.intake_key == row["key"] and (call.identity is not None) == row["named"]


def test_of_two_taps_in_one_statement_one_is_new(stage):
    rows = [as_row(intake(stage, text=text), ANONYMOUS) for text in ("灯不亮", "别的话")]
    (first, new), (again, new_again) = write(rows)
    assert first == again and sorted([new, new_again]) == [False, True]
    assert Call.objects.count() == 1


def test_a_place_that_ended_holds_up_nobody_beside_it(stage):
    from huying.places.models import Place

    rows = [
        as_row(intake(stage), ANONYMOUS),
        as_row(intake(stage, key=KEY + "2", place=stage.place("elsewhere")), ANONYMOUS),
    ]
    Place.objects.filter(pk=stage.place("entrance").pk).update(valid_to=timezone.localdate())
    ended, taken = write(rows)
    assert ended is None and taken[1] is True and Call.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({"valid_to": dt.timedelta(0)}, "compound"),
        ({"valid_to": dt.timedelta(1)}, "building"),
        ({"valid_from": dt.timedelta(1)}, "compound"),
        ({"role": "volunteer"}, "compound"),
    ],
)
def test_a_post_counts_only_in_its_term(stage, change, level):
    today = timezone.localdate()
    values = {name: today + value if isinstance(value, dt.timedelta) else value for name, value in change.items()}
    stage.persons["lu"].posts.update(**values)
    call, _new = raise_call(intake(stage), by=ANONYMOUS)
    assert call.level == level
    event = Event.objects.get(kind="calls.raised")
    assert event.facts["level"] == level and event.place_id == stage.place("entrance").pk


def test_a_call_of_words_of_danger_is_looked_at_sooner(stage):
    usual, _ = raise_call(intake(stage), by=ANONYMOUS)
    danger, _ = raise_call(intake(stage, text="三楼着火了", key=KEY + "2"), by=ANONYMOUS)
    assert danger.urgency == "urgent" and danger.next_alarm_at < usual.next_alarm_at


def test_a_quotation_mark_or_a_backslash_is_only_a_character(stage):
    text = """他说:"灯\\u0000坏了" '); DROP TABLE {"a": 1} %s %(x)s"""
    call, _new = raise_call(intake(stage, text=text), by=ANONYMOUS)
    assert call.text == text

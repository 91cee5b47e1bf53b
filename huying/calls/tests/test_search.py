"""Finding calls by words: all that have them, only what one may see, newest first, whether read by the log's reader or not."""

import pytest
from django.db import connection

from huying.calls import search as finding
from huying.calls.models import Call, CallSearch
from huying.calls.search import search, stretches
from huying.kernel.readers import drain


@pytest.fixture(params=["small", "large"])
def scope(request, monkeypatch):
    """Both ways: a scope that the database looks through, and one that we look through in stretches."""
    if request.param == "large":
        monkeypatch.setattr(finding, "SMALL", -1)
        monkeypatch.setattr(finding, "FIRST", 2)
    return request.param


@pytest.fixture(params=["read", "unread", "half"])
def calls(request, raise_one):
    """Six calls, their words read by the log's reader, not read yet, or half of them."""
    made = [
        raise_one(text="三楼楼道灯不亮了"),
        raise_one(text="电梯坏了，老人上下楼不方便", at="elsewhere"),
        raise_one(text="17栋楼道堆满杂物"),
    ]
    if request.param == "half":
        drain("calls.search")
    made += [
        raise_one(text="充电桩不够用，飞线充电"),
        raise_one(text="楼道，灯光太暗"),
        raise_one(text="100%的人都说 a_b 不好"),
    ]
    if request.param == "read":
        drain("calls.search")
    assert CallSearch.objects.count() == {"read": 6, "unread": 0, "half": 3}[request.param]
    return made


def found(calls, text, queryset=None, **more):
    queryset = Call.objects.all() if queryset is None else queryset
    ids = list(search(queryset, text, **more).order_by("-pk").values_list("pk", flat=True))
    return [[call.pk for call in calls].index(pk) for pk in ids]


@pytest.mark.parametrize(
    ("text", "indices"),
    [
        ("楼道", [4, 2, 0]),
        ("楼道灯", [0]),
        ("灯", [4, 0]),
        ("充电", [3]),
        ("老人 电梯", [1]),
        ("老人 楼道", []),
        ("17栋", [2]),
        ("鹦鹉", []),
        ("", []),
        ("%", []),
        ("_", []),
        ("\x00", []),
        ("楼\x00道", [4, 2, 0]),
        ("楼道灯" * 4000, []),
        ("';DROP TABLE calls_call;--", []),
    ],
)
def test_words_are_found_newest_first(scope, calls, text, indices):
    assert found(calls, text) == indices


def test_only_what_one_may_see(scope, calls, stage):
    zhao, gao = stage.actor("zhao"), stage.actor("gao")
    assert found(calls, "老人", Call.objects.visible_to(zhao)) == [1]
    assert found(calls, "楼道", Call.objects.visible_to(zhao)) == []
    assert found(calls, "楼道", Call.objects.visible_to(gao)) == [4, 2, 0]
    assert found(calls, "楼道", Call.objects.public()) == []


def test_between_two_ids(scope, calls):
    assert found(calls, "楼道", before=calls[4].pk) == [2, 0]
    assert found(calls, "楼道", after=calls[0].pk) == [4, 2]
    assert found(calls, "楼道", after=calls[0].pk, before=calls[4].pk) == [2]


def test_at_most_so_many_are_found(scope, calls):
    assert found(calls, "楼道", most=2) == [4, 2]
    assert found(calls, "楼道", most=1, after=1) == [0], "from the oldest up"


def test_the_number_of_queries_does_not_grow_with_the_calls(calls, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        found(calls, "楼道")


def test_the_number_of_queries_is_bounded_in_a_large_scope(monkeypatch, calls, django_assert_max_num_queries):
    monkeypatch.setattr(finding, "SMALL", -1)
    assert len(list(stretches(1, 30_000_000))) <= 8
    with django_assert_max_num_queries(12):
        found(calls, "鹦鹉")


def test_a_call_that_commits_late_is_found_though_newer_ones_were_read(scope, raise_one, stage):
    first, second = raise_one(text="楼道灯"), raise_one(text="楼道门")
    drain("calls.search")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM calls_search WHERE call_id = %s", [first.pk])
    assert found([first, second], "楼道") == [1, 0]


def test_where_nothing_can_lie_nothing_is_found(raise_one, client, stage):
    raise_one(text="楼道灯")
    assert not search(Call.objects.filter(pk__in=[]), "楼道").exists()
    client.force_login(stage.persons["tian"])
    assert client.get("/calls/?wait=decide&q=楼道").status_code == 200


def test_words_read_twice_are_kept_once(raise_one):
    from huying.calls.listeners import keep_words

    call = raise_one()
    for _ in range(2):
        keep_words([call.pk])
    assert CallSearch.objects.count() == 1


@pytest.mark.parametrize("upwards", [False, True])
@pytest.mark.parametrize(("low", "high"), [(1, 1), (1, 100_000), (7, 4102), (5, 4), (1, 4097)])
def test_stretches_cover_all_and_nothing_twice(low, high, upwards):
    seen = [number for first, last in stretches(low, high, upwards=upwards) for number in range(first, last + 1)]
    assert sorted(seen) == list(range(low, high + 1))
    assert len(list(stretches(1, 10_000_000))) < 10

import datetime as dt
import html
import re
from itertools import pairwise

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from huying.boards import cases, figures, rules, words
from huying.boards.models import Case
from huying.calls import actions
from huying.kernel import readers
from huying.kernel.models import Event

TODAY = timezone.localdate()


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(part, rest):
    low, high = rules.wilson(part, part + rest)
    assert 0 <= low <= high <= 1
    if part + rest:
        assert low - 1e-12 <= part / (part + rest) <= high + 1e-12


def test_the_interval_is_wilsons():
    # 8 of 10: 0.490 to 0.943 in every textbook.
    low, high = rules.wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)


def test_the_public_is_not_told_what_could_point_at_somebody():
    assert rules.Rate("x", 3, 40).public() is None
    assert rules.Rate("x", 38, 40).public() is None
    assert rules.Rate("x", 4, 4).public() is None
    shown = rules.Rate("x", 20, 40, {"guided": 9, "outside": 2, "merged": 3}).public()
    assert shown.excluded == {"guided": 9, "few": 5}
    assert rules.Rate("x", 20, 40, {"outside": 2}).public().excluded == {}


@pytest.fixture
def year(stage, raise_one):
    """Calls that went every way, and the readers run after them."""
    gao, qin, tian = stage.actor("gao"), stage.actor("qin"), stage.actor("tian")

    def accepted(category="lighting"):
        return actions.accept(raise_one(at="bare_building"), category, by=gao)

    def answered():
        call = accepted()
        actions.contact(call, "马上来", by=gao)
        return actions.resolve(call, "修好了", by=gao)

    ways = {"raised": raise_one()}
    ways["satisfied"] = answered()
    actions.confirm(ways["satisfied"], "satisfied", by=stage.resident(ways["satisfied"]))
    ways["not"] = answered()
    actions.close(ways["not"], "not", by=stage.resident(ways["not"]))
    ways["reopened"] = answered()
    actions.reopen(ways["reopened"], "又坏了", by=stage.resident(ways["reopened"]))
    ways["silent"] = answered()
    ways["outside"] = actions.decline(raise_one(), "outside", "请找法院", by=gao)
    ways["guided"] = actions.decline(raise_one(), "statutory", "请走劳动仲裁", by=gao)
    ways["merged"] = actions.merge(raise_one(at="bare_building"), ways["silent"], by=gao)
    ways["withdrawn"] = raise_one()
    actions.withdraw(ways["withdrawn"], by=stage.resident(ways["withdrawn"]))
    ways["returned"] = actions.assign(accepted("property"), stage.unit, by=gao)
    actions.return_(ways["returned"], "不归我们", by=tian)
    ways["unreached"] = actions.unreached(accepted(), by=gao)
    ways["parked"] = actions.park(
        accepted(),
        by=qin,
        reason="等改造",
        basis="改造计划",
        person="秦书记",
        review_on=TODAY + dt.timedelta(days=90),
        public_words="已列入计划",
    )
    ways["settled"] = actions.settle(raise_one(), "当场换好", "lighting", by=stage.actor("lu"))
    readers.drain()
    return ways


def found(stage, place="community"):
    return figures.figures(stage.place(place), TODAY - dt.timedelta(days=5), TODAY)


def test_every_rate_counts_what_domain_md_says(stage, year):
    counts = found(stage).counts
    assert counts["calls"] == 13
    assert (counts["guided"], counts["outside"], counts["merged"], counts["withdrawn"]) == (1, 1, 1, 1)
    # Answered and contacted at once: satisfied, not, reopened, silent, settled; the others still have time, or were not reached.
    assert (counts["responded"], counts["to_respond"], counts["unreached"]) == (5, 5, 1)
    # By the resident's word: 'not' and 'reopened' are not done, nor is what is parked; silence leaves the answer's word.
    assert (counts["done"], counts["not_done"]) == (3, 3)
    assert (counts["content"], counts["rated"]) == (1, 3)
    assert (counts["returned"], counts["assigned"]) == (1, 1)
    assert (counts["reopened"], counts["answered"]) == (1, 5)
    resolution = found(stage).rate("resolution")
    assert resolution.excluded == {"guided": 1, "outside": 1, "merged": 1, "withdrawn": 1, "under_way": 3}


def test_what_is_late_counts_as_late(stage, year):
    with time_machine.travel(timezone.now() + dt.timedelta(days=9), tick=False):
        counts = figures.figures(stage.place("community"), TODAY - dt.timedelta(days=5), TODAY).counts
    assert counts["due"] - counts["on_time"] == 4  # reopened, returned, unreached, parked
    assert counts["not_done"] == 5
    assert counts["to_respond"] == 8


def test_the_cases_are_the_same_when_made_again(year):
    before = list(Case.objects.order_by("pk").values())
    cases.make([case["call_id"] for case in before])
    assert list(Case.objects.order_by("pk").values()) == before


def test_a_case_says_the_state_that_its_call_is_in(year):
    for name, call in year.items():
        call.refresh_from_db()
        assert call.case.state == call.state, name
        assert call.case.due_at == call.due_at, name


def test_each_number_opens_just_its_calls(stage, year):
    for count, number in found(stage).counts.items():
        behind = figures.Behind(stage.place("community"), TODAY - dt.timedelta(days=5), TODAY, count)
        assert (len(behind.ids()[0]), behind.ids()[1], behind.total()) == (number, False, number), count


def test_a_list_goes_on_where_the_last_page_ended(stage, year):
    behind = figures.Behind(stage.place("community"), TODAY - dt.timedelta(days=5), TODAY, "calls")
    first, more = behind.ids(limit=5)
    rest, none = behind.ids(limit=50, before=first[-1])
    assert more and not none and sorted(first + rest) == sorted(call.pk for call in year.values())
    lights = figures.Behind(behind.place, behind.since, behind.until, "calls", category="property")
    assert lights.ids()[0] == [year["returned"].pk]


def test_every_call_is_in_one_part_of_the_bar(stage, year):
    counts = found(stage).counts
    assert sum(counts[name] for name in (*figures.PARTS, "beside")) == counts["calls"]


def test_the_columns_add_up_to_the_counts(stage, year):
    since = TODAY - dt.timedelta(days=5)
    for unit in ("day", "week", "month"):
        runs = figures.runs(stage.place("street"), since, TODAY, unit)
        counts = found(stage, "street").counts
        assert sum(calls for calls, _done in runs["all"].values()) == counts["calls"]
        assert set(runs["all"]) <= set(rules.starts(since, TODAY, unit))
        for group in ("place", "category"):
            assert sum(n for columns in runs[group].values() for n, _done in columns.values()) == counts["calls"]
        assert sum(done for _calls, done in runs["all"].values()) == counts["done"]


def test_places_are_listed_by_code_or_name_and_add_up(stage, year):
    rows = figures.by_place(stage.place("street"), TODAY - dt.timedelta(days=5), TODAY)
    assert [row["place"].code for row in rows] == sorted(row["place"].code for row in rows)
    named = figures.by_place(stage.place("compound"), TODAY - dt.timedelta(days=5), TODAY)
    assert [str(row["place"]) for row in named] == ["17栋", "18栋"]
    assert sum(row["calls"] for row in rows) == found(stage, "street").counts["calls"]


def test_the_page_for_staff_and_for_the_public(stage, year, client):
    url = reverse("boards:figures", args=[stage.place("community").pk])
    page = client.get(url).content.decode()
    assert "少于 5" in page and "/list/" not in page
    client.force_login(stage.persons["gao"])
    page = client.get(url).content.decode()
    assert "少于 5" not in page and "/list/calls/" in page
    client.force_login(stage.persons["zhao"])
    assert "/list/" not in client.get(url).content.decode()


def test_the_list_behind_a_number_is_for_those_who_handle_calls_there(stage, year, client):
    url = reverse("boards:list", args=[stage.place("community").pk, "done"])
    assert client.get(url).status_code == 302
    client.force_login(stage.persons["zhao"])
    assert client.get(url).status_code == 404
    client.force_login(stage.persons["gao"])
    assert client.get(url).status_code == 200


def test_the_csv_tells_the_public_no_small_counts(stage, year, client):
    url = reverse("boards:csv", args=[stage.place("community").pk])
    text = client.get(url).content.decode("utf-8-sig")
    assert "少于 5" in text and ",13," not in text.replace("少于", "")[:0]
    client.force_login(stage.persons["gao"])
    assert "少于 5" not in client.get(url).content.decode("utf-8-sig")


def test_the_public_reads_round_numbers_only():
    assert [rules.coarse(n) for n in (0, 1, 4, 5, 7, 8, 12, 13)] == [0, None, None, 5, 5, 10, 10, 15]


def test_the_period_before_is_as_long_and_ends_the_day_before():
    since, until = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
    assert rules.before(since, until) == (dt.date(2026, 1, 29), dt.date(2026, 2, 28))


def test_a_change_is_told_in_calls_and_never_as_a_rank():
    assert words.change(20, 8) == "比上一段多 12 件"
    assert words.change(5, 8) == "比上一段少 3 件"
    assert words.change(8, 8) == "和上一段一样"
    assert words.change(None, 8) == words.change(8, None) == words.change(8, 0) == ""


@given(st.integers(1, 200_000), st.sampled_from([1, 5]))
def test_the_classes_of_the_map_hold_every_count_once(most, small):
    bounds = rules.classes(most, small)
    assert bounds[0][0] == 1 and bounds[-1][1] >= most and len(bounds) <= 4
    assert all(low == high + 1 for (_low, high), (low, _high) in pairwise(bounds))
    assert bounds[0][1] >= small


def test_the_rail_leads_to_ones_own_figures(stage, client):
    for name, place in (("gao", "community"), ("shi", "city")):
        client.force_login(stage.persons[name])
        assert client.get(reverse("boards:mine")).url == reverse("boards:figures", args=[stage.place(place).pk])
    client.force_login(stage.persons["xu"])
    assert client.get(reverse("boards:mine")).status_code == 403


def test_a_call_opened_from_a_number_closes_back_to_its_list(stage, year, client):
    client.force_login(stage.persons["gao"])
    url = reverse("boards:list", args=[stage.place("community").pk, "done"]) + "?since=2000-01-01&category=lighting"
    url = url.replace("2000-01-01", str(TODAY - dt.timedelta(days=5)))
    page = client.get(url).content.decode()
    detail = html.unescape(re.search(r'href="(/calls/\d+/\?back=[^"]+)"', page)[1])
    opened = client.get(detail, headers={"HX-Request": "true"}).content.decode()
    assert f'href="{html.escape(url)}"' in opened
    for elsewhere in ("https://example.org/", "//example.org/", "javascript:alert(1)", "/\\example.org"):
        opened = client.get(detail.partition("?")[0], {"back": elsewhere}).content.decode()
        assert f'href="{html.escape(elsewhere)}"' not in opened


def test_a_list_takes_odd_filters_and_finds_nothing(stage, year, client):
    client.force_login(stage.persons["gao"])
    url = reverse("boards:list", args=[stage.place("community").pk, "calls"])
    for query in ("category=nothing", "category=%00", "urgency=x", "before=x", "before=99999999999999999999"):
        assert client.get(f"{url}?{query}").status_code == 200, query


@pytest.mark.parametrize(
    "query", ["since=x&until=y", "since=2026-01-02&until=2026-01-01", "days=-1", "since=0001-01-01", "until=9999-12-31"]
)
def test_an_odd_period_gets_words_and_no_error(stage, client, query):
    response = client.get(reverse("boards:figures", args=[stage.place("community").pk]) + "?" + query)
    assert response.status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_calls(stage, year, client, django_assert_max_num_queries):
    client.force_login(stage.persons["qu"])
    with django_assert_max_num_queries(16):
        client.get(reverse("boards:figures", args=[stage.place("district").pk]))


def test_figures_come_from_the_log_and_nothing_else(stage, year):
    from huying.calls.models import Call

    before = found(stage).counts
    Call.objects.filter(pk=year["satisfied"].pk).update(rating="not")
    cases.make([year["satisfied"].pk])
    assert found(stage).counts == before
    assert Event.objects.filter(kind="calls.confirmed").exists()

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huying.calls import actions
from huying.calls.fitting import fitting
from huying.calls.models import Call
from huying.calls.queries_today import below, sections


def heap(actor, key):
    return next(section for section in sections(actor) if section.key == key)


def keys_with(actor, call):
    return [section.key for section in sections(actor) if call in section.rows]


@pytest.fixture
def taken(stage, raise_one):
    """A call of the community, accepted by Gao."""

    def make(**more):
        call = raise_one(at="community", **more)
        return actions.accept(call, "noise", by=stage.actor("gao"))

    return make


@pytest.fixture
def sent(stage, taken):
    """A call that Gao has sent to the unit."""

    def make(**more):
        return actions.assign(taken(**more), stage.unit, by=stage.actor("gao"))

    return make


def late(call, hours=1):
    """The same call, as if its deadline had passed so many hours ago."""
    Call.objects.filter(pk=call.pk).update(due_at=timezone.now() - dt.timedelta(hours=hours))
    call.refresh_from_db()
    return call


def test_a_new_call_waits_for_whoever_is_nearest_and_for_nobody_else(stage, raise_one):
    call = raise_one()
    assert keys_with(stage.actor("lu"), call) == ["new"]
    for other in ("zhi", "gao", "qin", "jie", "zhao", "tian"):
        assert keys_with(stage.actor(other), call) == []


def test_offered_up_it_waits_one_level_up(stage, raise_one):
    call = actions.offer_up(raise_one(), by=stage.actor("lu"))
    assert keys_with(stage.actor("zhi"), call) == ["new"]
    assert keys_with(stage.actor("lu"), call) == []


def test_urgent_ones_stand_first(stage, raise_one):
    first = raise_one(text="灯不亮")
    urgent = raise_one(text="扶手断了", category="danger")
    assert heap(stage.actor("lu"), "new").rows == [urgent, first]


def test_what_was_escalated_waits_for_the_street_without_an_owner(stage, taken):
    call = actions.escalate(taken(), "要街道协调", by=stage.actor("gao"))
    assert keys_with(stage.actor("jie"), call) == ["new"]
    assert fitting(heap(stage.actor("jie"), "new").rows[0], stage.actor("jie")).name == "take"


def test_an_assigned_call_waits_for_the_unit(stage, sent):
    call = sent()
    assert keys_with(stage.actor("tian"), call) == ["new"]
    assert fitting(heap(stage.actor("tian"), "new").rows[0], stage.actor("tian")).name == "start"


def test_overdue_due_and_going_are_told_apart(stage, taken):
    going, due, overdue = taken(), taken(), late(taken())
    Call.objects.filter(pk=due.pk).update(due_at=timezone.now() + dt.timedelta(hours=5))
    gao = stage.actor("gao")
    assert [keys_with(gao, one) for one in (going, due, overdue)] == [["going"], ["due"], ["overdue"]]


def test_a_decider_sees_what_is_overdue_at_the_whole_desk_and_a_colleague_does_not(stage, taken):
    call = late(taken())
    assert keys_with(stage.actor("qin"), call) == ["overdue"]
    assert keys_with(stage.actor("shen"), call) == []


def test_a_disputed_assignment_waits_for_a_decision(stage, sent):
    call = actions.dispute(sent(), "不归我们", "市政", by=stage.actor("tian"))
    assert keys_with(stage.actor("qin"), call) == ["decide"]
    # The unit has said its word; it is not asked to start.
    assert keys_with(stage.actor("tian"), call) == ["going"]


def test_an_extension_waits_for_the_secretary(stage, taken):
    call = actions.ask_extension(taken(), 3, "等配件", by=stage.actor("gao"))
    assert keys_with(stage.actor("qin"), call) == ["decide"]
    assert "decide" not in keys_with(stage.actor("gao"), call)


def test_what_is_parked_comes_back_on_its_day(stage, taken):
    call = actions.park(
        taken(),
        by=stage.actor("qin"),
        reason="缺件",
        basis="采购办法",
        person="秦书记",
        review_on=timezone.localdate() + dt.timedelta(days=1),
        public_words="等配件到了就修",
    )
    assert keys_with(stage.actor("qin"), call) == []
    Call.objects.filter(pk=call.pk).update(review_on=timezone.localdate())
    assert keys_with(stage.actor("qin"), call) == ["decide"]


def test_new_words_of_the_resident_wait_until_somebody_answers(stage, taken):
    call = taken()
    actions.add_words(call, "还是吵", by=stage.resident(call))
    assert keys_with(stage.actor("gao"), call) == ["words"]
    actions.contact(call, "今晚去看", by=stage.actor("gao"))
    assert keys_with(stage.actor("gao"), call) == ["going"]


def test_the_smiley_comes_back_to_whoever_answered(stage, taken):
    call = actions.resolve(taken(), "不吵了", by=stage.actor("gao"))
    actions.confirm(call, "satisfied", by=stage.resident(call))
    assert keys_with(stage.actor("gao"), call) == ["echo"]
    assert keys_with(stage.actor("shen"), call) == []


def test_the_street_sees_its_communities_with_their_numbers(stage, taken, raise_one):
    taken()
    late(taken())
    raise_one(at="elsewhere")
    [(place, parts)] = below(stage.actor("jie"))
    assert place == stage.place("street")
    numbers = {part.place.pk: (part.open, part.new, part.overdue) for part in parts}
    assert numbers == {stage.place("community").pk: (2, 0, 1), stage.place("elsewhere").pk: (1, 1, 0)}
    [(city, parts)] = below(stage.actor("shi"))
    assert [(part.place, part.open) for part in parts] == [(stage.place("district"), 3)]


def test_a_parked_call_is_not_overdue_in_the_summary(stage, taken):
    call = late(taken())
    actions.park(
        call,
        by=stage.actor("qin"),
        reason="缺件",
        basis="采购办法",
        person="秦书记",
        review_on=timezone.localdate() + dt.timedelta(days=1),
        public_words="等配件到了就修",
    )
    [(_place, parts)] = below(stage.actor("jie"))
    assert sum(part.overdue for part in parts) == 0


@pytest.mark.parametrize("name", ["lu", "gao", "qin", "jie", "shi", "tian"])
def test_the_number_of_queries_does_not_grow_with_the_rows(stage, enter, taken, sent, raise_one, name):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            assert client.get("/today/").status_code == 200
        return len(caught)

    client = enter(name)
    client.get("/today/")
    raise_one()
    late(taken())
    late(sent())
    few = queries()
    for _ in range(5):
        raise_one()
        late(taken())
        late(sent())
    assert queries() == few <= 24


def test_today_shows_one_button_a_row_and_opens_beside(stage, enter, raise_one):
    call = raise_one()
    page = enter("lu").get("/today/").content.decode()
    assert page.count("row-act") == 1
    assert f'href="/calls/{call.pk}/?in=today&amp;do=accept"' in page
    assert f'hx-get="/calls/{call.pk}/?in=today"' in page and 'hx-target="#aside"' in page


def test_beyond_99_the_count_stops(stage, raise_one):
    call = raise_one()
    Call.objects.bulk_create(
        Call(
            channel="qr",
            text="一样的事",
            intake_key=f"same-{n:04d}",
            place_id=call.place_id,
            path=call.path,
            community_id=call.community_id,
            level="building",
        )
        for n in range(120)
    )
    found = heap(stage.actor("lu"), "new")
    assert (found.many, len(found.rows), found.more) == ("99+", 15, True)


def test_whoever_answers_no_calls_is_told_so(stage, enter):
    for name in ("xu", "operator", "wu"):
        page = enter(name).get("/today/")
        assert page.status_code == 200 and "岗位" in page.content.decode()


def test_today_is_for_those_who_logged_in(client, db):
    assert client.get("/today/").status_code == 302


def test_nobody_is_ranked(stage, enter, taken):
    late(taken())
    page = enter("jie").get("/today/").content.decode()
    places = page[page.index("<tbody>") : page.index("</tbody>")]
    assert "高社工" not in places

"""The list: filters, pages, saved lists, tables without identities, and many at once."""

import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from huying.calls import actions
from huying.calls.export import head
from huying.calls.models import Call, SavedFilter
from huying.kernel.models import Event


def numbers(answer):
    """The numbers of the calls that a list shows, in its order."""
    page = answer.content.decode()
    return [int(part.split('"')[0]) for part in page.split('<li id="row-')[1:]]


def listed(client, query=""):
    answer = client.get(f"/calls/?{query}")
    assert answer.status_code == 200
    return numbers(answer)


@pytest.fixture
def many(stage, raise_one):
    """Four calls in several states; the numbers of (raised, accepted, assigned and overdue, resolved)."""
    gao = stage.actor("gao")
    calls = [raise_one(at=place) for place in ("entrance", "community", "community", "community")]
    for call in calls[1:]:
        actions.accept(call, "noise" if call == calls[1] else "lighting", by=gao)
    actions.assign(calls[2], stage.unit, by=gao)
    Call.objects.filter(pk=calls[2].pk).update(due_at=timezone.now() - dt.timedelta(hours=1))
    actions.resolve(calls[3], "好了", by=gao)
    return [call.pk for call in calls]


def test_the_bare_list_shows_what_still_waits_newest_first(enter, many):
    raised, accepted, assigned, _resolved = many
    assert listed(enter("gao")) == [assigned, accepted, raised]


def test_filters_narrow_it(stage, enter, many):
    raised, accepted, assigned, resolved = many
    client = enter("gao")
    for query, expected in {
        "state=": [resolved, assigned, accepted, raised],
        "state=resolved": [resolved],
        "category=noise": [accepted],
        "due=overdue": [assigned],
        "owner=me&state=": [resolved, assigned, accepted],
        "owner=nobody": [raised],
        f"unit={stage.unit.pk}": [assigned],
        f"place={stage.place('compound').pk}": [raised],
        "level=building": [raised],
        "channel=counter": [],
        "urgency=usual&state=open": [assigned, accepted, raised],
        f"since={timezone.localdate() + dt.timedelta(days=1)}": [],
        f"until={timezone.localdate()}": [resolved, assigned, accepted, raised],
        f"q={accepted}": [accepted],
        "q=楼道灯": [resolved, assigned, accepted, raised],
        "wait=overdue": [assigned],
        "wait=going": [accepted],
    }.items():
        assert listed(client, query) == expected, query


@pytest.mark.parametrize(
    "query",
    [
        "state=nonsense",
        "place=abc",
        "place=99999999999999999999",
        "before=-3",
        "before=x",
        "unit=0",
        "since=yesterday",
        "wait=x",
        "q=%00",
        "q=" + "x" * 500,
        "in=list&do=accept",
    ],
)
def test_what_is_not_understood_is_said_and_never_an_error(enter, many, query):
    answer = enter("gao").get(f"/calls/?{query}")
    assert answer.status_code == 200


def test_everybody_sees_their_own(stage, enter, many):
    _raised, _accepted, assigned, _resolved = many
    assert listed(enter("tian"), "state=") == [assigned]
    assert listed(enter("zhao"), "state=") == []
    assert len(listed(enter("lu"), "state=")) == 1
    assert len(listed(enter("jie"), "state=")) == 4
    for name in ("xu", "wu", "operator"):
        assert enter(name).get("/calls/").status_code == 403


def test_pages_follow_each_other_by_number_and_do_not_shift(enter, stage, raise_one, monkeypatch):
    from huying.calls import queries_list

    monkeypatch.setattr(queries_list, "PAGE", 3)
    calls = [raise_one(at="community").pk for _ in range(8)]
    client = enter("gao")
    first = listed(client)
    assert first == calls[:-4:-1]
    raise_one(at="community")
    second = listed(client, f"state=open&before={first[-1]}")
    assert second == calls[4:1:-1]
    assert listed(client, f"state=open&after={second[0]}") == first
    page = client.get("/calls/").content.decode()
    assert 'rel="next"' in page and 'rel="prev"' not in page


def test_the_number_of_queries_does_not_grow_with_the_rows(stage, enter, many, raise_one):
    client = enter("gao")

    def queries():
        with CaptureQueriesContext(connection) as caught:
            assert client.get("/calls/?state=").status_code == 200
        return len(caught)

    queries()
    few = queries()
    for _ in range(6):
        actions.accept(raise_one(at="community"), "noise", by=stage.actor("gao"))
    assert queries() == few <= 22


def test_a_row_comes_back_alone_after_a_step(enter, many):
    row = enter("gao").get(f"/calls/{many[1]}/row/?in=list", headers={"HX-Request": "true"}).content.decode()
    assert row.strip().startswith(f'<li id="row-{many[1]}"') and "<html" not in row
    assert enter("zhao").get(f"/calls/{many[1]}/row/").status_code == 404


def test_a_list_is_saved_renamed_and_deleted_by_whoever_it_is_of(stage, enter):
    client = enter("gao")
    assert client.post("/calls/saved/", {"name": "我的飞线", "query": "category=ebike"}).status_code == 302
    kept = SavedFilter.objects.get()
    assert (kept.person, kept.query) == (stage.persons["gao"], "category=ebike")
    assert "我的飞线" in client.get("/calls/").content.decode()
    assert "我的飞线" not in enter("shen").get("/calls/").content.decode()
    url = f"/calls/saved/{kept.pk}/"
    assert enter("shen").post(url, {"do": "drop"}).status_code == 404
    client.post("/calls/saved/", {"name": "别的", "query": ""})
    client.post(url, {"do": "rename", "name": "别的"})
    kept.refresh_from_db()
    assert kept.name == "我的飞线"
    client.post(url, {"do": "rename", "name": "飞线"})
    kept.refresh_from_db()
    assert kept.name == "飞线"
    client.post(url, {"do": "drop"})
    assert [one.name for one in SavedFilter.objects.all()] == ["别的"]


def test_a_list_without_a_name_is_not_saved(enter):
    client = enter("gao")
    for name in ("", "   ", "x" * 31):
        assert client.post("/calls/saved/", {"name": name, "query": ""}).status_code == 302
    assert not SavedFilter.objects.exists()


@pytest.fixture
def private(stage, raise_one):
    """A call with everything in it that must not leave the system."""
    call = raise_one(at="household", text="漏水，电话13800001234，1单元101", name="吴桂兰", phone="13900005678")
    return actions.accept(call, "water", by=stage.actor("gao"))


SECRETS = ("13800001234", "13900005678", "吴桂兰", "1单元101", "101")


def test_the_tables_carry_no_identity(enter, private, many):
    client = enter("gao")
    answer = client.get("/calls/export.csv?state=")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == head() and len(rows) == 6
    # The number of a call may hold any digits, a door's too.
    for secret in SECRETS:
        assert not any(secret in cell for row in rows for cell in row[1:])
    # Nor is anything named that could lead to somebody.
    assert not {"姓名", "称呼", "电话", "楼栋长", "负责人"} & set(rows[0])
    answer = client.get("/calls/export.xlsx?state=")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row[1:]]
    assert len(list(sheet.rows)) == 6
    for secret in SECRETS:
        assert not any(secret in cell for cell in cells)


def test_the_table_is_the_list_that_was_filtered(enter, many):
    answer = enter("gao").get("/calls/export.csv?category=noise")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == [f"{many[1]:06d}"]
    assert enter("xu").get("/calls/export.csv").status_code == 403


def test_no_cell_is_a_formula(enter, stage, raise_one):
    raise_one(at="community", text='=HYPERLINK("http://x","看")')
    answer = enter("gao").get("/calls/export.csv")
    assert "\"'=HYPERLINK" in b"".join(answer.streaming_content).decode("utf-8-sig")


def bulk(client, picks, do, **data):
    return client.post("/calls/bulk/", {"pick": picks, "do": do, "key": "bulk-key", "back": "state=", **data})


def test_many_are_accepted_and_each_refusal_has_its_reason(stage, enter, many, raise_one):
    more = [raise_one(at="community").pk for _ in range(3)]
    far = raise_one(at="elsewhere").pk
    answer = bulk(enter("gao"), [*more, many[1], far], "accept", category="noise")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "3 件办成了" in page and "2 件没有办成" in page
    assert "现在是“已受理”" in page and f"{far:06d}" in page
    assert set(Call.objects.filter(pk__in=more).values_list("state", flat=True)) == {"accepted"}
    assert not Call.objects.filter(pk__in=more, is_public=True).exists()
    assert Call.objects.get(pk=far).state == "raised"


def test_many_are_sent_merged_answered_and_noted(stage, enter, raise_one):
    gao, client = stage.actor("gao"), enter("gao")
    calls = [actions.accept(raise_one(at="community"), "noise", by=gao).pk for _ in range(3)]
    assert "3 件办成了" in bulk(client, calls, "contact", reply="今晚去看").content.decode()
    assert "3 件办成了" in bulk(client, calls, "note", note="一起看").content.decode()
    assert "3 件办成了" in bulk(client, calls, "assign", unit=stage.unit.pk).content.decode()
    assert Call.objects.filter(unit=stage.unit).count() == 3
    page = bulk(client, calls, "merge", number=str(calls[0])).content.decode()
    assert "2 件办成了" in page and "不能合并到它自己" in page


def test_a_bulk_sent_twice_says_it_once_to_the_resident(stage, enter, raise_one):
    call = actions.accept(raise_one(at="community"), "noise", by=stage.actor("gao"))
    for _ in range(2):
        bulk(enter("gao"), [call.pk], "contact", reply="今晚去看")
    assert call.entries.count() == 1


@pytest.mark.parametrize(
    ("do", "data"),
    [("accept", {}), ("assign", {}), ("merge", {}), ("contact", {}), ("note", {"reply": "打的字"}), ("explode", {}), ("", {})],
)  # fmt: skip
def test_what_is_missing_is_said_and_the_picks_are_kept(enter, many, do, data):
    before = Event.objects.count()
    answer = bulk(enter("gao"), many, do, **data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert all(f'name="pick" value="{pk}"' in page for pk in many)
    assert data.get("reply", "") in page
    assert Event.objects.count() == before


def test_picking_nothing_is_said(enter, many):
    answer = bulk(enter("gao"), [], "note", note="字")
    assert answer.status_code == 422 and "还没有选" in answer.content.decode()
    assert bulk(enter("gao"), ["x", "-1", "9" * 30], "note", note="字").status_code == 422
    assert bulk(enter("xu"), many, "note", note="字").status_code == 403


def test_more_than_a_page_goes_behind_a_bar(stage, enter, raise_one, monkeypatch):
    from huying.calls import jobs
    from huying.calls.views import bulk as page
    from huying.kernel.models import Progress

    monkeypatch.setattr(page, "AT_ONCE", 2)
    queued = []
    monkeypatch.setattr(page, "enqueue", lambda job, **given: queued.append(given))
    calls = [raise_one(at="community").pk for _ in range(3)]
    done = actions.accept(raise_one(at="community"), "noise", by=stage.actor("gao"))
    client = enter("gao")
    answer = bulk(client, [], "accept", category="noise", all="1", back="state=open")
    bar = Progress.objects.get()
    assert answer["Location"] == f"/jobs/{bar.pk}/" and bar.total == 4
    assert Call.objects.filter(state="raised").count() == 3
    assert client.get(f"/calls/bulk/{bar.pk}/").status_code == 404
    monkeypatch.setattr("huying.kernel.progress.Bar._write", lambda self: None)
    jobs.bulk_steps(**queued[0])
    assert set(Call.objects.filter(pk__in=calls).values_list("state", flat=True)) == {"accepted"}
    page = client.get(f"/calls/bulk/{bar.pk}/").content.decode()
    assert "3 件办成了" in page and "1 件没有办成" in page and done.number in page
    assert enter("shen").get(f"/calls/bulk/{bar.pk}/").status_code == 404


def test_many_are_answered_with_ready_words(stage, enter, raise_one):
    call = actions.accept(raise_one(at="community"), "lighting", by=stage.actor("gao"))
    actions.keep_reply(call, "换了声控灯", by=stage.actor("gao"))
    client = enter("gao")
    assert "换了声控灯" in client.get("/calls/").content.decode()
    assert "1 件办成了" in bulk(client, [call.pk], "contact", ready="换了声控灯").content.decode()
    assert call.entries.get().text == "换了声控灯"
    assert bulk(client, [call.pk], "contact", ready="没有这一句").status_code == 422


def test_no_cell_of_an_export_is_a_formula(stage, raise_one):
    """Whoever names a place, a unit or a matter names it, and nothing more, wherever it stands in a row."""
    from huying.calls import export

    call = raise_one(text="=HYPERLINK(1)")
    type(stage.unit).objects.filter(pk=stage.unit.pk).update(name="=1+1")
    actions.accept(call, "lighting", by=stage.actor("gao"))
    actions.assign(call, stage.unit, by=stage.actor("gao"))
    rows = list(export.lines(type(call).objects.filter(pk=call.pk)))
    sheet = load_workbook(io.BytesIO(export.as_xlsx(rows))).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert "'=1+1" in [cell.value for cell in cells] and all(cell.data_type != "f" for cell in cells)
    assert b",'=1+1," in b"".join(export.as_csv(rows))

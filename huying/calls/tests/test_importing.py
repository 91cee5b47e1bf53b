import os
from pathlib import Path

import pytest

from huying.calls.importing import import_calls
from huying.calls.models import Call
from huying.kernel.errors import BadInput
from huying.kernel.models import Event

HEAD = "id,title,body,created_at,likes,dislikes\n"
REAL = Path(os.environ.get("HUYING_SHARED_DATA", "../shared/data")) / "messages.csv"


@pytest.fixture
def sheet(tmp_path):
    """Writes a CSV and returns its path."""

    def write(rows, head=HEAD, encoding="utf-8"):
        path = tmp_path / "messages.csv"
        path.write_bytes((head + rows).encode(encoding))
        return path

    return write


def test_rows_become_open_calls_with_their_own_time(stage, sheet):
    report = import_calls(sheet('1,路灯,"不亮,很黑",2019-02-28T11:25:05,3,0\n'))
    call = Call.objects.get()
    assert (report.taken, call.text, call.state, call.level) == (1, "路灯\n不亮,很黑", "raised", "community")
    assert call.raised_at.isoformat() == "2019-02-28T03:25:05+00:00" and call.next_alarm_at is None
    event = Event.objects.get()
    assert (event.kind, event.at, event.subject_id) == ("calls.raised", call.raised_at, call.pk)


def test_a_second_import_changes_nothing(stage, sheet):
    rows = "".join(f"{n},标题{n},内容,2019-02-28T11:25:05,0,0\n" for n in range(1200))
    first = import_calls(sheet(rows))
    before = list(Call.objects.order_by("pk").values_list("pk", "place_id"))
    again = import_calls(sheet(rows))
    assert (first.taken, again.taken, again.known) == (1200, 0, 1200)
    assert list(Call.objects.order_by("pk").values_list("pk", "place_id")) == before
    assert len({place for _pk, place in before}) == 2


def test_each_bad_row_is_named_with_its_line_and_the_good_ones_come_in(stage, sheet):
    rows = (
        "1,好的,好的,2019-02-28T11:25:05,0,0\n,没有编号,x,2019-02-28T11:25:05,0,0\n2, , ,2019-02-28T11:25:05,0,0\n"
        "3,时间不对,x,昨天,0,0\n1,又一个,x,2019-02-28T11:25:05,0,0\n4,将来,x,2999-01-01T00:00:00,0,0\n"
    )
    report = import_calls(sheet(rows))
    assert report.taken == 1 and [line for line, _why in report.rejected] == [3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("rows", "head", "encoding"),
    [("1,2\n", "a,b\n", "utf-8"), ("1,灯,灯,2019-02-28T11:25:05,0,0\n", HEAD, "gbk"), ("", "", "utf-8")],
)
def test_a_file_that_is_something_else_is_refused_whole(stage, sheet, rows, head, encoding):
    with pytest.raises(BadInput):
        import_calls(sheet(rows, head, encoding))
    assert Call.objects.count() == 0


def test_an_unknown_place_is_named(stage, sheet):
    with pytest.raises(BadInput) as refused:
        import_calls(sheet("1,好的,好的,2019-02-28T11:25:05,0,0\n"), ["999999999999"])
    assert "999999999999" in refused.value.reason


@pytest.mark.skipif(not REAL.exists(), reason="the real messages are not here")
def test_all_real_messages_come_in(stage):
    report = import_calls(REAL)
    assert (report.taken, report.rejected) == (4326, [])
    assert Call.objects.filter(text__contains="一米阳光婚纱").exists()

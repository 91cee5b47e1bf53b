"""A list from a paper box: looked at first, none twice, what cannot be taken is said row by row, and nothing private lies about."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import Workbook

from huying.kernel.errors import BadInput, Forbidden
from huying.wishes import jobs
from huying.wishes.actions.box import propose_box, rows_of, take_box
from huying.wishes.models import BoxList, Wish

HEAD = "心愿,称呼,电话,楼栋,住址,类别,难处,同意\n"
GOOD = "想要一把伞,吴阿姨,138 0013 8001,17,302,东西,腿脚不便,是\n想有人陪着下棋,,,,,陪伴,,\n"
BAD = (
    ",,13800138002,,,,,是\n"
    "想要风扇,王,123,,,,,是\n"
    "想要风扇,王,13800138003,99,,,,是\n"
    "想要风扇,王,13800138004,,,,,\n"
    "想有人陪着下棋,,,,,陪伴,,\n"
)


def propose(stage, text, who="gao", at="compound"):
    return propose_box(stage.place(at), "box.csv", text.encode(), by=stage.actor(who))


def test_good_rows_wait_and_bad_ones_say_why(stage):
    batch = propose(stage, HEAD + GOOD + BAD)
    assert batch.count == 2 and not Wish.objects.exists()
    assert [line for line, _why in batch.rejected] == [4, 5, 6, 7, 8]
    assert [why for _line, why in batch.rejected] == [
        "没有写心愿",
        "电话不对",
        "这里没有这栋楼",
        "写了联系方式，但“同意”一列没有写“是”",
        "和前面一行重复",
    ]
    batch.refresh_from_db()
    assert "吴阿姨" not in str(BoxList.objects.values().get())
    take_box(batch, by=stage.actor("gao"))
    umbrella, chess = Wish.objects.order_by("pk")
    assert (umbrella.place, umbrella.channel, umbrella.kind) == (stage.place("building"), "box", "thing")
    assert umbrella.identity.phone_sealed.open() == "13800138001" and not umbrella.through_writer
    assert (chess.place, chess.through_writer, chess.identity) == (stage.place("compound"), True, None)
    batch.refresh_from_db()
    assert batch.added == 2 and rows_of(batch) == []


def test_the_same_list_again_brings_nothing_twice(stage):
    take_box(propose(stage, HEAD + GOOD), by=stage.actor("gao"))
    again = take_box(propose(stage, HEAD + GOOD), by=stage.actor("gao"))
    assert again.added == 0 and Wish.objects.count() == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "空"), ("姓名,电话\n王,1\n", "表头"), (HEAD, "只有表头"), (HEAD + "想要一把伞\n" * 501, "一次最多 500 行")],
)
def test_what_is_no_list_is_said_in_words(stage, text, words):
    with pytest.raises(BadInput, match=words):
        propose(stage, text)


def test_strangers_empty_no_boxes(stage):
    for who, at in (("zhao", "compound"), ("xu", "community"), ("lu", "compound"), ("gao", "building")):
        with pytest.raises(Forbidden):
            propose(stage, HEAD + GOOD, who, at)


def test_a_spreadsheet_goes_through_the_pages(stage, client):
    book = Workbook()
    book.active.append(["序号", "心愿", "电话", "同意"])
    book.active.append([1, "想要一个保温杯", 13800138005, "是"])
    book.active.append([2, None, 13800138006, "是"])
    file = io.BytesIO()
    book.save(file)
    client.force_login(stage.persons["gao"])
    sent = {"place": stage.place("community").pk, "file": SimpleUploadedFile("纸条.xlsx", file.getvalue())}
    response = client.post("/wishes/box/", sent, follow=True)
    page = response.content.decode()
    assert "会收进 1 个心愿" in page and "第 3 行：没有写心愿" in page and "13800138005" not in page
    batch = BoxList.objects.get()
    assert "没有写心愿" in client.get(f"/wishes/box/{batch.pk}/rejected.csv").content.decode()
    assert "收进 1 个" in client.post(f"/wishes/box/{batch.pk}/go/", follow=True).content.decode()
    assert Wish.objects.get().text == "想要一个保温杯"
    assert client.post("/wishes/box/", {"place": stage.place("community").pk}).status_code == 422


def test_a_long_list_waits_behind_a_bar(stage, client):
    client.force_login(stage.persons["gao"])
    text = HEAD + "".join(f"想要第{number}把伞,,,,,,,\n" for number in range(60))
    batch = propose(stage, text)
    response = client.post(f"/wishes/box/{batch.pk}/go/")
    assert response.status_code == 302 and "/jobs/" in response["Location"]
    batch.refresh_from_db()
    jobs.take_box_list(batch=batch.pk, bar=batch.progress_id, person=stage.persons["gao"].pk, language="zh-hans")
    assert Wish.objects.count() == 60


def test_a_list_that_was_never_taken_in_is_forgotten(stage, time_machine):
    batch = propose(stage, HEAD + GOOD)
    time_machine.move_to(timezone.now() + dt.timedelta(days=2))
    assert jobs.forget_box_lists() == 1
    batch.refresh_from_db()
    assert rows_of(batch) == []

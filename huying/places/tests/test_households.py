"""Lists of buildings and households: what is read, what is refused, what is added, and taking it back."""

import csv
import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event
from huying.kernel.scopes import ANONYMOUS, Actor, Post
from huying.places import household_files, rules
from huying.places.actions import import_households, propose_import, undo_import
from huying.places.households import plan_of
from huying.places.models import Place, PlaceImport

HEAD = ["小区", "楼栋", "单元", "门牌号"]


def as_csv(*rows, encoding="utf-8", delimiter=","):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(*rows, sheet_first=None):
    book = Workbook()
    if sheet_first:
        book.active.append([sheet_first])
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(content, needs_compound=True):
    return household_files.read(content, needs_compound=needs_compound)


@pytest.fixture
def gao(tree):
    return Actor(id=7, kind="person", posts=(Post("community_worker", tree["community"].path, tree["community"].pk),))


@pytest.mark.parametrize("make", [as_csv, as_xlsx])
def test_columns_may_stand_in_any_order_and_bear_other_names(make):
    sheet = read(make(["房号", "楼号", "备注", "小区名称", "单元号"], [101, 17, "x", "骊山新家园", 1]))
    assert sheet.rows == [(2, "骊山新家园", "17", "1", "101")]
    assert (sheet.personal, sheet.unknown) == ([], [])


def test_a_title_may_stand_above_the_header():
    assert read(as_xlsx([], HEAD, ["甲", 1, 1, 101], sheet_first="某某社区住户一览表")).rows == [
        (4, "甲", "1", "1", "101")
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_is_read_as_spreadsheets_write_it(encoding, delimiter):
    assert read(as_csv(HEAD, ["甲", "17栋", "", "101"], encoding=encoding, delimiter=delimiter)).rows[0][2] == "17栋"


def test_columns_about_persons_are_never_read():
    rows = (
        ["姓名", "小区", "楼栋", "单元", "门牌号", "联系电话", "身份证号", "车位"],
        ["吴某某", "甲", "17", "1", "101", "13800000000", "610100199001011234", "B12"],
        ["吴某某", "甲", "", "1", "102", "13800000000", "610100199001011234", "B12"],
    )
    for content in (as_csv(*rows), as_xlsx(*rows)):
        sheet = read(content)
        assert sheet.personal == ["姓名", "联系电话", "身份证号"] and sheet.unknown == ["车位"]
        kept = repr(sheet.as_json())
        assert "吴某" not in kept and "1380000" not in kept and "19900101" not in kept


def test_each_bad_row_is_told_in_the_users_words():
    sheet = read(
        as_xlsx(
            HEAD,
            ["甲", 17, 1, 101],
            ["甲", None, 1, 102],
            [None, 17, 1, 103],
            ["甲", 17, 1, "13800000000"],
            ["甲", 17, dt.datetime(2026, 1, 2), 104],
            ["甲", "#REF!", 1, 105],
            ["甲", "长" * 40, 1, 106],
            [None, None, None, None],
            ["甲", 18, None, None],
        )
    )
    told = {line: reason for line, reason, *_ in sheet.rejected}
    assert told[3] == "没有写楼号" and told[4] == "没有写小区"
    assert "电话或证件" in told[5] and "日期" in told[6] and "公式" in told[7] and "太长" in told[8]
    assert [row[0] for row in sheet.rows] == [2, 10]
    assert "13800000000" not in repr(sheet.as_json())


def bomb(size=60_000_000):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * size)
    return out.getvalue()


def with_entities():
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_xlsx(HEAD, ["甲", 1, 1, 1]))) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            text = old.read(part)
            if part.filename == "xl/workbook.xml":
                text = b'<!DOCTYPE a [<!ENTITY a "aaaa">]>' + text
            new.writestr(part.filename, text)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n ",
        b"\x00\x01\x02",
        b"PK\x03\x04broken",
        b"PK",
        bomb(),
        with_entities(),
        as_xlsx(["什么", "都", "不是"], [1, 2, 3]),
        as_xlsx(HEAD),
        as_csv(["小区", "门牌号"], ["甲", "101"]),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old excel",
        b"x" * (5 * 1024 * 1024 + 1),
        b"\xff\xff\xff\xff",
        as_xlsx(HEAD, ["甲", 1, 1, 1])[:-40],
        ("楼栋\n" + "1\n" * 20_001).encode(),
        b"%PDF-1.4 something",
    ],
    ids=range(16),
)
def test_a_hostile_or_useless_file_is_refused_in_words(content):
    with pytest.raises(BadInput) as refusal:
        read(content)
    assert refusal.value.reason and refusal.value.fields["file"]


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(content):
    try:
        read(content)
    except BadInput as refusal:
        assert refusal.reason


@pytest.mark.parametrize(
    ("kind", "texts", "name"),
    [
        ("building", ["17", "17栋", "17#", "第17栋", "十七栋", "017", " 17 栋 ", "１７"], "17栋"),
        ("building", ["17号楼", "十七号楼"], "17号楼"),
        ("building", ["A座", "a座"], None),
        ("entrance", ["1", "1单元", "一单元", "第一单元", "01"], "1单元"),
        ("household", ["101", "101室", "101号", "101户"], "101"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(kind, texts, name):
    assert len({rules.numbered(kind, text)[1] for text in texts}) == 1
    if name:
        assert {rules.numbered(kind, text)[0] for text in texts} == {name}


@settings(deadline=None)
@given(
    st.sampled_from(["building", "entrance", "household"]),
    st.text("0129一二三十AbZ甲栋幢楼号单元座室户#-第 ", min_size=1),
)
def test_calling_a_number_by_its_name_names_the_same(kind, text):
    name, key = rules.numbered(kind, text)
    assert rules.numbered(kind, name)[1] == key or not name


def test_a_plan_compares_with_what_is_there(tree):
    rows = [
        (2, "骊山新家园小区", "17", "1", "101"),
        (3, "骊山新家园", "17#", "一单元", "102"),
        (4, "骊山新家园", "18", "", ""),
        (5, "骊山新家园", "18栋", "2", "201"),
        (6, "骊山新家园", "17", "1", "102室"),
        (7, "新小区", "1", "", "101"),
    ]
    plan = plan_of(tree["community"], rows)
    assert [(one.kind, one.name) for one in plan.new] == [
        ("household", "102"),
        ("building", "18栋"),
        ("entrance", "2单元"),
        ("household", "201"),
        ("compound", "新小区"),
        ("building", "1栋"),
        ("household", "101"),
    ]
    assert plan.known == 1 and plan.repeated == [6]


def test_a_list_is_proposed_taken_and_undone(tree, gao):
    before = Place.objects.count()
    batch = propose_import(
        tree["community"], "住户.csv", as_csv(HEAD, ["新小区", 1, 1, 101], ["新小区", "", 1, 102]), by=gao
    )
    assert Place.objects.count() == before and len(batch.plan["rejected"]) == 1
    batch = import_households(batch, by=gao)
    assert batch.added == 4 and Place.objects.count() == before + 4
    home = Place.objects.get(name="101", imported=batch, kind="household")
    assert home.parent.parent.parent.name == "新小区" and home.path.startswith(tree["community"].path)
    assert home.parent.parent.tag
    with pytest.raises(StepRefused):
        import_households(batch, by=gao)
    undo_import(batch, by=gao)
    assert Place.objects.count() == before
    with pytest.raises(StepRefused):
        undo_import(batch, by=gao)
    assert [event.kind for event in Event.objects.filter(subject_type="placeimport").order_by("id")] == [
        "places.imported",
        "places.import_undone",
    ]


def test_importing_the_same_list_again_adds_nothing(tree, gao):
    content = as_csv(HEAD, ["新小区", 1, 1, 101])
    import_households(propose_import(tree["community"], "a.csv", content, by=gao), by=gao)
    count = Place.objects.count()
    with pytest.raises(BadInput):
        import_households(propose_import(tree["community"], "a.csv", content, by=gao), by=gao)
    assert Place.objects.count() == count


def test_a_list_without_compounds_goes_into_the_compound_it_was_uploaded_to(tree, gao):
    batch = propose_import(tree["compound"], "a.csv", as_csv(["楼栋", "户"], [3, 301]), by=gao)
    import_households(batch, by=gao)
    assert Place.objects.get(name="3栋").parent == tree["compound"]


def test_what_is_referred_to_is_not_taken_back(tree, gao):
    batch = import_households(
        propose_import(tree["community"], "a.csv", as_csv(HEAD, ["新小区", 1, 1, 101]), by=gao), by=gao
    )
    building = Place.objects.get(imported=batch, kind="building")
    Place.objects.create(kind="entrance", name="9单元", parent=building)
    count = Place.objects.count()
    with pytest.raises(StepRefused) as refusal:
        undo_import(batch, by=gao)
    assert refusal.value.code == "referred_to" and Place.objects.count() == count
    batch.refresh_from_db()
    assert batch.undone_at is None and not Event.objects.filter(kind="places.import_undone").exists()


def test_only_those_with_a_post_there_may_import(tree, gao):
    outsider = Actor(id=9, kind="person", posts=(Post("community_worker", tree["square"].path, 1),))
    volunteer = Actor(id=9, kind="person", posts=(Post("volunteer", tree["community"].path, 1),))
    content = as_csv(HEAD, ["新小区", 1, 1, 101])
    for actor in (outsider, volunteer, ANONYMOUS):
        with pytest.raises(Forbidden):
            propose_import(tree["community"], "a.csv", content, by=actor)
    batch = propose_import(tree["community"], "a.csv", content, by=gao)
    with pytest.raises(Forbidden):
        import_households(batch, by=outsider)
    assert not Place.objects.filter(name="新小区").exists() and PlaceImport.objects.count() == 1


def test_a_stopped_import_leaves_nothing(tree, gao):
    class Stop(Exception):
        pass

    def tell(done, total, what):
        raise Stop

    batch = propose_import(tree["community"], "a.csv", as_csv(HEAD, ["新小区", 1, 1, 101]), by=gao)
    count = Place.objects.count()
    with pytest.raises(Stop):
        import_households(batch, by=gao, tell=tell)
    assert Place.objects.count() == count


def test_a_compound_inside_a_grid_is_found_again(tree, gao):
    grid = Place.objects.create(kind="grid", name="第一网格", parent=tree["community"])
    Place.objects.create(kind="compound", name="格里小区", parent=grid)
    batch = propose_import(tree["community"], "a.csv", as_csv(HEAD, ["格里小区", 1, 1, 101]), by=gao)
    import_households(batch, by=gao)
    assert Place.objects.filter(name="格里小区").count() == 1

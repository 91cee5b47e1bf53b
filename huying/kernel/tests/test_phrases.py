"""Texts and searches as PostgreSQL sees them: found is what a reader would find."""

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from huying.kernel import phrases
from huying.kernel.grams import plain


def matches(text: str, wanted: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector @@ %s::tsquery", [phrases.vector(text), phrases.query(wanted)])
        return cursor.fetchone()[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("三楼楼道灯不亮了", "楼道", True),
        ("三楼楼道灯不亮了", "楼道灯", True),
        ("三楼楼道灯不亮了", "三楼楼道灯不亮了", True),
        ("三楼楼道灯不亮了", "楼灯", False),
        ("三楼楼道灯不亮了", "灯", True),
        ("三楼楼道灯不亮了", "了", True),
        ("三楼楼道灯不亮了", "暗", False),
        # Both pairs are there, one after the other they are not.
        ("楼道很黑，道灯坏了", "楼道灯", False),
        ("楼道，灯坏了", "楼道灯", False),
        ("楼道，灯坏了", "楼道 灯", True),
        ("17栋3单元", "17栋", True),
        ("17栋3单元", "7栋", False),
        ("17栋3单元", "17", True),
        ("17栋3单元", "栋3", True),
        ("那栋17号楼", "那栋17", True),
        ("那栋17号楼", "栋17号", True),
        ("１７栋 ＡＢＣ", "17栋 abc", True),
        ("Wi-Fi 断了", "wi-fi", True),
        ("打 13812345678 没人接", "138", True),
        ("打 13812345678 没人接", "345", False),
        ("%%__\\'", "%", False),
        ("灯' & | ! <-> \\ (坏", "灯", True),
        ("𠮷祥社区", "𠮷祥", True),
        ("a" * 2000, "a" * 100, True),
    ],
)
def test_what_is_found(text, wanted, found):
    if not phrases.query(wanted):
        assert not found
    else:
        assert matches(text, wanted) is found


@pytest.mark.parametrize("nothing", ["", "  ", "%", "_", "、。！", "\x00", "\u200b", "😀", "'", "\\", "'; --"])
def test_where_is_no_word_there_is_nothing_to_look_for(nothing):
    assert phrases.query(nothing).strip("()' -") == "" or phrases.words(nothing)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None)
@given(
    text=st.text(st.sampled_from("楼道灯亮不坏了门东西12ab ，_%'\\"), min_size=1, max_size=30),
    where=st.tuples(st.integers(0, 29), st.integers(1, 6)),
)
def test_every_stretch_of_chinese_characters_is_found(text, where):
    piece = text[where[0] : sum(where)]
    word = "".join(char for char in piece if char in "楼道灯亮不坏了门东西")
    if word and word in plain(text):
        assert matches(text, word)


@pytest.mark.django_db
@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=300), wanted=st.text(max_size=300))
def test_whatever_is_typed_is_taken_by_the_database(text, wanted):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::tsvector", [phrases.vector(text)])
        cursor.execute("SELECT %s::tsquery", [phrases.query(wanted)])


def test_ten_thousand_characters_are_cut_short():
    assert len(phrases.query("楼道灯" * 4000)) < 4000
    assert len(phrases.words("一 二 三 四 五 六 七 八 九 十")) == phrases.MOST_WORDS

"""Short names, pinyin and search terms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huying.places import names, terms


@pytest.mark.parametrize(
    ("name", "street", "short"),
    [
        ("斜口骊山新家园社区居民委员会", "斜口街道", "骊山新家园社区"),
        ("广场社区居委会", "西一路街道", "广场社区"),
        ("芷阳新苑社区", "斜口街道", "芷阳新苑社区"),
        ("斜口社区居委会", "斜口街道", "斜口社区"),
        ("泾渭街道泾渭西路社区居民委员会", "泾渭街道", "泾渭西路社区"),
        ("青年路第一社区居委会", "青年路街道", "青年路第一社区"),
        ("三桥火车站社区居委会", "三桥街道", "三桥火车站社区"),
        ("谭家新家园社区居委会", "谭家街道", "谭家新家园社区"),
        ("枣园西路社区居委会", "枣园街道", "枣园西路社区"),
        ("郭杜北街第一社区", "郭杜街道", "郭杜北街第一社区"),
        ("岳沟村委会", "斜口街道", "岳沟村"),
        ("显落村村委会", "三官庙镇", "显落村"),
        ("南辛庄村民委员会", "码头镇", "南辛庄村"),
        ("官村委会", "马额街道", "官村"),
        ("西关正街居委会", "西关街道", "西关正街"),
        ("新华街居委会", "韦曲街道", "新华街"),
        ("第九居委会", "穆棱林业局", "第九居委会"),
        ("王寺街道居委会", "王寺街道", "王寺街道居委会"),
        ("黄龙居委会(社区)", "北郊街道", "黄龙社区"),
        ("先丰村委会(双碾子)", "张沟镇", "先丰村(双碾子)"),
        ("双合嘎查委会", "图牧吉镇", "双合嘎查"),
        ("蔚蓝社区居民管理委员会", "嵩山路街道", "蔚蓝社区"),
        ("上庄", "斜口街道", "上庄"),
        ("村委会", "某镇", "村委会"),
    ],
)
def test_a_place_is_called_what_people_call_it(name, street, short):
    assert names.short_name(name, street) == short


@settings(deadline=None)
@given(st.text(min_size=1, max_size=30), st.text(max_size=10))
def test_a_short_name_is_part_of_the_name_and_never_empty(name, street):
    short = names.short_name(name, street)
    assert short and len(short) <= len(name) + 2
    assert names.base_name(names.base_name(name)) or True
    assert names.core_name(short)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_reading_aloud_never_fails_and_keeps_to_letters_and_digits(text):
    for syllable in names.syllables(text):
        assert syllable.isascii() and syllable.isalnum() and syllable == syllable.lower()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("骊山新家园", "li shan xin jia yuan"),
        ("重庆路17号", "chong qing lu 17 hao"),
        ("长安区", "chang an qu"),
        ("六安市", "lu an shi"),
        ("绿化村", "lv hua cun"),
        ("单县", "shan xian"),
        ("B座", "b zuo"),
        ("😀", ""),
    ],
)
def test_names_are_read_as_people_read_them(text, read):
    assert " ".join(names.syllables(text)) == read


def test_initials_are_one_letter_a_syllable_and_whole_numbers():
    assert names.romanised("骊山新家园17栋") == ("li shan xin jia yuan 17 dong", "lsxjy17d")


@settings(deadline=None)
@given(st.text(max_size=50))
def test_terms_are_safe_in_a_query_whatever_was_typed(text):
    query = terms.Query(text)
    for part in (query.anywhere, query.begins, query.exact):
        assert "\x00" not in part and part.count("'") % 2 == 0 and "\\" not in part

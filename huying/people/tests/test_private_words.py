"""Words that give somebody away are found and masked, however they are written."""

import pytest

from huying.people.private_words import mask, nameless, private_words

GIVES_AWAY = [
    ("phone", "请打13800138000找我", "请打＊＊＊＊＊＊＊＊＊＊＊找我"),
    ("phone", "请打１３８００１３８０００找我", "请打＊＊＊＊＊＊＊＊＊＊＊找我"),
    ("door", "送到3单元502室就行", "送到＊＊＊＊＊＊＊就行"),
    ("door", "17栋2单元302", "＊＊＊＊＊＊＊＊＊"),
    ("door", "17号楼1203的老人", "＊＊＊＊＊＊＊＊的老人"),
    ("id_number", "身份证610115195001011234", "身份证" + "＊" * 18),
    ("home", "17栋的王阿姨", "＊＊＊的王阿姨"),
    ("home", "十七号楼的奶奶", "＊＊＊＊的奶奶"),
]


@pytest.mark.parametrize(("kind", "text", "masked"), GIVES_AWAY)
def test_what_gives_somebody_away_is_found_and_masked(kind, text, masked):
    assert kind in {found for found, _words in private_words(text, home=True)}
    assert mask(text) == masked
    assert private_words(mask(text), home=True) == []


@pytest.mark.parametrize(
    "text", ["夏天到了，我想要一个风扇", "想要一台300元的电饭煲", "一位奶奶", "50个字以内", "3公斤米"]
)
def test_plain_wishes_stay_as_they_are(text):
    assert private_words(text, home=True) == []
    assert mask(text) == text


def test_a_call_may_name_a_building_but_no_door():
    assert private_words("17栋的灯坏了") == []
    assert nameless("17栋2单元302的灯坏了，打１３８００１３８０００") == "…的灯坏了，打…"

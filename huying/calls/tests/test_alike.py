"""What looks alike: a hint that must not cry wolf."""

import pytest

from huying.calls import alike

SAID = [
    "小区东门垃圾堆了三天没清", "17栋暖气不热", "三楼楼道灯不亮", "电梯总是停在六楼", "楼道里堆了纸箱",
    "车位被占了", "晚上跳广场舞声音太大",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("东门的垃圾好几天没清了", 0),
        ("暖气一点都不热", 1),
        ("楼道灯坏了", 2),
        ("电梯又坏了停在六楼", 3),
        ("广场舞太吵", 6),
    ],
)
def test_the_same_matter_in_other_words_is_found_first(text, like):
    scores = alike.likeness(text, SAID)
    assert scores.index(max(scores)) == like and scores[like] >= alike.LIKE_ENOUGH


@pytest.mark.parametrize("text", ["物业收费太高", "窗外施工到半夜", "hello", "灯", "", "？？？"])
def test_another_matter_is_not(text):
    assert max(alike.likeness(text, SAID)) < alike.LIKE_ENOUGH


def test_equal_words_are_wholly_alike():
    assert alike.likeness("三楼楼道灯不亮", SAID)[2] == pytest.approx(1)


def test_nothing_to_compare_with_is_nothing():
    assert alike.likeness("灯不亮", []) == []


def test_only_open_public_calls_of_the_neighbourhood_are_asked_once(stage, raise_one, django_assert_num_queries):
    from huying.calls import actions

    for at in ("entrance", "building", "elsewhere"):
        call = raise_one(text="x", at=at)
        who = "zhao" if at == "elsewhere" else "gao"
        actions.accept(call, "garbage", by=stage.actor(who), public_text=f"{at}垃圾没人收", public=True)
    raise_one(text="垃圾没人收")
    with django_assert_num_queries(1):
        found = alike.find(stage.place("compound").path, "门口垃圾没人收，没人管", category="garbage")
    assert {call.public_text for call in found} == {"entrance垃圾没人收", "building垃圾没人收"}

"""The tree's pages: what hangs there and what never does, small trees, the hall, paper, files; queries do not grow with leaves."""

import datetime as dt
import json
import re
import secrets

import pytest
from django.urls import reverse
from django.utils import timezone

from huying.places.models import Place, PlaceSuccessor
from huying.wishes import actions, queries_tree
from huying.wishes.live import tree_of, wakes
from huying.wishes.models import Tree, Wish
from huying.wishes.tests.scene import FAN, claimed, collected, in_state, on_the_wall, wisher

PRIVATE = ("王秀兰", "13800138000", "1单元302", "一个人住", "徐志愿者")
STATES = ("published", "claimed", "contact", "fulfilled", "confirmed", "closed")


def plant(stage, count: int, at: str = "compound") -> None:
    """Write wishes straight into the tables: many, in all states that hang on a tree."""
    place, community, now = stage.place(at), stage.place("community"), timezone.now()
    first = Wish.objects.filter(community=community, slot__isnull=False).count()
    rows = []
    for n in range(count):
        state = STATES[n % len(STATES)]
        rows.append(
            Wish(
                state=state, intake_key=secrets.token_hex(8), channel="page", text=FAN, place=place, path=place.path,
                community=community, public_text=f"{FAN} {n}", alias="一位奶奶", kind="thing", slot=first + n,
                verified_at=now, verified_by=stage.persons["gao"], published_at=now, published_by=stage.persons["gao"],
                claimed_at=None if state == "published" else now,
                fulfilled_at=now if state in ("fulfilled", "confirmed", "closed") else None,
                rating="satisfied" if state == "confirmed" else "", rated_at=now if state == "confirmed" else None,
            )
        )  # fmt: skip
    Wish.objects.bulk_create(rows)
    Tree.objects.update_or_create(place=community, defaults={"leaves": first + count})


def get(client, name: str, place, **query):
    return client.get(reverse(name, args=[place.slug]), query)


@pytest.mark.parametrize("name", ["wish-tree", "wish-tree-hall", "wish-tree-now", "wish-tree-words", "wish-tree-sheet", "wish-tree-file"])  # fmt: skip
@pytest.mark.parametrize("where", ["community", "compound"])
def test_a_wish_hangs_there_with_its_words_and_nobody_behind_it(stage, client, name, where):
    in_state(stage, "confirmed")
    page = get(client, name, stage.place(where))
    assert page.status_code == 200
    text = (
        page.content.decode()
        if page["Content-Type"] != "application/json"
        else json.dumps(page.json(), ensure_ascii=False)
    )
    assert FAN in text or "想要一个" in text
    for words in PRIVATE:
        assert words not in text


@pytest.mark.parametrize("state", ["collected", "verified", "declined", "moved", "withdrawn"])
def test_what_is_not_on_the_wall_is_on_no_page(stage, client, state):
    in_state(stage, state)
    for name in ("wish-tree", "wish-tree-hall", "wish-tree-sheet", "wish-tree-file"):
        page = get(client, name, stage.place("community")).content.decode()
        assert "风扇" not in page.replace("一台风扇", "")


def test_words_that_slipped_through_are_masked_on_every_page(stage, client):
    wish = on_the_wall(stage)
    Wish.objects.filter(pk=wish.pk).update(public_text="请打 13912345678 找我", alias="3栋401的人")
    for name in (
        "wish-tree",
        "wish-tree-words",
        "wish-tree-sheet",
        "wish-tree-file",
        "wish-tree-hall",
        "wish-tree-now",
    ):
        text = get(client, name, stage.place("community")).content.decode()
        assert "13912345678" not in text and "401" not in text, name


def test_what_anybody_writes_is_text_and_never_markup(stage, client):
    wish = on_the_wall(stage)
    Wish.objects.filter(pk=wish.pk).update(public_text='<script>x()</script>"&', alias="<b>")
    for name in ("wish-tree", "wish-tree-sheet", "wish-tree-file", "wish-tree-hall"):
        text = get(client, name, stage.place("community")).content.decode()
        assert "<script>x" not in text and "<b>" not in text


@pytest.mark.parametrize("name", ["wish-tree", "wish-tree-now", "wish-tree-hall", "wish-tree-words", "wish-tree-sheet", "wish-tree-file"])  # fmt: skip
@pytest.mark.parametrize("where", ["community", "compound"])
def test_queries_do_not_grow_with_the_leaves(stage, client, django_assert_max_num_queries, name, where):
    plant(stage, 6)
    place = stage.place(where)
    get(client, name, place)
    plant(stage, 1)
    with django_assert_max_num_queries(40) as few:
        get(client, name, place)
    plant(stage, 300)
    with django_assert_max_num_queries(len(few)) as many:
        get(client, name, place)
    assert len(many) <= 12


def test_a_kept_picture_is_drawn_anew_when_anything_changes(stage, client):
    wish = claimed(stage)
    place = stage.place("community")

    def leaf() -> str:
        return re.search(rf'<a id="w{wish.pk}" class="(\w)', get(client, "wish-tree-now", place).content.decode())[1]

    assert leaf() == "k"
    xu = stage.actor("xu")
    actions.contact(wish, by=xu)
    actions.fulfil(wish, by=xu)
    assert leaf() == "f"
    actions.confirm(wish, "satisfied", by=wisher(wish))
    assert leaf() == "s"
    actions.take_down(wish, by=wisher(wish))
    assert f'id="w{wish.pk}"' not in get(client, "wish-tree-now", place).content.decode()


def test_a_page_that_is_open_is_told_when_nothing_has_changed(stage, client):
    on_the_wall(stage)
    place = stage.place("community")
    first = get(client, "wish-tree-now", place)
    again = client.get(reverse("wish-tree-now", args=[place.slug]), headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    on_the_wall(stage, text="想要一副老花镜")
    third = client.get(reverse("wish-tree-now", args=[place.slug]), headers={"if-none-match": first["ETag"]})
    assert third.status_code == 200


def test_a_leaf_is_a_link_without_a_stop_for_the_tab_key(stage, client):
    plant(stage, 80)
    page = get(client, "wish-tree", stage.place("community")).content.decode()
    leaves = re.findall(r'<a id="w(\d+)"([^>]*)>', page)
    assert len(leaves) == 80
    for pk, rest in leaves:
        assert f'href="{reverse("wish-leaf", args=[pk])}"' in rest and 'tabindex="-1"' in rest


def test_the_list_is_paged_and_narrowed(stage, client):
    plant(stage, 60)
    place = stage.place("community")
    first = get(client, "wish-tree", place).content.decode()
    second = get(client, "wish-tree", place, page=2).content.decode()
    third = get(client, "wish-tree", place, page=3).content.decode()
    found = [set(re.findall(r'id="row-(\d+)"', page)) for page in (first, second, third)]
    assert [len(one) for one in found] == [24, 24, 12] and not found[0] & found[1] and not found[1] & found[2]
    smiles = get(client, "wish-tree", place, show="smile").content.decode()
    assert set(re.findall(r'id="row-(\d+)"', smiles)) == {str(w.pk) for w in Wish.objects.filter(state="confirmed")}
    for nonsense in (
        {"page": "x"},
        {"page": "0"},
        {"page": "99999"},
        {"page": "1" * 50},
        {"show": "<b>"},
        {"page": "２"},
    ):
        assert get(client, "wish-tree", place, **nonsense).status_code == 200


def test_a_live_refresh_brings_the_list_alone(stage, client):
    on_the_wall(stage)
    headers = {"HX-Request": "true", "HX-Target": "wish-list"}
    page = client.get(reverse("wish-tree", args=[stage.place("community").slug]), headers=headers).content.decode()
    assert FAN in page and '<svg class="tree ' not in page and "<html" not in page


def test_an_empty_tree_says_what_will_come_and_how(stage, client):
    place = stage.place("community")
    page = get(client, "wish-tree", place).content.decode()
    assert "树还小" in page and '<g class="wood"><' in page and reverse("wish-make", args=[place.slug]) in page
    for name in ("wish-tree-hall", "wish-tree-sheet", "wish-tree-now", "wish-tree-words", "wish-tree-file"):
        assert get(client, name, place).status_code == 200


@pytest.mark.parametrize("key", ["building", "entrance"])
def test_the_code_at_a_door_leads_to_the_compounds_tree(stage, client, key):
    page = get(client, "wish-tree", stage.place(key))
    assert page.status_code == 302 and page["Location"] == reverse("wish-tree", args=[stage.place("compound").slug])


def test_nothing_is_found_where_there_is_no_place(client, db):
    for name in (
        "wish-tree",
        "wish-tree-hall",
        "wish-tree-now",
        "wish-tree-words",
        "wish-tree-sheet",
        "wish-tree-file",
    ):
        assert client.get(reverse(name, args=["nowhere"])).status_code == 404


@pytest.mark.parametrize("key", ["street", "district", "city"])
def test_a_street_shows_its_trees_by_name_and_each_leads_on(stage, client, key, django_assert_max_num_queries):
    plant(stage, 200)
    with django_assert_max_num_queries(8):
        page = get(client, "wish-tree", stage.place(key)).content.decode()
    assert reverse("wish-tree", args=[stage.place("community").slug]) in page and "200 个心愿" in page
    assert page.count('href="#face"') <= queries_tree.SMALL
    assert "尚勤路" not in page, "a community without wishes has no tree yet"
    assert get(client, "wish-tree-hall", stage.place(key)).status_code == 404


def test_a_small_tree_keeps_the_proportions():
    shapes = queries_tree.small({"open": 900, "smile": 90, "rest": 10})
    assert len(shapes) == queries_tree.SMALL
    assert shapes.count("open") == pytest.approx(81, abs=1) and shapes.count("smile") == pytest.approx(8, abs=1)
    assert sorted(queries_tree.small({"open": 3, "smile": 2})) == ["open"] * 3 + ["smile"] * 2
    assert queries_tree.small({}) == []


def test_an_ended_place_leads_to_its_successor(stage, client):
    on_the_wall(stage)
    place = stage.place("community")
    new = Place.objects.create(
        kind="community", code="610102001099", name="新广场社区居委会", parent=stage.place("street")
    )
    PlaceSuccessor.objects.create(old=place, new=new)
    Place.objects.filter(pk=place.pk).update(valid_to=timezone.localdate() - dt.timedelta(days=1))
    page = get(client, "wish-tree", place).content.decode()
    assert reverse("wish-tree", args=[new.slug]) in page and FAN in page
    assert reverse("wish-make", args=[place.slug]) not in page
    assert reverse("wish-tree-hall", args=[new.slug]) in get(client, "wish-tree-hall", place).content.decode()
    PlaceSuccessor.objects.all().delete()
    assert "停用" in get(client, "wish-tree", place).content.decode()


def test_the_hall_needs_no_login_and_shows_the_latest_smiles_first(stage, client):
    plant(stage, 60)
    page = get(client, "wish-tree-hall", stage.place("community")).content.decode()
    shown = [int(pk) for pk in re.findall(r'<li data-leaf="w(\d+)"', page)]
    assert shown == list(
        Wish.objects.filter(state="confirmed").order_by("-rated_at", "-pk").values_list("pk", flat=True)[:12]
    )
    assert "60 个心愿" in page and "10 个实现了" in page
    assert client.head(reverse("wish-tree-hall", args=[stage.place("community").slug])).status_code == 200
    assert "sessionid" not in get(client, "wish-tree-hall", stage.place("community")).cookies


def test_paper_says_in_words_what_colours_say(stage, client):
    plant(stage, 12)
    page = get(client, "wish-tree-sheet", stage.place("community"), size="a3").content.decode()
    assert "tree-sheet-a3" in page
    for word in ("等人认领", "已认领", "对接中", "已送到", "已实现", "已结束"):
        assert word in page
    assert "tree-sheet-a4" in get(client, "wish-tree-sheet", stage.place("community"), size="a0").content.decode()


def test_a_compounds_tree_counts_its_own_wishes(stage, client):
    elsewhere = Place.objects.create(kind="compound", name="别的小区", parent=stage.place("community"))
    for n in range(5):
        wish = on_the_wall(stage, text=f"想要一双防滑鞋{n}")
        Wish.objects.filter(pk=wish.pk).update(place=elsewhere, path=elsewhere.path)
    mine = [on_the_wall(stage, text=f"想学包饺子{n}") for n in range(3)]
    first = queries_tree.drawn(stage.place("compound"), queries_tree.standing(stage.place("compound")).key)[0]
    assert [(one.leaf.pk, one.number) for one in first] == [(wish.pk, n) for n, wish in enumerate(mine)]
    actions.take_down(mine[0], by=wisher(mine[0]))
    then = queries_tree.drawn(stage.place("compound"), queries_tree.standing(stage.place("compound")).key)[0]
    assert [(one.leaf.pk, one.number) for one in then] == [(mine[1].pk, 1), (mine[2].pk, 2)], "nobody moves"
    page = get(client, "wish-tree", stage.place("community")).content.decode()
    assert reverse("wish-tree", args=[elsewhere.slug]) in page


def test_an_event_wakes_the_trees_around_it_and_tells_nothing(stage):
    from huying.kernel.models import Event

    wish = on_the_wall(stage)
    found = list(wakes(list(Event.objects.filter(kind="wishes.published"))))
    topics = found[0].topics
    assert found[0].change is None
    for key in ("entrance", "compound", "community", "street"):
        assert tree_of(stage.place(key).path) in topics
    assert tree_of(stage.place("elsewhere").path) not in topics
    assert not list(wakes(list(Event.objects.filter(kind="wishes.collected", subject_id=collected(stage).pk))))
    actions.take_down(wish, by=wisher(wish))
    assert list(wakes(list(Event.objects.filter(kind="wishes.taken_down"))))


def test_english_is_complete(stage, client):
    plant(stage, 12)
    for name in ("wish-tree", "wish-tree-hall", "wish-tree-sheet"):
        page = client.get(reverse(name, args=[stage.place("community").slug]), headers={"accept-language": "en"})
        text = re.sub(r"<svg.*?</svg>|<q>.*?</q>|<[^>]+>", " ", page.content.decode(), flags=re.S)
        for rest in ("心愿树", "认领", "实现", "清单", "打印", "全屏"):
            assert rest not in text, (name, rest)

"""The pages: walking, finding, bringing in a list; who may and who may not."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from huying.kernel.models import Progress
from huying.kernel.scopes import Actor, Post
from huying.places import households, jobs, views
from huying.places.models import Place, PlaceImport, plant
from huying.places.tests.test_households import HEAD, as_csv, bomb


@pytest.fixture
def enter(client, stage):
    def enter(name):
        client.logout()
        if name != "anonymous":
            client.force_login(stage.persons[name])
        return client

    return enter


@pytest.fixture
def send(enter, stage):
    def send(content, name="gao", at="community", filename="楼栋.csv"):
        file = SimpleUploadedFile(filename, content)
        return enter(name).post(reverse("places:upload", args=[stage.place(at).pk]), {"file": file}, follow=True)

    return send


def text(response):
    return response.content.decode()


def test_anybody_walks_the_tree_from_the_top_to_a_door(client, stage):
    assert "陕西省" in text(client.get("/places/"))
    for key in ("city", "street", "community", "compound", "building", "entrance"):
        page = client.get(f"/places/{stage.place(key).pk}/")
        assert page.status_code == 200 and str(stage.place(key)) in text(page)


def test_households_are_shown_to_nobody_without_a_post_there(enter, stage):
    address, entrance = f"/places/{stage.place('household').pk}/", f"/places/{stage.place('entrance').pk}/"
    for name, status in (("anonymous", 404), ("wu", 404), ("zhao", 404), ("gao", 200), ("lu", 200)):
        client = enter(name)
        assert client.get(address).status_code == status, name
        assert (f'href="{address}"' in text(client.get(entrance))) == (status == 200), name


def test_a_place_that_is_not_there_is_not_found(client, db):
    assert client.get("/places/999999999/").status_code == 404


def test_an_ended_place_says_who_took_over(client, stage):
    old, new = stage.place("elsewhere"), stage.place("community")
    old.successor_links.create(new=new)
    Place.objects.filter(pk=old.pk).update(valid_to=timezone.localdate())
    page = text(client.get(f"/places/{old.pk}/"))
    assert "已停用" in page and str(new) in page


def test_walking_costs_the_same_however_much_stands_there(client, stage):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/places/{stage.place('compound').pk}/")
        return len(queries)

    before = cost()
    plant([Place(kind="building", name=f"{n}栋", parent=stage.place("compound")) for n in range(30, 60)])
    assert cost() == before


def test_outlines_are_drawn(client, stage):
    ring = [[108.9, 34.2], [109.0, 34.2], [109.0, 34.3], [108.9, 34.3]]
    district = stage.place("district")
    district.outline, district.lng, district.lat = {"type": "Polygon", "coordinates": [ring]}, 108.95, 34.25
    district.save(update_fields=["outline", "lng", "lat"])
    page = text(client.get(f"/places/{stage.place('city').pk}/"))
    assert '<path class="outline-shape" d="M' in page and f'href="/places/{district.pk}/"' in page
    assert "<path" in text(client.get(f"/places/{district.pk}/"))


def test_finding_as_a_page_as_a_fragment_and_as_json(client, stage):
    page = client.get("/places/search/", {"q": "gcsq"})
    assert "<html" in text(page) and "广场社区" in text(page)
    fragment = client.get("/places/search/", {"q": "gcsq"}, headers={"HX-Request": "true"})
    assert "<html" not in text(fragment) and "广场社区" in text(fragment)
    found = client.get(
        "/places/search/", {"q": "广场", "kind": "community"}, headers={"Accept": "application/json"}
    ).json()
    assert [(one["name"], one["kind"], one["where"]) for one in found["results"]] == [
        ("广场社区", "community", "西安市新城区西一路街道")
    ]
    assert (
        client.get("/places/search/", {"q": "广场", "format": "json"}).json()
        == client.get("/places/search/", {"q": "广场", "format": "json", "within": stage.place("city").pk}).json()
    )


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"q": ""},
        {"q": "\x00"},
        {"q": "%"},
        {"q": "x" * 5_000},
        {"q": "😀"},
        {"q": "a", "within": "x", "near": "9" * 40, "kind": "nonsense"},
        {"q": "<script>alert(1)</script>"},
        {"q": "广场", "within": "999999999"},
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_nothing_typed_breaks_the_finding(client, db, query, accept):
    page = client.get("/places/search/", query, headers={"Accept": accept})
    assert page.status_code == 200 and "<script>alert" not in text(page)


def test_households_are_not_found_through_the_search(enter, stage):
    for name in ("anonymous", "gao"):
        for kind in ("household", "entrance"):
            page = enter(name).get("/places/search/", {"q": "101", "kind": kind, "format": "json"})
            assert page.json() == {"results": []}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("anonymous", 302),
        ("wu", 403),
        ("xu", 403),
        ("lu", 403),
        ("zhao", 404),
        ("zhi", 404),
        ("gao", 200),
        ("operator", 200),
    ],
)
def test_who_may_send_a_list_for_a_community(enter, stage, name, status):
    assert enter(name).get(f"/places/{stage.place('community').pk}/import/").status_code == status


def test_a_secretary_may_send_a_list_for_the_own_compound(enter, stage):
    assert enter("zhi").get(f"/places/{stage.place('compound').pk}/import/").status_code == 200


def test_a_list_is_looked_at_taken_in_and_undone(send, stage):
    page = send(
        as_csv(
            [*HEAD, "姓名", "颜色"],
            ["人民大厦小区", "17", "1", "101", "吴某", "红"],
            ["人民大厦小区", "17", "1", "102", "吴某", "红"],
            ["人民大厦小区", "", "1", "103", "吴某", "红"],
            ["新小区", "1", "", "", "吴某", "红"],
        )
    )
    words = text(page)
    assert page.status_code == 200
    assert "第 4 行：没有写楼号" in words and "没有读这些列：姓名" in words and "颜色" in words and "吴某" not in words
    assert not Place.objects.filter(name="新小区").exists()
    batch = PlaceImport.objects.get()
    client = page.client
    done = client.post(reverse("places:import-go", args=[batch.pk]), follow=True)
    assert done.status_code == 200 and "新增了 3 处" in text(done)
    assert {place.name for place in Place.objects.filter(imported=batch)} == {"102", "新小区", "1栋"}
    again = client.post(reverse("places:import-go", args=[batch.pk]))
    assert again.status_code == 409
    back = client.post(reverse("places:import-undo", args=[batch.pk]), follow=True)
    assert back.status_code == 200 and not Place.objects.filter(imported=batch).exists()
    assert client.post(reverse("places:import-undo", args=[batch.pk])).status_code == 409


def test_an_import_that_a_call_refers_to_is_not_undone(send, stage, raise_one):
    client = send(as_csv(HEAD, ["人民大厦小区", "99", "", ""])).client
    batch = PlaceImport.objects.get()
    client.post(reverse("places:import-go", args=[batch.pk]))
    stage.places["new"] = Place.objects.get(name="99栋")
    raise_one(at="new")
    assert client.post(reverse("places:import-undo", args=[batch.pk])).status_code == 409
    assert Place.objects.filter(name="99栋").exists()


def test_rejected_rows_can_be_downloaded_mended_and_sent_again(send):
    client = send(as_csv(HEAD, ["=cmd()", "", "1", "103"], ["人民大厦小区", "5", "", ""])).client
    batch = PlaceImport.objects.get()
    sheet = client.get(reverse("places:import-rejected", args=[batch.pk]))
    rows = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert rows[0][:4] == HEAD and rows[1] == ["'=cmd()", "", "1", "103", "2", "没有写楼号"]
    rows[1][0], rows[1][1] = "人民大厦小区", "6"
    page = send(as_csv(*rows))
    assert "6栋" in text(page)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x00", b"PK\x03\x04", bomb(), b"x" * (5 * 1024 * 1024 + 1), "什么\n都不是\n".encode()],
    ids=range(6),
)
def test_a_hostile_file_gets_words_and_leaves_nothing(send, content):
    page = send(content)
    assert page.status_code == 422 and 'name="file"' in text(page)
    assert not PlaceImport.objects.exists()


def test_a_form_without_a_file_gets_words(enter, stage):
    page = enter("gao").post(f"/places/{stage.place('community').pk}/import/", {"file": "text"})
    assert page.status_code == 422 and "请选一个文件" in text(page)


def test_nobody_else_sees_or_takes_in_a_list(send, enter):
    send(as_csv(HEAD, ["新小区", "1", "", ""]))
    batch = PlaceImport.objects.get()
    for name, status in (("anonymous", 302), ("wu", 403), ("zhao", 404)):
        client = enter(name)
        assert client.get(reverse("places:import", args=[batch.pk])).status_code == status
        assert client.get(reverse("places:import-rejected", args=[batch.pk])).status_code == status
        for step in ("go", "undo"):
            assert client.post(reverse(f"places:import-{step}", args=[batch.pk])).status_code == status
    assert not Place.objects.filter(name="新小区").exists()


def test_a_long_list_is_handed_to_a_worker(send, monkeypatch, stage):
    monkeypatch.setattr(views, "_AT_ONCE", 1)
    asked = []
    monkeypatch.setattr(households, "enqueue", lambda job, **facts: asked.append((job, facts)))
    client = send(as_csv(HEAD, ["新小区", "1", "1", "101"], ["新小区", "1", "1", "102"])).client
    batch = PlaceImport.objects.get()
    page = client.post(reverse("places:import-go", args=[batch.pk]))
    bar = Progress.objects.get()
    assert page.status_code == 302 and page["Location"] == reverse("kernel:job", args=[bar.pk])
    client.post(reverse("places:import-go", args=[batch.pk]))
    assert len(asked) == 1 and asked[0][0] is jobs.bring_in
    assert asked[0][1]["posts"] == [["community_worker", stage.place("community").path, stage.place("community").pk]]


@pytest.mark.django_db(transaction=True)
def test_a_worker_takes_in_a_long_list_and_says_so(tree):
    from huying.kernel import progress
    from huying.places.actions import propose_import

    post = ("community_worker", tree["community"].path, tree["community"].pk)
    gao = Actor(id=7, kind="person", posts=(Post(*post),))
    batch = propose_import(tree["community"], "a.csv", as_csv(HEAD, ["新小区", "1", "1", "101"]), by=gao)
    bar = progress.start("places.bring_in", by=gao)
    jobs.bring_in(batch.pk, bar.pk, gao.id, [list(post)])
    bar.refresh_from_db()
    assert (bar.state, bar.done, bar.total) == ("finished", 4, 4)
    assert bar.result["href"] == reverse("places:import", args=[batch.pk])


def test_lists_are_forgotten_after_a_day(send):
    send(as_csv(HEAD, ["新小区", "1", "", ""]))
    assert jobs.forget_lists() == 0
    PlaceImport.objects.update(at=timezone.now() - timezone.timedelta(days=2))
    assert jobs.forget_lists() == 1
    batch = PlaceImport.objects.get()
    assert batch.plan is None

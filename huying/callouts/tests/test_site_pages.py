"""The pages of sites: a plan is worked out, kept, compared, called out from; numbers are taken, called and shown."""

import secrets

import pytest
from django.urls import reverse

from huying.callouts.actions import site_queue
from huying.callouts.models import SitePlan, SiteQueue, Slip
from huying.callouts.site_catalogue import templates
from huying.callouts.views import site_slips


@pytest.fixture(autouse=True)
def fresh():
    """Nobody has taken a number yet."""
    site_slips.forget()


@pytest.fixture
def zhi(stage, client):
    """Zhi's browser."""
    client.force_login(stage.persons["zhi"])
    return client


def plan_data(stage, **more) -> dict:
    """A small plan as the form sends it."""
    given = {
        "template": "goods",
        "key": secrets.token_hex(8),
        "name": "发菜",
        "place": str(stage.place("compound").pk),
        "people": "80",
        "opens": "09:00",
        "closes": "11:00",
        "curve_kind": "even",
        "lanes": "2",
        "first_percent": "20",
        "target": "10",
        "in_row": "2",
        "mean0": "15",
        "spread0": "8",
        "mean1": "25",
        "spread1": "12",
    }
    return given | more


@pytest.mark.parametrize("kind", ["testing", "vaccination", "goods", "shelter"])
def test_each_kind_of_site_is_worked_out_at_once(zhi, kind):
    page = zhi.get(f"/callouts/sites/new/?template={kind}").content.decode()
    assert page.count("site-svg") == 2 and "条通道：" in page and templates()[kind].posts[0].zh in page


def test_a_plan_follows_the_form_and_is_kept_once(zhi, stage):
    tried = zhi.post(
        "/callouts/sites/new/",
        plan_data(stage, name="", day=""),
        headers={"HX-Request": "true", "HX-Target": "site-outcome"},
    )
    assert tried.status_code == 200 and "<html" not in tried.content.decode() and not SitePlan.objects.exists()
    data = plan_data(stage, do="save")
    sent = [zhi.post("/callouts/sites/new/", data) for _ in range(2)]
    plan = SitePlan.objects.get()
    assert [one.status_code for one in sent] == [302, 302] and sent[0]["Location"] == f"/callouts/sites/{plan.pk}/"
    page = zhi.get(f"/callouts/sites/{plan.pk}/").content.decode()
    assert "发菜" in page and reverse("callout-new") + f"?plan={plan.pk}" in page
    assert plan.posts() == [("核对名单", 2), ("发放", 4), ("搬运", 4), ("维持秩序", 2), ("社区工作人员", 1)]
    assert plan.helpers == 13


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"people": "0"}, "至少要 1"),
        ({"people": "1000000"}, "最多 20000"),
        ({"people": "许多"}, "整数"),
        ({"closes": "08:00"}, "结束要比开始晚"),
        ({"closes": "09:00"}, "结束要比开始晚"),
        ({"closes": "25:99"}, "06:30"),
        ({"lanes": "0"}, "至少要 1"),
        ({"mean0": "-5"}, "大于 0"),
        ({"spread1": "-1"}, "0 到"),
        ({"first_percent": "130"}, "0 到 100"),
        ({"target": "0"}, "分钟数"),
        ({"in_row": "0"}, "至少要 1"),
        ({"curve_kind": "hand", "curve": "1 2"}, "4 个半小时"),
        ({"curve_kind": "hand", "curve": "多 少"}, "用空格隔开"),
        ({"curve_kind": "hand", "curve": "0 0 0 0"}, "大于 0"),
        ({"name": " "}, "起个名字"),
        ({"place": ""}, ""),
        ({"day": "2001-01-01"}, "已经过去"),
        ({"day": "后天"}, "2026-06-23"),
    ],
)
def test_what_cannot_be_is_said_where_it_was_typed_and_kept(zhi, stage, change, words):
    answer = zhi.post("/callouts/sites/new/", plan_data(stage, do="save", **change))
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page and not SitePlan.objects.exists()
    # What was typed is still there.
    assert next(iter(change.values())).strip() in page and 'value="25"' in page


def test_a_curve_by_hand_is_taken(zhi, stage):
    zhi.post("/callouts/sites/new/", plan_data(stage, do="save", curve_kind="hand", curve="1，2 3,4"))
    plan = SitePlan.objects.get()
    assert plan.curve == [1, 2, 3, 4]
    again = zhi.get(f"/callouts/sites/new/?from={plan.pk}").content.decode()
    assert 'value="1 2 3 4"' in again and "发菜（改）" in again


def test_plans_stand_side_by_side_and_can_be_thrown_away(zhi, stage):
    for lanes in ("1", "2", "3"):
        zhi.post("/callouts/sites/new/", plan_data(stage, do="save", name=f"{lanes}条", lanes=lanes))
    one, two, three = SitePlan.objects.order_by("pk")
    page = zhi.get(f"/callouts/sites/compare/?pick={one.pk}&pick={three.pk}&pick={one.pk}&pick=x").content.decode()
    assert page.count("site-svg") == 4 and "＋2" in page and "2条" not in page
    assert "先勾两个方案" in zhi.get(f"/callouts/sites/compare/?pick={one.pk}").content.decode()
    zhi.post(f"/callouts/sites/{two.pk}/drop/")
    assert zhi.get(f"/callouts/sites/{two.pk}/").status_code == 404
    assert "2条" not in zhi.get("/callouts/sites/").content.decode().split("rows")[-1]


def test_a_call_out_is_made_from_a_plan(zhi, stage):
    zhi.post("/callouts/sites/new/", plan_data(stage, do="save"))
    plan = SitePlan.objects.get()
    page = zhi.get(f"/callouts/new/blank/?plan={plan.pk}").content.decode()
    assert "核对名单" in page and "社区工作人员" in page and "发菜" in page


@pytest.fixture
def queue(stage) -> SiteQueue:
    """A queue at the compound."""
    key = secrets.token_hex(8)
    return site_queue.open_queue(stage.place("compound"), "采样点", 2, key=key, by=stage.actor("zhi"))


def test_a_queue_is_opened_from_a_plan_and_its_links_are_handed_out(zhi, stage):
    zhi.post("/callouts/sites/new/", plan_data(stage, do="save"))
    plan = SitePlan.objects.get()
    page = zhi.get(f"/callouts/queues/new/?plan={plan.pk}").content.decode()
    assert "发菜" in page
    data = {"name": "发菜", "place": str(stage.place("compound").pk), "lanes": "2", "plan": plan.pk, "key": "k" * 12}
    zhi.post("/callouts/queues/new/", data)
    again = zhi.post("/callouts/queues/new/", data)
    queue = SiteQueue.objects.get()
    assert queue.plan_id == plan.pk and again["Location"] == f"/callouts/queues/{queue.pk}/"
    page = zhi.get(f"/callouts/queues/{queue.pk}/").content.decode()
    for href in (queue.secret, queue.desk_secret, queue.lane_secret(1), queue.lane_secret(2)):
        assert href in page
    wrong = zhi.post("/callouts/queues/new/", data | {"key": "n" * 12})
    assert wrong.status_code == 409 and "已经有一个" in wrong.content.decode()


def test_a_number_is_taken_without_a_name_and_found_again(client, queue):
    page = client.get(f"/number/{queue.secret}/").content.decode()
    assert "现在不用等" in page
    sent = [client.post(f"/number/{queue.secret}/", {"key": "a" * 12}) for _ in range(2)]
    slip = Slip.objects.get()
    assert {one["Location"] for one in sent} == {f"/slip/{slip.secret}/"}
    assert "下一个就是您" in client.get(f"/slip/{slip.secret}/").content.decode()
    assert "您已经有号了" in client.get(f"/number/{queue.secret}/").content.decode()
    part = client.get(f"/slip/{slip.secret}/", headers={"HX-Request": "true", "HX-Target": "slip"}).content.decode()
    assert "<html" not in part and "site-number" in part


def test_whoever_waits_sees_how_many_are_before_them_and_their_lane(client, queue):
    for number in range(4):
        client.post(
            f"/number/{queue.secret}/", {"key": f"key-{number:08d}", **({"first": "on"} if number == 3 else {})}
        )
    third = Slip.objects.get(number=3)
    page = client.get(f"/slip/{third.secret}/").content.decode()
    assert '前面还有 <strong class="num">3</strong> 位' in page
    lane = queue.lane_secret(1)
    client.post(f"/lane/{lane}/do/next/", {"seen": "0"})
    assert Slip.objects.get(state="called").number == 4
    called = Slip.objects.get(number=4)
    assert "请到 1 号通道" in client.get(f"/slip/{called.secret}/").content.decode()
    client.post(f"/slip/{third.secret}/leave/")
    client.post(f"/slip/{third.secret}/leave/")
    assert "已经让出" in client.get(f"/slip/{third.secret}/").content.decode()
    refused = client.post(f"/slip/{called.secret}/leave/")
    assert refused.status_code == 409


def test_the_lane_calls_takes_back_and_goes_on(client, queue):
    for number in range(3):
        client.post(f"/number/{queue.secret}/", {"key": f"key-{number:08d}"})
    lane = queue.lane_secret(2)
    client.post(f"/lane/{lane}/do/next/", {"seen": "0"})
    slip = Slip.objects.get(number=1)
    page = client.get(f"/lane/{lane}/").content.decode()
    assert "2 号通道" in page and f'value="{slip.pk}"' in page and "data-focus" not in page
    htmx = {"HX-Request": "true", "HX-Target": "lane"}
    part = client.post(f"/lane/{lane}/do/next/", {"seen": slip.pk}, headers=htmx).content.decode()
    assert "data-focus" in part and "<html" not in part
    # The first page once more: a second tap changes nothing.
    client.post(f"/lane/{lane}/do/next/", {"seen": slip.pk}, headers=htmx)
    assert Slip.objects.get(state="called").number == 2
    client.post(f"/lane/{lane}/do/undo/", {"seen": Slip.objects.get(number=2).pk})
    assert Slip.objects.get(state="called").number == 1
    stale = client.post(f"/lane/{lane}/do/undo/", {"seen": "9"}, headers=htmx)
    assert stale.status_code == 409 and "没有什么可以退回" in stale.content.decode()
    client.post(f"/lane/{lane}/do/missed/", {"seen": slip.pk})
    assert Slip.objects.get(number=1).state == "missed"
    assert client.post(f"/lane/{lane}/do/back/", {"number": "99"}).status_code == 422
    client.post(f"/lane/{lane}/do/back/", {"number": "1"})
    assert Slip.objects.get(number=1).state == "waiting"
    client.post(f"/lane/{lane}/do/finish/", {"seen": Slip.objects.get(state="called").pk})
    assert not Slip.objects.filter(state="called").exists()
    assert client.post(f"/lane/{lane}/do/nothing/", {}).status_code == 404


def test_the_entrance_gives_numbers_on_paper(client, queue):
    desk = f"/desk/{queue.desk_secret}/"
    for _ in range(2):
        answer = client.post(desk, {"key": "a" * 12, "first": "1"})
    slip = Slip.objects.get()
    assert slip.first and slip.by_helper and answer["Location"].endswith("?given=1")
    assert "刚发的号" in client.get(answer["Location"]).content.decode()
    assert (
        slip.secret in client.get(f"{desk}slip/1/").content.decode() or client.get(f"{desk}slip/1/").status_code == 200
    )
    assert client.get(f"{desk}slip/7/").status_code == 404
    assert client.post(desk, {"do": "back", "number": "5"}).status_code == 422
    assert client.post(desk, {"do": "back", "number": "五"}).status_code == 422


def test_the_wall_shows_numbers_and_no_names(client, queue, stage):
    for number in range(12):
        client.post(f"/number/{queue.secret}/", {"key": f"key-{number:08d}"})
    client.post(f"/lane/{queue.lane_secret(1)}/do/next/", {"seen": "0"})
    page = client.get(f"/number/{queue.secret}/wall/").content.decode()
    assert "1 号通道" in page and "还有 3 位" in page and "11 位在等" in page
    assert not any(person.name in page for person in stage.persons.values())


def test_a_closed_queue_says_so_on_every_page(client, zhi, queue):
    zhi.post(f"/number/{queue.secret}/", {"key": "a" * 12})
    slip = Slip.objects.get()
    assert zhi.post(f"/callouts/queues/{queue.pk}/do/change/", {"lanes": "0"}).status_code == 422
    zhi.post(f"/callouts/queues/{queue.pk}/do/change/", {"lanes": "3"})
    zhi.post(f"/callouts/queues/{queue.pk}/do/close/")
    queue.refresh_from_db()
    assert queue.lanes == 3 and queue.state == "closed"
    for address, words in (
        (f"/number/{queue.secret}/", "不再发号"),
        (f"/slip/{slip.secret}/", "今天收了"),
        (f"/lane/{queue.lane_secret(1)}/", "已经收了"),
        (f"/desk/{queue.desk_secret}/", "已经收了"),
        (f"/number/{queue.secret}/wall/", "今天收了"),
    ):
        assert words in zhi.get(address).content.decode(), address
    assert zhi.post(f"/number/{queue.secret}/", {"key": "b" * 12}).status_code == 409
    assert zhi.post(f"/callouts/queues/{queue.pk}/do/close/").status_code == 409


def test_made_up_links_lead_nowhere(client, queue):
    for address in ("/number/1.x/", "/slip/1.x/", "/desk/1.x/", "/lane/1.x/", f"/lane/{queue.secret}/"):
        assert client.get(address).status_code == 404


def test_a_flood_of_numbers_waits(client, queue):
    answers = [client.post(f"/number/{queue.secret}/", {"key": f"key-{n:08d}"}).status_code for n in range(64)]
    assert answers.count(302) >= 60 and 429 in answers

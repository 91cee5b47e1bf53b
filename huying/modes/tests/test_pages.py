"""The pages: a switch that tells first what it will change, the banner, the lists, a household's own page, the report."""

import datetime as dt
import io

import openpyxl
import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from huying.calls import actions as calls
from huying.modes import actions, report
from huying.modes.models import HouseholdLook, Mode, PriorityHousehold
from huying.modes.tests.scene import household, switched

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def login(client, stage):
    """Log somebody of the cast in."""

    def enter(who):
        client.force_login(stage.persons[who])
        return client

    return enter


def local(moment) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def asked(stage, **changed) -> dict:
    return {
        "place": stage.place("community").pk,
        "kind": "emergency",
        "level": "1",
        "authority": "区防汛办〔2026〕7号",
        "reason": "暴雨红色预警",
        "until": local(timezone.now() + 24 * HOUR),
        "key": "one-tap",
    } | changed


def test_it_tells_first_what_will_change_and_then_does_it(login, stage, raise_one):
    calls.accept(raise_one(), "lighting", by=stage.actor("gao"))
    household(stage)
    client, url = login("jie"), reverse("modes:switch")
    assert "广场社区" in client.get(url).content.decode()
    page = client.post(url, asked(stage)).content.decode()
    assert "1 件在办的诉求马上换上应急时限" in page and "一般 72 小时" in page
    assert "2 位小区书记和楼栋长会看到自己那里的重点户，一共 1 户" in page
    assert not Mode.objects.exists(), "nothing has happened yet"
    answer = client.post(url, asked(stage, go="yes"))
    mode = Mode.objects.get()
    assert answer.status_code == 302 and answer.url == reverse("modes:mode", args=[mode.pk])
    assert client.post(url, asked(stage, go="yes")).status_code == 302 and Mode.objects.count() == 1


def test_a_refusal_keeps_what_was_typed(login, stage):
    page = login("jie").post(reverse("modes:switch"), asked(stage, authority="", until="2020-01-01T10:00", go="yes"))
    text = page.content.decode()
    assert page.status_code == 422 and "暴雨红色预警" in text and "请写明谁决定的" in text
    page = login("jie").post(reverse("modes:switch"), asked(stage, until="tomorrow", go="yes"))
    assert page.status_code == 422 and "2026-07-01 18:00" in page.content.decode()


def test_the_second_is_told_what_is_on(login, stage):
    switched(stage, level=2)
    page = login("qu").post(reverse("modes:switch"), asked(stage, key="other", go="yes"))
    assert (
        page.status_code == 409 and "不用再开一次" in page.content.decode() and "暴雨红色预警" in page.content.decode()
    )


def test_a_secretary_may_drill_but_not_switch(login, stage):
    client = login("qin")
    assert 'value="emergency"' not in client.get(reverse("modes:switch")).content.decode()
    assert client.post(reverse("modes:switch"), asked(stage, go="yes")).status_code == 403
    assert client.post(reverse("modes:switch"), asked(stage, kind="drill", go="yes")).status_code == 302
    # Nowhere but at home.
    away = asked(stage, kind="drill", place=stage.place("elsewhere").pk, key="away", go="yes")
    assert client.post(reverse("modes:switch"), away).status_code == 422


def test_the_banner_stands_where_it_is_and_costs_nothing_where_nothing_is_on(
    client, login, stage, django_assert_num_queries
):
    from huying.modes import banner

    with django_assert_num_queries(0):
        assert banner.everywhere() == []
    raising = reverse("call-raise", args=[stage.place("building").tag])
    assert "现在是应急" not in client.get(raising).content.decode()
    mode = switched(stage, level=1, hours=3)
    assert "广场社区现在是应急，一级（红色）" in client.get(raising).content.decode()
    assert "现在是应急" in login("lu").get("/today/").content.decode()
    assert "现在是应急" not in login("zhao").get("/today/").content.decode()
    with time_machine.travel(mode.expires_at):
        # Remembered or not, and noted or not: over is over.
        client.logout()
        assert "现在是应急" not in client.get(raising).content.decode()


def test_a_drill_is_marked_everywhere(client, login, stage):
    mode = switched(stage, kind="drill", by="qin")
    raising = reverse("call-raise", args=[stage.place("building").tag])
    assert "演练：广场社区正在演练应急" in client.get(raising).content.decode()
    for address in ("/today/", "/modes/", f"/modes/{mode.pk}/", f"/modes/{mode.pk}/report/"):
        assert "演练" in login("qin").get(address).content.decode()


def test_steps_of_a_mode_and_a_page_that_was_overtaken(login, stage):
    mode = switched(stage)
    client, url = login("jie"), reverse("modes:mode", args=[mode.pk])
    assert "延长" in client.get(url).content.decode() and "延长" not in login("gao").get(url).content.decode()
    do = lambda step, **data: login("jie").post(reverse("modes:do", args=[mode.pk, step]), data)  # noqa: E731
    assert do("change_level", level="2", version=mode.version).status_code == 302
    stale = do("end", why="雨停了", version=mode.version)
    assert stale.status_code == 409 and "雨停了" in stale.content.decode()
    assert do("extend", until="").status_code == 422
    assert do("extend", until=local(timezone.now() + 48 * HOUR)).status_code == 302
    assert do("end", why=" ").status_code == 422
    assert do("end", why="雨停了").status_code == 302
    assert "级别改为二级" in login("jie").get(url).content.decode()


def test_an_expired_one_says_so_in_words(login, stage):
    mode = switched(stage, hours=1)
    with time_machine.travel(timezone.now() + 2 * HOUR):
        answer = login("jie").post(
            reverse("modes:do", args=[mode.pk, "extend"]), {"until": local(timezone.now() + 5 * HOUR)}
        )
        assert answer.status_code == 409 and "重新开启一次" in answer.content.decode()


def test_the_list_opens_in_an_emergency_and_tells_the_household(client, login, stage):
    one = household(stage)
    open_it = lambda who, **data: login(who).post(reverse("modes:households-open"), data)  # noqa: E731
    building, community = stage.place("building").pk, stage.place("community").pk
    assert open_it("lu", place=building).status_code == 403
    refused = open_it("gao", place=community, reason="看看")
    assert refused.status_code == 422 and "13900001234" not in refused.content.decode()
    assert "1" in login("gao").get(reverse("modes:households")).content.decode()
    switched(stage, level=2)
    page = open_it("lu", place=building)
    assert page.status_code == 200 and "13900001234" in page.content.decode() and "no-store" in page["Cache-Control"]
    assert open_it("lu", place=community).status_code == 403
    client.logout()
    own = client.get(reverse("modes:own", args=[one.secret])).content.decode()
    assert "芦楼长" in own and "应急中" in own
    gone = client.post(reverse("modes:take-back", args=[one.secret]))
    assert gone.status_code == 200 and not PriorityHousehold.objects.exists() and not HouseholdLook.objects.exists()
    assert client.get(reverse("modes:own", args=[one.secret])).status_code == 404
    assert client.get(reverse("modes:own", args=["nonsense"])).status_code == 404


def test_a_building_head_writes_a_household_down(login, stage):
    client, url = login("lu"), reverse("modes:household-new")
    given = {
        "place": stage.place("entrance").pk, "needs": ["oxygen"], "words": "302", "name": "王奶奶", "phone": "",
        "how": "spoken", "until": "2099-01-01", "key": "k",
    }  # fmt: skip
    wrong = client.post(url, given)
    assert wrong.status_code == 422 and "最长 24 个月" in wrong.content.decode() and "王奶奶" in wrong.content.decode()
    until = (timezone.localdate() + dt.timedelta(days=90)).isoformat()
    answer = client.post(url, given | {"until": until})
    assert answer.status_code == 302 and answer.url.startswith("/h/")
    assert (
        client.post(url, given | {"until": until, "place": stage.place("bare_building").pk, "key": "x"}).status_code
        == 422
    )


def test_the_report_as_a_page_and_as_a_table(login, stage, raise_one):
    mode = switched(stage)
    calls.accept(raise_one(text="=1+1 水进来了"), "water", by=stage.actor("gao"))
    actions.end(mode, "雨停了", by=stage.actor("jie"))
    report.store(mode)
    client = login("jie")
    page = client.get(reverse("modes:report", args=[mode.pk])).content.decode()
    assert "没有楼栋长的楼栋" in page and "社区工作者" in page and "高社工" not in page
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("modes:report-table", args=[mode.pk])).content))
    assert book.sheetnames == ["概况", "经过", "每段时间", "谁来了", "缺什么"]

"""An emergency: told first, switched on, seen by all, the list opened and told, over by itself; and a drill, marked as one."""

import json

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey


@pytest.fixture
def home(town) -> dict:
    """A community of the demo that no other journey walks through, its people, and one call being handled there."""
    found = town.system.python(
        "import json, secrets\n"
        "from huying.calls import actions as calls\n"
        "from huying.calls.intake import Intake, raise_call\n"
        "from huying.kernel.scopes import ANONYMOUS\n"
        "from huying.modes import households\n"
        "from huying.people.models import Post\n"
        "from huying.people.queries import actor_for\n"
        "from django.utils import timezone\n"
        "post = Post.objects.filter(role='building_head', person__username__regex='^c2-').order_by('id').select_related('person', 'place').first()\n"
        "community = post.place.ancestors().get(kind='community')\n"
        "at = lambda role, place: Post.objects.filter(role=role, place=place).first().person\n"
        "worker = at('community_worker', community)\n"
        "call, _new = raise_call(Intake(place=post.place, text='地下室进水了', key=secrets.token_hex(8), channel='qr'), by=ANONYMOUS)\n"
        "calls.accept(call, 'property', by=actor_for(worker))\n"
        "given = households.Given(place=post.place, needs=['oxygen'], name='王奶奶', phone='13900001234', words='302，钥匙在对门',\n"
        "    how='spoken', until=timezone.localdate().replace(month=1, day=1, year=timezone.localdate().year + 1), key=secrets.token_hex(8))\n"
        "one = households.add(given, by=actor_for(post.person))\n"
        "print(json.dumps({'community': str(community), 'pk': community.pk, 'tag': post.place.tag, 'head': post.person.username,\n"
        "    'worker': worker.username, 'street': at('street_staff', community.parent).username,\n"
        "    'secretary': at('community_secretary', community).username, 'call': call.pk, 'secret': one.secret, 'household': one.pk}))"
    )
    return json.loads(found.strip().splitlines()[-1])


def fill(page, town, home, kind: str) -> None:
    """Fill the switch in for the community and look what it will change."""
    page.goto(town.url("/modes/switch/"))
    page.locator("select[name=place]").select_option(value=str(home["pk"]))
    page.locator(f"input[name=kind][value={kind}]").check(force=True)
    page.locator("input[name=level][value='1']").check(force=True)
    page.locator("input[name=authority]").fill("区防汛抗旱指挥部，7号")
    page.locator("textarea[name=reason]").fill("暴雨红色预警")
    page.get_by_role("button", name="看会变什么").click()
    expect(page.locator("#changes")).to_contain_text("件在办的诉求马上换上应急时限")


def let_time_pass(town, home) -> None:
    """Bring the end of what is on at the community to now; the worker is woken as it would have been."""
    town.system.python(
        "import time\n"
        "from django.utils import timezone\n"
        "from huying.kernel import jobs\n"
        "from huying.modes.models import Mode, Report\n"
        f"mode = Mode.objects.on().get(place_id={home['pk']})\n"
        "Mode.objects.filter(pk=mode.pk).update(expires_at=timezone.now())\n"
        "jobs.enqueue(jobs.JOBS['modes.end_what_is_over'])\n"
        "until = time.monotonic() + 60\n"
        "while time.monotonic() < until and not Report.objects.filter(mode=mode).exists():\n"
        "    time.sleep(0.2)\n"
        "assert Report.objects.filter(mode=mode).exists()"
    )


def test_an_emergency_is_switched_on_and_is_over_by_itself(visit, town, home):
    resident = visit()
    resident.goto(town.url(f"/q/{home['tag']}/"))
    expect(resident.locator(".mode-banner")).to_have_count(0)
    # In peacetime the building head does not see the list.
    head = visit(home["head"])
    head.goto(town.url("/modes/households/"))
    expect(head.locator("main")).to_contain_text("您现在看不到名单")
    # The street looks what it will change, and switches.
    street = visit(home["street"], phone=False)
    fill(street, town, home, "emergency")
    expect(street.locator("#changes")).to_contain_text("会看到自己那里的重点户")
    street.get_by_role("button", name="看清楚了，现在开启").click()
    street.wait_for_url("**/modes/*/")
    expect(street.locator(".mode-banner").first).to_contain_text("现在是应急，一级（红色）")
    # Residents and staff of the place are told, within the seconds that another process remembers peacetime.
    resident.wait_for_timeout(2500)
    resident.reload()
    expect(resident.locator(".mode-banner")).to_contain_text(f"{home['community']}现在是应急")
    worker = visit(home["worker"], phone=False)
    worker.goto(town.url(f"/calls/{home['call']}/"))
    expect(worker.locator(".mode-banner").first).to_be_visible()
    expect(worker.locator("main")).to_contain_text("还剩 3 天")
    # The list opens for the building head, and the household reads who looked.
    head.reload()
    head.get_by_role("button", name="打开，记下是我看的").click()
    expect(head.locator("main")).to_contain_text("302，钥匙在对门")
    expect(head.locator("main")).to_contain_text("13900001234")
    own = visit(elder=True)
    own.goto(town.url(f"/h/{home['secret']}/"))
    expect(own.locator("main")).to_contain_text("应急中")
    # A second switch is told what is on.
    page = visit(home["street"])
    page.goto(town.url("/modes/switch/"))
    page.locator("select[name=place]").select_option(value=str(home["pk"]))
    page.locator("input[name=kind][value=emergency]").check(force=True)
    page.locator("input[name=level][value='2']").check(force=True)
    page.locator("input[name=authority]").fill("街道")
    page.locator("textarea[name=reason]").fill("又一次")
    page.get_by_role("button", name="看会变什么").click()
    expect(page.locator("main")).to_contain_text("不用再开一次")
    expect(page.locator("textarea[name=reason]")).to_have_value("又一次")
    # Its time is over: the list is closed, the deadline is back, a report is there. Nobody did anything.
    let_time_pass(town, home)
    head.goto(town.url("/modes/households/"))
    expect(head.locator("main")).to_contain_text("您现在看不到名单")
    report = visit(home["worker"], phone=False)
    report.goto(town.url("/modes/"))
    expect(report.locator("main")).to_contain_text("现在是平时")
    report.locator("ul.rows li").first.get_by_role("link", name="事后报告").click()
    expect(report.locator("main")).to_contain_text("响应得多快")
    report.goto(town.url(f"/calls/{home['call']}/"))
    expect(report.locator("main")).to_contain_text("还剩 7 天")
    # Whoever was written down takes it back, and is gone.
    own.reload()
    own.locator("summary", has_text="不同意了，收回").click()
    own.get_by_role("button", name="收回，马上删掉").click()
    expect(own.locator("h1")).to_contain_text("已经删掉")
    own.goto(town.url(f"/h/{home['secret']}/"))
    expect(own.locator("main")).not_to_contain_text("302")


def test_a_drill_says_that_it_is_one_and_is_ended_by_hand(visit, town, home):
    secretary = visit(home["secretary"])
    secretary.goto(town.url("/modes/switch/"))
    expect(secretary.locator("input[name=kind][value=emergency]")).to_have_count(0)
    fill(secretary, town, home, "drill")
    expect(secretary.locator("#changes")).to_contain_text("每一页都标明是演练")
    secretary.get_by_role("button", name="看清楚了，开始演练").click()
    secretary.wait_for_url("**/modes/*/")
    expect(secretary.locator(".mode-banner")).to_contain_text("不是真的")
    resident = visit()
    resident.wait_for_timeout(2500)
    resident.goto(town.url(f"/q/{home['tag']}/"))
    expect(resident.locator(".mode-banner")).to_contain_text("演练")
    # Those who did not agree to be practised with are shown to nobody.
    head = visit(home["head"])
    head.goto(town.url("/modes/households/"))
    expect(head.locator("main")).to_contain_text("您现在看不到名单")
    secretary.locator("summary", has_text="结束").click()
    secretary.locator("textarea[name=why]").fill("走完一遍了")
    secretary.get_by_role("button", name="结束").click()
    expect(secretary.locator("main")).to_contain_text("已结束")
    expect(secretary.locator(".mode-banner")).to_have_count(0)

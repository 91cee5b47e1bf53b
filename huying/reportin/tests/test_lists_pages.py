"""The pages of the three lists: what everybody reads, what staff do, what residents say; refusals keep what was typed."""

import datetime as dt
import io
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from huying.kernel.models import Event
from huying.reportin.actions import needs, projects
from huying.reportin.models import Helper, Need, Project, Resource
from huying.reportin.queries_board import board
from huying.reportin.telling_lists import week_words, when_of
from huying.reportin.tests.lists_scene import claimed, done, offer, post, report_in, underway, unverified


@pytest.fixture
def login(client, stage):
    """A browser of one of the cast: `login('gao')`."""

    def enter(who):
        client.force_login(stage.persons[who])
        return client

    return enter


def board_at(stage, name="community"):
    return reverse("reportin:board", args=[stage.place(name).slug])


def text_of(response) -> str:
    """The words of a page, without its tags."""
    return re.sub(r"<[^>]+>", " ", response.content.decode())


NAMES = ("芦楼长", "田师傅", "吴居民", "徐志愿者", "高社工")


def test_everybody_reads_the_board_and_no_name_of_a_person_stands_there(client, stage):
    report_in(stage)
    offer(stage, by="wu", at="community")
    project = underway(stage)
    projects.join(project, by=stage.actor("wu"))
    post(stage, text="教老人用手机", skills=["computer"])
    page = client.get(board_at(stage))
    words = text_of(page)
    assert page.status_code == 200 and "教老人用手机" in words and "西一路物业" in words and "一位热心邻居" in words
    assert not [name for name in NAMES if name in words]
    # A stranger has no page to open behind a card.
    assert "/reportin/needs/" not in page.content.decode()


def test_each_number_opens_its_list(client, stage):
    claimed(stage, text="修水管")
    post(stage, text="教老人用手机", skills=["computer"])
    told = board(stage.place("community"))
    page = client.get(board_at(stage)).content.decode()
    for state, count in told.counts.items():
        assert f"list=needs&amp;state={state}" in page
        found = client.get(f"{board_at(stage)}?list=needs&state={state}").content.decode()
        assert found.count('class="lcard ') == count
    assert told.totals == {"needs": 2, "resources": 0, "projects": 1}


def test_a_kind_of_service_narrows_all_three_lists(client, stage):
    post(stage, text="教老人用手机", skills=["computer"], services=["elderly"])
    post(stage, text="扫雪", skills=[], services=["clean"])
    offer(stage)
    words = text_of(client.get(f"{board_at(stage)}?service=clean"))
    assert "扫雪" in words and "教老人用手机" not in words and "会理发" not in words
    assert client.get(f"{board_at(stage)}?service=nothing&list=x&page=0&state=y&show=z").status_code == 200


def test_an_empty_board_says_what_will_come(client, stage):
    assert "还没有需求" in text_of(client.get(board_at(stage)))


def test_a_board_costs_the_same_however_much_is_on_it(client, stage, django_assert_max_num_queries):
    for number in range(3):
        underway(stage, text=f"第{number}件")
        offer(stage)
    with django_assert_max_num_queries(22):
        client.get(board_at(stage))
    for number in range(6):
        underway(stage, text=f"又{number}件")
        offer(stage)
    with django_assert_max_num_queries(22):
        client.get(board_at(stage))


def test_a_need_is_posted_once_and_what_was_refused_is_still_there(login, stage):
    browser, url = login("lu"), reverse("reportin:need-new")
    key = re.search(r'name="key" value="([^"]+)"', browser.get(url).content.decode())[1]
    given = {"text": "请打 13812345678", "services": ["elderly"], "people": "2", "key": key, "parts": ["m"]}
    given |= {"place": stage.place("building").pk, "day_from": "2000-01-01"}
    refused = browser.post(url, given)
    assert refused.status_code == 422 and "可能暴露个人信息" in text_of(refused)
    assert "请打 13812345678" in refused.content.decode() and 'value="2000-01-01"' in refused.content.decode()
    given |= {"text": "给老人理发", "day_from": ""}
    first, second = browser.post(url, given), browser.post(url, given)
    assert first.status_code == second.status_code == 302 and first.url == second.url
    assert Need.objects.count() == 1 and Need.objects.get().parts == ["m"]


def test_staff_see_who_fits_and_why_and_members_as_a_count(login, stage):
    report_in(stage, skills=["haircut"])
    resource = offer(stage, slots=["6m"])
    saturday = timezone.localdate() + dt.timedelta(days=(5 - timezone.localdate().weekday()) % 7 or 7)
    need = post(stage, day_from=saturday, parts=["m"])
    page = text_of(login("gao").get(reverse("reportin:need", args=[need.pk])))
    assert "会理发 · 愿意关爱老人 · 同一个小区 · 周六上午都有空" in page
    assert "1 位合适的报到党员" in page and "吴居民" not in page
    shown = {"resources": [resource.pk], "members": "on"}
    url = reverse("reportin:need-do", args=[need.pk, "dispatch"])
    # Sent twice it is shown once; a colleague who shows it to the same reads that they have seen it.
    assert login("gao").post(url, shown).status_code == login("gao").post(url, shown).status_code == 302
    assert need.offers.count() == 2 and Event.objects.filter(kind="reportin.need_dispatched").count() == 1
    twice = login("qin").post(url, shown)
    assert twice.status_code == 409 and "都看过这件了" in text_of(twice)
    # The one who was asked finds it, and may say no in one tap.
    browser = login("wu")
    assert need.text in text_of(browser.get(reverse("reportin:lists-mine")))
    browser.post(reverse("reportin:need-do", args=[need.pk, "aside"]))
    assert "问到您的" not in text_of(browser.get(reverse("reportin:lists-mine")))


def test_whoever_comes_too_late_is_offered_another(login, stage):
    need, other = post(stage), post(stage, text="给三号楼的老人理发")
    needs.claim(need, by=stage.actor("tian"))
    late = login("xu").post(reverse("reportin:need-do", args=[need.pk, "claim"]))
    words = text_of(late)
    assert late.status_code == 409 and "慢了一步" in words and other.text in words


def test_a_unit_that_is_not_verified_reads_why(login, stage):
    unverified(stage)
    need = post(stage)
    refused = login("tian").post(reverse("reportin:need-do", args=[need.pk, "claim"]), {"unit": ""})
    assert refused.status_code == 409 and "还没有核实" in text_of(refused)
    own = login("lu").post(reverse("reportin:need-do", args=[need.pk, "claim"]))
    assert own.status_code == 409 and "您自己发的" in text_of(own)


def test_a_name_sent_along_assigns_nobody(login, stage):
    need = post(stage)
    wu = stage.persons["wu"].pk
    browser = login("gao")
    browser.post(
        reverse("reportin:need-do", args=[need.pk, "claim"]),
        {"person": wu, "owner": wu, "by": wu, "unit": stage.unit.pk},
    )
    assert not Project.objects.exclude(person=stage.persons["gao"]).exists()
    project = Project.objects.first() or needs.claim(need, by=stage.actor("tian"))
    browser.post(reverse("reportin:project-do", args=[project.pk, "join"]), {"person": wu, "helper": wu})
    assert not Helper.objects.filter(person=stage.persons["wu"]).exists()


def test_a_project_from_its_plan_to_its_end_on_the_page(login, stage):
    project = claimed(stage)
    browser, do = login("tian"), lambda step: reverse("reportin:project-do", args=[project.pk, step])
    plan = {
        "due_on": (timezone.localdate() + dt.timedelta(days=5)).isoformat(), "version": 0,
        "steps-TOTAL_FORMS": 2, "steps-INITIAL_FORMS": 0, "steps-0-words": "借场地", "steps-1-words": "理发",
    }  # fmt: skip
    refused = browser.post(do("start"), plan | {"due_on": "2001-01-01"})
    assert (
        refused.status_code == 422 and "今天或以后" in text_of(refused) and 'value="借场地"' in refused.content.decode()
    )
    assert browser.post(do("start"), plan).status_code == 302
    for step in project.steps.all():
        assert browser.post(do("tick"), {"step": step.pk}).status_code == 302
    # The same tap twice is done, and told once.
    assert browser.post(do("tick"), {"step": project.steps.last().pk}).status_code == 302
    assert Event.objects.filter(kind="reportin.project_step_done").count() == 2
    project.refresh_from_db()
    empty = browser.post(do("finish"), {"outcome": "", "version": project.version})
    assert empty.status_code == 422
    assert browser.post(do("finish"), {"outcome": "理了发", "version": project.version}).status_code == 302
    assert browser.post(do("answer"), {"came": "yes", "key": "own-praise"}).status_code == 403
    page = text_of(login("lu").get(reverse("reportin:project", args=[project.pk])))
    assert "服务到了吗" in page and "田师傅" not in page and "西一路物业" in page


def test_a_double_tap_is_one_of_everything(login, stage):
    need = post(stage)
    browser, do = login("tian"), lambda step: reverse("reportin:need-do", args=[need.pk, step])
    first, second = browser.post(do("claim")), browser.post(do("claim"))
    assert first.status_code == second.status_code == 302 and first.url == second.url
    project, helper = Project.objects.get(), login("xu")
    join = reverse("reportin:project-do", args=[project.pk, "join"])
    assert helper.post(join).status_code == helper.post(join).status_code == 302
    assert Helper.objects.count() == 1
    browser = login("tian")
    assert browser.post(do("release")).status_code == browser.post(do("release")).status_code == 302
    assert Event.objects.filter(kind="reportin.need_released").count() == 1
    browser = login("lu")
    assert browser.post(do("withdraw")).status_code == browser.post(do("withdraw")).status_code == 302


def test_a_place_that_ended_since_the_page_was_opened_is_told(login, stage):
    place = stage.place("bare_building")
    place.valid_to = timezone.localdate()
    place.save(update_fields=["valid_to"])
    given = {"text": "给老人理发", "services": ["elderly"], "people": "1", "key": "a-key-of-its-own", "place": place.pk}
    refused = login("gao").post(reverse("reportin:need-new"), given)
    assert refused.status_code == 422 and "停用" in text_of(refused) and "给老人理发" in refused.content.decode()


def test_residents_say_it_came_by_their_link_alone(client, stage):
    project = done(stage)
    url = reverse("reportin:word", args=[project.need.secret])
    page = client.get(url)
    assert page["X-Robots-Tag"].startswith("noindex") and page["Referrer-Policy"] == "no-referrer"
    key = re.search(r'name="key" value="([^"]+)"', page.content.decode())[1]
    nothing = client.post(url, {"key": key, "words": "还差一位"})
    assert nothing.status_code == 422 and "还差一位" in nothing.content.decode()
    wordless = client.post(url, {"key": key, "came": "no"})
    assert wordless.status_code == 422 and "说说还差什么" in text_of(wordless)
    not_yet = client.post(url, {"key": key, "came": "no", "words": "还差一位"})
    assert not_yet.status_code == 302
    project.refresh_from_db()
    assert project.state == "underway" and project.reopened == 1
    early = client.post(url, {"key": "another-key", "came": "yes"})
    assert early.status_code == 409 and "还没有做完" in text_of(early)
    projects.finish(project, "都理了", by=stage.actor("tian"))
    assert client.post(url, {"key": "third-key", "came": "yes"}).status_code == 302
    # A double tap is one word, and a later one is told how it stands.
    assert client.post(url, {"key": "third-key", "came": "yes"}).status_code == 302
    assert client.post(url, {"key": "fourth-key", "came": "yes"}).status_code == 409
    assert Need.objects.get().state == "crossed_off" and project.voices.count() == 2
    assert client.get(reverse("reportin:word", args=["1.forged"])).status_code == 404


def test_the_code_for_residents_is_not_for_whoever_did_the_work(login, stage):
    project = done(stage)
    url = reverse("reportin:need-slip", args=[project.need_id])
    assert (
        project.need.secret in login("lu").get(url).content.decode() or "svg" in login("lu").get(url).content.decode()
    )
    for who in ("tian", "xu", "wu", "zhao"):
        assert login(who).get(url).status_code == 404
        assert (
            project.need.secret not in login(who).get(reverse("reportin:need", args=[project.need_id])).content.decode()
        )


def test_the_workbook_has_three_sheets_and_no_name_of_a_person(client, stage):
    report_in(stage)
    offer(stage, by="wu", at="community")
    project = underway(stage, text="=1+1 先算一算")
    projects.join(project, by=stage.actor("wu"))
    book = load_workbook(io.BytesIO(client.get(f"{board_at(stage)}lists.xlsx").content))
    assert book.sheetnames == ["需求", "资源", "项目"]
    cells = [str(cell.value) for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert "'=1+1 先算一算" in cells and "西一路物业" in cells
    assert not [name for name in NAMES if any(name in cell for cell in cells)]


def test_offering_is_for_oneself_or_for_a_unit_of_ones_own(login, stage):
    report_in(stage, who="tian")
    browser, url = login("tian"), reverse("reportin:resource-new")
    page = browser.get(url).content.decode()
    assert "我自己" in page and "西一路物业" in page
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    given = {"text": "会修水管", "skills": ["repair"], "slots": ["6m", "9x"], "unit": "", "key": key}
    given |= {"place": stage.place("community").pk}
    refused = browser.post(url, given)
    assert refused.status_code == 422 and "会修水管" in refused.content.decode()
    made = browser.post(url, given | {"slots": ["6m"]})
    assert made.status_code == 302 and Resource.objects.get().unit is None
    assert login("wu").get(url).status_code == 403


def test_times_are_told_as_people_say_them(stage):
    assert week_words([]) == "时间好商量"
    assert week_words(["6m"]) == "周六上午"
    assert week_words([f"{day}e" for day in range(1, 6)]) == "周一到周五晚上"
    assert week_words(["6m", "6a", "6e", "7m", "7a", "7e"]) == "周六、周日全天"
    assert week_words([f"{day}{part}" for day in range(1, 8) for part in "mae"]) == "随时"
    day = dt.date(2026, 11, 28)
    assert when_of(Need(day_from=day, parts=["m"])) == "11月28日（周六）上午"
    assert when_of(Need(day_to=day)) == "最晚11月28日（周六）"
    assert when_of(Need(day_from=day, day_to=dt.date(2026, 12, 2))) == "11月28日到12月2日"
    assert when_of(Need()) == "时间好商量"


def test_a_need_and_ones_own_list_cost_the_same_however_much_fits(login, stage, django_assert_max_num_queries):
    def more(times):
        for number in range(times):
            offer(stage, text=f"会理发{number}")
            post(stage, text=f"理发{number}")

    more(2)
    need, gao = Need.objects.first(), login("gao")
    pages = (reverse("reportin:need", args=[need.pk]), reverse("reportin:lists-mine"))
    for page in pages:
        with django_assert_max_num_queries(32):
            gao.get(page)
    more(8)
    for page in pages:
        with django_assert_max_num_queries(32):
            gao.get(page)


def test_whoever_dispatches_finds_what_waits_and_whoever_posted_what_is_done(login, stage):
    waiting, project = post(stage, text="教老人用手机", skills=["computer"]), done(stage)
    assert waiting.text in text_of(login("gao").get(reverse("reportin:lists-mine")))
    words = text_of(login("lu").get(reverse("reportin:lists-mine")))
    assert "请您说一句" in words and project.need.text in words


def test_every_page_of_the_lists_stands_under_their_line_in_the_rail(login, stage):
    need = post(stage)
    for url in (board_at(stage), reverse("reportin:need", args=[need.pk]), reverse("reportin:lists-mine")):
        rail = re.findall(r'<a href="([^"]+)" aria-current="page">', login("gao").get(url).content.decode())
        assert rail[:1] == [reverse("reportin:lists-home")], url

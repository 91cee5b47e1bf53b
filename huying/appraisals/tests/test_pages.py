"""The pages: what they show to whom, that nothing typed is lost, and that the workbook says the same."""

import io
import re

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from huying.appraisals import actions
from huying.appraisals.models import Appraisal

LAST = timezone.localdate().year - 1


def text(response) -> str:
    """The words of a page, without tags."""
    plain = re.sub(r"<(script|svg|style)\b.*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", plain)


def sheets(response) -> dict[str, list[list]]:
    """The rows of a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}


@pytest.fixture
def year(stage, school, told):
    """A year of the school: three members, one wish each way."""
    ding, fan = stage.persons["ding"], stage.persons["fan"]
    told.wish(
        1, ding, school, ("claimed", f"{LAST}-02-10"), ("fulfilled", f"{LAST}-02-20"), ("confirmed", f"{LAST}-02-22")
    )
    told.wish(2, fan, school, ("claimed", f"{LAST}-03-10"), ("released", f"{LAST}-03-11"))
    return school


def test_a_unit_reads_its_quarter_in_plain_words(stage, year, client):
    client.force_login(stage.persons["bai"])
    page = client.get(reverse("appraisals:summary", args=[year.pk, f"{LAST}-q1"]))
    words = text(page)
    assert f"{LAST} 年第 1 季度，西一路小学有 1 人参加，认领心愿 1 个，实现心愿 1 个，得到笑脸 1 个。" in words
    assert "另外不计入的（认领心愿：退回给别人做 1）" in words and "单位不用填表" in words
    behind = client.get(reverse("appraisals:list", args=[year.pk, f"{LAST}-q1", "wish-taken-given_back"]))
    assert "范老师" in text(behind) and "丁老师" not in text(behind)
    empty = text(client.get(reverse("appraisals:summary", args=[year.pk, f"{LAST}-q2"])))
    assert "没有做不等于不好" in empty
    # A quarter that has not begun is no page, and neither is a figure that does not exist.
    assert client.get(reverse("appraisals:summary", args=[year.pk, f"{LAST + 2}-q1"])).status_code == 404
    assert client.get(reverse("appraisals:list", args=[year.pk, f"{LAST}-q1", "wish-best"])).status_code == 404


def test_the_workbook_has_what_each_figure_leaves_out_and_people_by_name(stage, year, client):
    client.force_login(stage.persons["bai"])
    actions.give(year, stage.persons["fan"], LAST, "words", "=教得好", by=stage.actor("bai"))
    book = sheets(client.get(reverse("appraisals:table", args=[year.pk, str(LAST)])))
    assert list(book) == ["小结", "数字", "按日期", "人员", "评议"]
    assert book["数字"][1][:4] == ["认领心愿", 1, None, "退回给别人做 1"]
    assert [row[0] for row in book["人员"][1:]] == ["丁老师", "耿老师", "范老师"]
    # No number beside a person, by which a table could be sorted; and no formula that a writer slipped in.
    assert all(isinstance(cell, str | None) for row in book["人员"][1:] for cell in row)
    assert book["人员"][3][3] == "'=教得好"
    assert [row[0] for row in book["按日期"][1:]] == sorted(row[0] for row in book["按日期"][1:])


def test_whoever_works_elsewhere_reads_nothing_of_the_unit(stage, year, client):
    client.force_login(stage.persons["zhao"])
    assert client.get(reverse("appraisals:summary", args=[year.pk, f"{LAST}-q1"])).status_code == 404


def post(client, year_url: str, rows: dict):
    """A year's page, sent as a browser would: every row, most of them untouched."""
    page = client.get(year_url)
    data = dict(re.findall(r'name="([\w-]+-key)" value="([^"]+)"', page.content.decode()))
    return client.post(year_url, data | rows)


def test_a_year_is_gone_through_with_the_record_beside(stage, year, client):
    client.force_login(stage.persons["gao"])
    home = reverse("appraisals:year", args=[f"place-{stage.place('community').pk}", LAST])
    words = text(client.get(home))
    assert (
        "西一路小学" in words and "认领心愿 1 个，实现心愿 1 个，得到笑脸 1 个" in words and "退回给别人做 1" in words
    )
    assert post(client, home, {}).status_code == 302 and not Appraisal.objects.exists()
    members = f"{home}?of=members"
    ding, fan = (f"person-{stage.persons[who].pk}" for who in ("ding", "fan"))
    sent = {f"{ding}-level": "good", f"{ding}-words": "细心", f"{fan}-words": "只写了话"}
    half = post(client, members, sent)
    assert half.status_code == 422 and "只写了话</textarea>" in half.content.decode() and "细心" in text(half)
    assert Appraisal.objects.get().words == "细心"
    done = post(client, members, {f"{fan}-level": "words", f"{fan}-words": "只写了话"})
    assert done.status_code == 302 and Appraisal.objects.count() == 2
    # Sent once more, nothing happens.
    assert post(client, members, {f"{fan}-level": "good", f"{fan}-words": "又一次"}).status_code == 302
    assert Appraisal.objects.count() == 2


def test_this_year_shows_the_record_and_no_form(stage, year, client):
    client.force_login(stage.persons["gao"])
    page = client.get(reverse("appraisals:year", args=[f"place-{stage.place('community').pk}", LAST + 1]))
    assert "还没有过完" in text(page) and "<textarea" not in page.content.decode()


def test_the_single_form_keeps_what_was_typed(stage, year, client):
    client.force_login(stage.persons["gao"])
    to = reverse("appraisals:write", args=[f"place-{stage.place('community').pk}", LAST, f"unit-{year.pk}"])
    refused = client.post(to, {"level": "", "words": "热心公益", "key": "k" * 12})
    assert refused.status_code == 422 and "热心公益</textarea>" in refused.content.decode()
    done = client.post(to, {"level": "good", "words": "热心公益", "key": "k" * 12})
    assert done.status_code == 302 and done.url == reverse("appraisals:entry", args=[Appraisal.objects.get().pk])
    assert client.post(to, {"level": "good", "words": "热心公益", "key": "k" * 12}).url == done.url
    assert "看这一条" in text(client.get(to))


def test_an_appraisal_is_read_answered_and_corrected(stage, year, client):
    entry = actions.give(stage.place("community"), year, LAST, "usual", "做了一件", by=stage.actor("gao"))
    page = reverse("appraisals:entry", args=[entry.pk])
    client.force_login(stage.persons["bai"])
    assert "一般" in text(client.get(page)) and "更正或者收回" not in text(client.get(page))
    empty = client.post(reverse("appraisals:reply", args=[entry.pk]), {"text": " "})
    assert empty.status_code == 422 and "还没有写内容" in text(empty)
    client.post(reverse("appraisals:reply", args=[entry.pk]), {"text": "其实是三件", "key": "k" * 12})
    client.force_login(stage.persons["gao"])
    assert "其实是三件" in text(client.get(page))
    to = reverse("appraisals:correct", args=[entry.pk])
    assert client.post(to, {"level": "good", "words": "确实三件，更正"}).status_code == 302
    stale = client.post(to, {"level": "fairly", "words": "我也来改"})
    assert stale.status_code == 409 and "我也来改</textarea>" in stale.content.decode()
    client.force_login(stage.persons["bai"])
    shown = client.get(page).content.decode()
    assert "<del>做了一件</del>" in shown and "确实三件，更正" in shown and "其实是三件" in shown


def test_a_member_reads_their_own_record_and_what_was_said(stage, year, client):
    actions.give(year, stage.persons["ding"], LAST, "good", "好老师", by=stage.actor("bai"))
    client.force_login(stage.persons["ding"])
    words = text(client.get(reverse("appraisals:home") + f"?year={LAST}"))
    assert "认领心愿 1 个，实现心愿 1 个，得到笑脸 1 个" in words and "西一路小学" in words and "好" in words


@pytest.mark.parametrize("slug", ["place-0", "place-x", "thing-1", "place-99999999999999999999", "unit-1-2"])
def test_an_address_that_was_made_up_is_not_found(stage, school, client, slug):
    client.force_login(stage.persons["gao"])
    assert client.get(f"/appraisals/by/{slug}/{LAST}/").status_code == 404
    assert client.get(f"/appraisals/by/place-{stage.place('community').pk}/{LAST}/{slug}/").status_code == 404


def test_the_questions_of_a_year_do_not_grow_with_its_rows(stage, school, client, django_assert_max_num_queries):
    from huying.directory.models import Member
    from huying.people.models import Person

    for n in range(18):
        person = Person.objects.create_user(f"m{n}", "huying-test-pw", name=f"员{n}")
        Member.objects.create(person=person, place=stage.place("community"), valid_from=f"{LAST}-01-01")
    client.force_login(stage.persons["gao"])
    home = reverse("appraisals:year", args=[f"place-{stage.place('community').pk}", LAST])
    with django_assert_max_num_queries(22):
        assert client.get(f"{home}?of=members").status_code == 200


def test_a_project_that_was_crossed_off_is_offered_and_written_about(stage, school, told, client):
    now = timezone.now()
    facts = {"person": stage.persons["ding"].pk, "unit": school.pk}
    told.event("reportin.need_claimed", ("need", 5), now, project=8, **facts)
    for kind in ("project_done", "project_crossed_off"):
        told.event(f"reportin.{kind}", ("project", 8), now, need=5, **facts)
    told.event("reportin.helper_joined", ("project", 8), now, need=5, person=stage.persons["tian"].pk)
    told.fold()
    client.force_login(stage.persons["gao"])
    home = client.get(reverse("appraisals:home")).content.decode()
    place = f"place-{stage.place('community').pk}"
    to = reverse("appraisals:write", args=[place, LAST + 1, f"unit-{school.pk}"]) + "?project=8"
    assert f'href="{to}"' in home
    page = text(client.get(to))
    assert "项目 8" in page and "认领需求 1 项，做完项目 1 项，销号 1 项" in page
    # The year itself is not over, the project is.
    assert client.post(to.replace("project=8", "x=1"), {"level": "good", "words": "好"}).status_code == 409
    assert client.post(to, {"level": "good", "words": "说到做到", "key": "k" * 12}).status_code == 302
    assert Appraisal.objects.get().project_id == 8
    assert f'href="{to}"' not in client.get(reverse("appraisals:home")).content.decode()
    again = client.post(to, {"level": "good", "words": "再说一次", "key": "j" * 12})
    assert again.status_code == 409 and "再说一次</textarea>" in again.content.decode()

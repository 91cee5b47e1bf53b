"""A unit's list: looked at first, each person invited once, nothing lost, nobody made a member, nothing kept too long."""

import datetime as dt
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from huying.directory.models import Member, Unit
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event
from huying.people import newcomers
from huying.people.models import Person
from huying.reportin import people_files, people_lists
from huying.reportin.actions import members
from huying.reportin.models import MemberInvitation, PeopleList


@pytest.fixture(autouse=True)
def calm():
    newcomers.forget()


def sheet(*rows, head=("姓名", "工号", "社区")) -> bytes:
    book = Workbook()
    for row in (head, *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def propose(stage, *rows, **more) -> PeopleList:
    return people_lists.propose(stage.unit, sheet(*rows, **more), by=stage.actor("tian"))


def upload(client, stage, content: bytes, name="people.xlsx"):
    client.force_login(stage.persons["tian"])
    return client.post(
        reverse("reportin:upload", args=[stage.unit.pk]), {"file": SimpleUploadedFile(name, content)}, follow=True
    )


def test_a_list_is_looked_at_before_anybody_is_invited(client, stage):
    rows = [
        ("王伟", "001", "广场社区"),
        ("王伟", "002", "没有的社区"),
        ("李芳", "", ""),
        ("", "9", ""),
        ("王 伟", "001", ""),
    ]
    page = upload(client, stage, sheet(*rows)).content.decode()
    for words in ("可以邀请 3 人", "重复的 1 人", "和第 2 行是同一个人", "没有收的 1 行", "没有写姓名", "没认出来"):
        assert words in page, words
    assert not MemberInvitation.objects.exists() and not Member.objects.exists()
    kept = PeopleList.objects.get()
    assert b"\xe7\x8e\x8b" not in bytes(kept.plan_sealed.value)
    left = client.get(reverse("reportin:left_out", args=[kept.pk])).content.decode("utf-8-sig")
    assert "王 伟" in left or "王伟" in left
    assert left.count("\n") == 3


def test_going_on_makes_a_slip_each_and_twice_is_once(client, stage):
    kept = propose(stage, ("王伟", "001", "广场社区"), ("李芳", "", ""))
    client.force_login(stage.persons["tian"])
    for _tap in range(2):
        assert client.post(reverse("reportin:list_go", args=[kept.pk])).status_code == 302
    slips = list(MemberInvitation.objects.order_by("pk"))
    assert len(slips) == 2 and slips[0].place == stage.place("community") and slips[1].place is None
    assert not Member.objects.exists() and not Person.objects.filter(name="王伟").exists()
    event = Event.objects.get(kind="reportin.people_invited")
    assert event.facts == {"unit": stage.unit.pk, "count": 2}
    printed = client.get(reverse("reportin:slips", args=[stage.unit.pk])).content.decode()
    assert "王伟" in printed and slips[0].secret in printed and printed.count("<svg") >= 2


def test_the_next_list_knows_who_was_invited_and_who_is_registered(stage):
    first = people_lists.invite(propose(stage, ("王伟", "001", ""), ("李芳", "", "")), by=stage.actor("tian"))
    slip = first.invitations.order_by("pk").first()
    members.accept(slip, stage.place("community"), by=stage.actor("wu"))
    plan = people_lists.plan_of(
        propose(stage, ("王伟", "001", ""), ("李芳", "", ""), ("吴居民", "", ""), ("新人", "", ""))
    )
    assert [row[1] for row in plan["rows"]] == ["新人"]
    assert [row[1] for row in plan["skipped"]] == [
        "已经报到",
        "已经有一张邀请，还没有打开",
        "有同名的人已经报到；如果是另一个人，请写上工号",
    ]


def test_a_slip_that_is_accepted_makes_a_member_and_forgets_the_name(client, stage):
    kept = people_lists.invite(propose(stage, ("王伟", "001", "广场社区")), by=stage.actor("tian"))
    slip = kept.invitations.get()
    link = reverse("reportin:slip", args=[slip.secret])
    assert "是请，不是派" in client.get(link).content.decode()
    data = {"skills": ["legal"], "called": "王同志", "username": "wangwei", "password": "sunny-day-9", "key": "k" * 20}
    assert client.post(link, data).status_code == 303
    member = Member.objects.get()
    slip.refresh_from_db()
    assert (member.place, member.unit, member.skills) == (stage.place("community"), stage.unit, ["legal"])
    assert slip.member == member and slip.name_sealed is None
    client.logout()
    assert client.post(link, data).status_code == 303
    assert client.get(link).status_code == 410 and Member.objects.count() == 1


def test_a_slip_without_a_place_asks_where_one_lives(client, stage):
    slip = people_lists.invite(propose(stage, ("李芳", "", "")), by=stage.actor("tian")).invitations.get()
    link = reverse("reportin:slip", args=[slip.secret])
    assert "您住在哪个社区" in client.get(link).content.decode()
    code = stage.place("elsewhere").code
    assert f"?at={code}" in client.get(link, {"q": "尚勤路"}).content.decode()
    client.force_login(stage.persons["wu"])
    assert client.post(f"{link}?at={code}", {"key": "k" * 20}).status_code == 303
    assert Member.objects.get().place == stage.place("elsewhere")


def test_no_is_an_answer_and_the_name_goes(client, stage):
    slip = people_lists.invite(propose(stage, ("李芳", "", "")), by=stage.actor("tian")).invitations.get()
    answer = client.post(reverse("reportin:slip", args=[slip.secret]), {"do": "no"})
    slip.refresh_from_db()
    assert "没有任何影响" in answer.content.decode() and slip.name_sealed is None and not Member.objects.exists()
    assert people_lists.plan_of(propose(stage, ("李芳", "", "")))["rows"] == []


def test_somebody_registered_elsewhere_stays_there_and_gets_the_unit(stage):
    member = members.register(stage.place("elsewhere"), by=stage.actor("wu"), skills=["legal"])
    slip = people_lists.invite(propose(stage, ("吴", "", "广场社区")), by=stage.actor("tian")).invitations.get()
    members.accept(slip, stage.place("community"), by=stage.actor("wu"))
    member.refresh_from_db()
    assert (member.place, member.unit, member.skills) == (stage.place("elsewhere"), stage.unit, ["legal"])
    assert Member.objects.count() == 1


@pytest.mark.parametrize("how", ["expired", "revoked"])
def test_a_dead_slip_opens_nothing(client, stage, how):
    slip = people_lists.invite(propose(stage, ("李芳", "", "广场社区")), by=stage.actor("tian")).invitations.get()
    if how == "expired":
        MemberInvitation.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    else:
        people_lists.revoke(slip, by=stage.actor("tian"))
    answer = client.get(reverse("reportin:slip", args=[slip.secret]))
    assert answer.status_code == 410 and "没有邀请也能报到" in answer.content.decode()
    with pytest.raises(StepRefused):
        members.accept(slip, stage.place("community"), by=stage.actor("wu"))
    assert not Member.objects.exists()


def test_only_a_verified_unit_and_only_itself(stage):
    other = Unit.objects.create(name="别的单位", kind="firm", place=stage.place("community"))
    with pytest.raises(Forbidden):
        people_lists.propose(other, sheet(("李芳", "", "")), by=stage.actor("tian"))
    with pytest.raises(Forbidden):
        people_lists.propose(stage.unit, sheet(("李芳", "", "")), by=stage.actor("gao"))
    Unit.objects.filter(pk=stage.unit.pk).update(verified_at=None, verified_by=None)
    stage.unit.refresh_from_db()
    with pytest.raises(StepRefused, match="还没有被社区接收"):
        propose(stage, ("李芳", "", ""))


def test_phones_and_identity_numbers_are_not_taken(stage):
    kept = propose(
        stage, ("13812345678", "", "", "138"), ("李芳", "610102199001011234", "", "x"),
        ("=cmd()", "", "", ""), ("李" * 30, "", "", ""), head=("姓名", "工号", "社区", "手机"),
    )  # fmt: skip
    plan = people_lists.plan_of(kept)
    assert plan["rows"] == [] or [row[1] for row in plan["rows"]] == ["=cmd()"]
    assert plan["ignored"] == ["手机"]
    text = str(plan)
    assert "13812345678" not in text and "610102199001011234" not in text


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (60 * 1024 * 1024))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"PK\x03\x04 not a zip", "不像是表格"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", "xls"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "不像是表格"),
        ("一,二\n1,2\n".encode(), "没有找到表头"),
        ("姓名,工号\n".encode(), "没有一行数据"),
    ],
)
def test_a_wrong_file_is_refused_in_words(client, stage, content, words):
    answer = upload(client, stage, content)
    assert words in answer.content.decode() and not PeopleList.objects.exists()


def test_a_bomb_is_not_opened(stage):
    with pytest.raises(BadInput, match="不像是表格"):
        people_lists.propose(stage.unit, bomb(), by=stage.actor("tian"))


def test_too_many_rows_are_refused(stage, monkeypatch):
    with pytest.raises(BadInput, match="一次最多 2 人"):
        people_files.read(sheet(*[(f"人{n}", "", "") for n in "甲乙丙"]), 2)


def test_a_long_list_is_made_by_a_worker_with_a_bar(stage):
    from huying.kernel import progress

    kept = propose(stage, *[(f"张{n}", str(n), "") for n in range(450)])
    bar = progress.start("reportin.invite_all", by=stage.actor("tian"))
    seen = []
    people_lists.invite(kept, by=stage.actor("tian"), tell=lambda done, total, what: seen.append((done, total)))
    assert bar.pk and seen == [(0, 450), (200, 450), (400, 450), (450, 450)]
    assert MemberInvitation.objects.count() == 450


def test_names_are_erased_when_their_time_is_over(stage):
    done = people_lists.invite(propose(stage, ("李芳", "", ""), ("王伟", "1", "")), by=stage.actor("tian"))
    kept = propose(stage, ("新人", "", ""))
    first, second = done.invitations.order_by("pk")
    members.accept(second, stage.place("community"), by=stage.actor("wu"))
    assert people_lists.erase_what_is_due(timezone.now()) == 0
    later = timezone.now() + dt.timedelta(days=31)
    assert people_lists.erase_what_is_due(later) == 2
    for row in (first, second, kept):
        row.refresh_from_db()
    assert (first.name_sealed, first.key, kept.plan_sealed) == (None, None, None)
    # Who came by a slip is known by it as long as they are registered, and no longer.
    assert second.key is not None
    members.leave(by=stage.actor("wu"))
    assert people_lists.erase_what_is_due(later) == 1
    with pytest.raises(StepRefused, match="删掉"):
        people_lists.invite(kept, by=stage.actor("tian"))


def test_the_empty_list_can_be_read_back(client, stage):
    client.force_login(stage.persons["tian"])
    content = client.get(reverse("reportin:template")).content
    with pytest.raises(BadInput, match="没有一行数据"):
        people_files.read(content, 10)


def test_many_slips_are_printed_in_parts_and_cost_no_more_queries(client, stage, django_assert_max_num_queries):
    people_lists.invite(propose(stage, *[(f"张{n}", str(n), "广场社区") for n in range(230)]), by=stage.actor("tian"))
    client.force_login(stage.persons["tian"])
    page = reverse("reportin:slips", args=[stage.unit.pk])
    first = client.get(page)
    assert first.content.decode().count("<article") == 200
    second = client.get(page, {"after": first.context["after"]})
    assert second.content.decode().count("<article") == 30 and second.context["after"] is None
    with django_assert_max_num_queries(25):
        assert "等人打开的 230 张" in client.get(reverse("reportin:people", args=[stage.unit.pk])).content.decode()

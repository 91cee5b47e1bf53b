"""The pages at the place: a scan and one tap, the list and its ticks, the wall without names, the table of hours."""

import datetime as dt
import io
import json
import re

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from huying.callouts import codes
from huying.callouts.actions import attendance as place
from huying.callouts.actions import hours
from huying.callouts.models import Attendance, Callout, Question, Shift, Signup
from huying.callouts.tests.scene import asked, confirmed
from huying.kernel import links
from huying.kernel.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def today(scene):
    """The scene an hour after its first posts began: the call-out and its posts moved to now."""
    now = timezone.now().replace(second=0, microsecond=0)
    begin = now - dt.timedelta(hours=1)
    shift_by = begin - scene.shifts["scan"].starts_at
    Callout.objects.filter(pk=scene.callout.pk).update(
        starts_at=begin, closes_at=begin, ends_at=begin + dt.timedelta(hours=16)
    )
    for shift in scene.shifts.values():
        Shift.objects.filter(pk=shift.pk).update(starts_at=shift.starts_at + shift_by, ends_at=shift.ends_at + shift_by)
        shift.refresh_from_db()
    scene.callout.refresh_from_db()
    return scene


@pytest.fixture
def xu(today):
    """Xu holds a place at the post that has begun."""
    return confirmed(today.shifts["scan"], today.person("xu"))


def digits(callout) -> str:
    """The code that is shown at the place now."""
    return codes.code(place.secret_of(callout), codes.step_of(timezone.now()))


def logged_in(today, who: str) -> Client:
    """A browser in which somebody of the cast is logged in."""
    client = Client()
    client.force_login(today.person(who))
    return client


def scanned(client, callout):
    """Scan the code that is shown now, and follow."""
    return client.get(reverse("callout-scan", args=[callout.pk, digits(callout)]), follow=True)


def test_a_scan_and_one_tap(today, xu):
    client, here = logged_in(today, "xu"), reverse("callout-in", args=[today.callout.pk])
    page = scanned(client, today.callout)
    assert page.redirect_chain[-1][0] == here and "您在这里" in page.content.decode()
    assert 'name="code"' not in page.content.decode()
    page = client.post(here, {"act": "in", "signup": xu.pk}, follow=True)
    assert "签到好了" in page.content.decode() and "我走了，签退" in page.content.decode()
    client.post(here, {"act": "in", "signup": xu.pk})
    assert Event.objects.filter(kind="callouts.checked_in").count() == 1
    page = client.post(here, {"act": "out", "signup": xu.pk}, follow=True)
    assert "签退好了" in page.content.decode() and Attendance.objects.get().how_out == "code"


def test_the_digits_typed_in_do_as_well_and_old_ones_do_not(today, xu):
    client, here = logged_in(today, "xu"), reverse("callout-in", args=[today.callout.pk])
    page = client.post(here, {"act": "in", "signup": xu.pk})
    assert page.status_code == 422 and "二维码" in page.content.decode()
    old = codes.code(place.secret_of(today.callout), codes.step_of(timezone.now()) - 4)
    page = client.post(here, {"act": "in", "signup": xu.pk, "code": old})
    assert page.status_code == 422 and "已经换了" in page.content.decode()
    page = client.get(reverse("callout-scan", args=[today.callout.pk, old]))
    assert page.status_code == 422 and "已经换了" in page.content.decode()
    assert not Attendance.objects.exists()
    assert client.post(here, {"act": "in", "signup": xu.pk, "code": digits(today.callout)}).status_code == 302


def test_digits_kept_on_the_phone_count_at_their_time_and_are_marked(today, xu):
    client, here = logged_in(today, "xu"), reverse("callout-in", args=[today.callout.pk])
    then = timezone.now() - dt.timedelta(minutes=20)
    typed = codes.code(place.secret_of(today.callout), codes.step_of(then))
    sent = {"act": "in", "signup": xu.pk, "code": typed, "ago": 1200}
    answer = client.post(here, sent, headers={"Accept": "application/json"})
    assert answer.json()["code"] == "done"
    found = Attendance.objects.get()
    assert abs((found.in_at - then).total_seconds()) < 5 and found.in_sent_at is not None
    wrong = client.post(here, sent | {"code": "000000"}, headers={"Accept": "application/json"})
    assert wrong.status_code == 422 and wrong.json()["words"]


def test_whoever_opened_the_link_on_this_phone_needs_no_login(today, xu):
    own, client = asked(today.callout, today.person("xu")), Client()
    page = scanned(client, today.callout)
    assert "您是哪位" in page.content.decode()
    assert client.get(reverse("callout-link", args=[own.secret])).status_code == 200
    page = scanned(client, today.callout)
    assert "我到了，签到" in page.content.decode()
    here = reverse("callout-in", args=[today.callout.pk])
    assert client.post(here, {"act": "in", "signup": xu.pk}).status_code == 302
    # Nobody else's post.
    other = confirmed(today.shifts["scan"], today.person("lu"))
    assert client.post(here, {"act": "in", "signup": other.pk}).status_code == 422
    assert Attendance.objects.count() == 1


def test_a_scan_stands_only_for_its_own_call_out_and_a_stranger_does_nothing(today, xu):
    here = reverse("callout-in", args=[today.callout.pk])
    anybody = Client()
    scanned(anybody, today.callout)
    assert anybody.post(here, {"act": "in", "signup": xu.pk}).status_code == 422
    client = logged_in(today, "xu")
    client.cookies["scan"] = "made up"
    assert client.post(here, {"act": "in", "signup": xu.pk}).status_code == 422
    assert not Attendance.objects.exists()
    assert anybody.get(reverse("callout-in", args=[10**12])).status_code == 404


def test_whoever_tries_codes_is_slowed_down(today, xu):
    client, here = logged_in(today, "xu"), reverse("callout-in", args=[today.callout.pk])
    codes_tried = [client.post(here, {"act": "in", "signup": xu.pk, "code": "123456"}).status_code for _n in range(25)]
    assert 429 in codes_tried
    assert not Attendance.objects.exists()


def test_who_comes_without_having_signed_up_joins_a_post_with_room(today):
    client, here = logged_in(today, "wu"), reverse("callout-in", args=[today.callout.pk])
    page = scanned(client, today.callout)
    assert "加入并签到" in page.content.decode()
    page = client.post(here, {"act": "join", "shift": today.shifts["scan"].pk}, follow=True)
    assert "签到好了" in page.content.decode()
    assert Signup.objects.get().how == "walkin"


def test_called_off_is_said_at_the_place(today, xu):
    Callout.objects.filter(pk=today.callout.pk).update(
        state="called_off", called_off_reason="下雨", ended_at=timezone.now()
    )
    page = scanned(logged_in(today, "xu"), today.callout)
    assert "取消了" in page.content.decode() and "下雨" in page.content.decode()


# The organiser


def test_the_screen_brings_the_codes_of_the_next_hours_and_not_the_secret(today):
    client = logged_in(today, "zhi")
    page = client.get(reverse("callout-code", args=[today.callout.pk])).content.decode()
    told = json.loads(re.search(r'<script id="codes" type="application/json">(.*?)</script>', page)[1])
    at = (codes.step_of(timezone.now()) - told["first"]) * 6
    assert told["codes"][at : at + 6] == digits(today.callout)
    assert len(told["codes"]) == 6 * (12 * 120 + 2)
    assert place.secret_of(today.callout) not in page
    again = client.get(reverse("callout-code", args=[today.callout.pk]) + "?codes=1").json()
    assert again["codes"][12:] in told["codes"] + again["codes"][-12:]
    for who in ("xu", "lu"):
        assert logged_in(today, who).get(reverse("callout-code", args=[today.callout.pk])).status_code == 403
    assert logged_in(today, "zhao").get(reverse("callout-code", args=[today.callout.pk])).status_code == 404


def test_the_list_says_who_is_there_and_who_is_missing(today, xu):
    confirmed(today.shifts["scan"], today.person("lu"))
    client, here = logged_in(today, "gao"), reverse("callout-here", args=[today.callout.pk])
    page = client.get(here).content.decode()
    assert page.count("data-spot=") == 2 and "还没到" in page
    client.post(reverse("callout-here-do", args=[today.callout.pk, "in"]), {"signup": xu.pk})
    page = client.get(here).content.decode()
    assert 'data-tick="out"' in page and 'data-tick="in"' in page
    answer = client.post(reverse("callout-here-do", args=[today.callout.pk, "back"]), {"signup": xu.pk, "reason": ""})
    assert answer.status_code == 422
    client.post(reverse("callout-here-do", args=[today.callout.pk, "back"]), {"signup": xu.pk, "reason": "点错了"})
    assert Attendance.objects.get().in_at is None


def test_ticks_are_told_one_by_one(today, xu):
    client, to = logged_in(today, "gao"), reverse("callout-ticks", args=[today.callout.pk])
    at = (timezone.now() - dt.timedelta(minutes=30)).isoformat()
    other = confirmed(today.shifts["later"], today.person("lu"))
    sent = [
        {"key": "0123456789ab", "signup": xu.pk, "what": "in", "at": at},
        {"key": "1123456789ab", "signup": other.pk, "what": "in", "at": at},
    ]
    told = client.post(to, {"ticks": json.dumps(sent)}).json()["ticks"]
    assert [one["code"] for one in told] == ["done", "refused"] and told[1]["words"]
    told = client.post(to, {"ticks": json.dumps(sent)}).json()["ticks"]
    assert [one["code"] for one in told] == ["already", "refused"]
    for wrong in ("", "{}", "[1]", json.dumps([sent[0] | {"at": "gestern"}]), json.dumps([sent[0] | {"what": "x"}])):
        assert client.post(to, {"ticks": wrong}).status_code == 422
    assert logged_in(today, "zhao").post(to, {"ticks": "[]"}).status_code == 404


def test_a_walk_in_by_the_list_needs_one_registered_person(today):
    client, to = logged_in(today, "gao"), reverse("callout-here-do", args=[today.callout.pk, "walkin"])
    shift = today.shifts["scan"].pk
    wrong = client.post(to, {"who": "没这个人", "shift": shift})
    assert wrong.status_code == 422 and "没这个人" in wrong.content.decode()
    client.post(to, {"who": today.volunteers["wu"].number, "shift": shift})
    assert Attendance.objects.get().signup.person == today.person("wu")


def test_the_wall_has_numbers_and_no_names(today, xu):
    place.check_in(xu, by=today.actor("xu"))
    address = reverse("callout-wall", args=[links.make("wall", today.callout.pk)])
    page = Client().get(address).content.decode()
    assert "徐志愿者" not in page and "扫码" in page
    assert Client().get(reverse("callout-wall", args=["1.made-up"])).status_code == 404


# Hours


def past(today, who: str = "xu", left: int = 180):
    """Somebody was there for so many of the 180 minutes of a post that is over."""
    shift = today.shifts["scan"]
    start = timezone.now().replace(second=0, microsecond=0) - dt.timedelta(hours=5)
    Shift.objects.filter(pk=shift.pk).update(starts_at=start, ends_at=start + dt.timedelta(hours=3))
    shift.refresh_from_db()
    signup = confirmed(shift, today.person(who))
    zhi = today.actor("zhi")
    place.check_in(signup, by=zhi, how="list", at=start)
    place.check_out(signup, by=zhi, how="list", at=start + dt.timedelta(minutes=left))
    return signup


def test_one_table_confirms_everything_and_takes_it_back(today):
    signup = past(today)
    client, page = logged_in(today, "zhi"), reverse("callout-hours", args=[today.callout.pk])
    assert "都按测得的确认（1 条）" in client.get(page).content.decode()
    done = client.post(page + "do/confirm/", follow=True).content.decode()
    assert "撤回刚才的确认" in done and "公示中" in done
    client.post(page + "do/hold/", {"shown": signup.attendance.pk})
    assert Attendance.objects.get().shown_until is None
    wrong = client.post(page + "do/grant/", {"row": signup.pk, "minutes": "500", "reason": "布置会场"})
    assert wrong.status_code == 422 and "布置会场" in wrong.content.decode() and "180" in wrong.content.decode()
    wrong = client.post(page + "do/grant/", {"row": signup.pk, "minutes": "viel", "reason": "布置会场"})
    assert wrong.status_code == 422
    client.post(page + "do/grant/", {"row": signup.pk, "minutes": "170", "reason": "布置会场"})
    assert Attendance.objects.get().granted_minutes == 170
    start = timezone.localtime(signup.shift.starts_at)
    given = {"row": signup.attendance.pk, "came": f"{start:%Y-%m-%dT%H:%M}"}
    left = f"{start + dt.timedelta(minutes=100):%Y-%m-%dT%H:%M}"
    assert client.post(page + "do/correct/", given | {"left": left, "reason": ""}).status_code == 422
    client.post(page + "do/correct/", given | {"left": left, "reason": "走得早"})
    assert Attendance.objects.select_related("signup__shift").get().measured == 100
    assert "走得早" in client.get(page).content.decode()


def test_the_person_sees_questions_and_is_answered(today):
    signup = past(today)
    hours.confirm(today.callout, by=today.actor("zhi"))
    xu, here = logged_in(today, "xu"), reverse("callout-in", args=[today.callout.pk])
    page = xu.get(here).content.decode()
    assert "180 分钟" in page and "公示到" in page
    to = reverse("callout-in-question", args=[today.callout.pk, signup.attendance.pk])
    assert xu.post(to, {"words": ""}).status_code == 422
    assert logged_in(today, "lu").post(to, {"words": "不对"}).status_code == 404
    assert "告诉组织者了" in xu.post(to, {"words": "少了半小时"}, follow=True).content.decode()
    zhi, page = logged_in(today, "zhi"), reverse("callout-hours", args=[today.callout.pk])
    assert "少了半小时" in zhi.get(page).content.decode()
    zhi.post(page + "do/answer/", {"row": Question.objects.get().pk, "words": "核过了，没有少"})
    assert "核过了，没有少" in xu.get(here).content.decode()
    assert "核过了，没有少" in xu.get(reverse("callout-hours-mine")).content.decode()


def test_the_sheet_has_two_columns_that_are_never_added_up(today):
    past(today)
    client = logged_in(today, "zhi")
    answer = client.get(reverse("callout-hours-sheet", args=[today.callout.pk]))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][6:8] == ["实测分钟", "认定分钟"] and rows[1][6:8] == [180, None]
    assert len(rows) == 2

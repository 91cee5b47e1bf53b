"""What an operator sees of the log and of the calendar, and that nobody else does."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from huying.kernel import calendar, jobs, readers
from huying.kernel.models import CalendarDay, SetAside
from huying.kernel.scopes import ANONYMOUS, Actor, Post
from huying.kernel.tests.test_readers import made
from huying.kernel.tests.toy import KEEPER

OPERATOR = Actor(id=9, kind="person", posts=(Post("operator", "61", 1),), name="管理员")


@pytest.fixture
def as_(client, monkeypatch):
    """A client that acts as somebody."""

    def become(actor):
        monkeypatch.setattr("huying.people.middleware.actor_for", lambda user: actor)
        monkeypatch.setattr("huying.people.middleware.ANONYMOUS", actor)
        return client

    return become


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["kernel:operator", "kernel:calendar"])
def test_only_an_operator_comes_in(as_, name):
    assert as_(OPERATOR).get(reverse(name)).status_code == 200
    assert as_(KEEPER).get(reverse(name)).status_code == 403
    assert as_(ANONYMOUS).get(reverse(name)).status_code == 302


def test_an_operator_sees_why_an_event_was_set_aside_and_sends_it_again(toys, as_):
    @readers.reader("choosy")
    def choosy(event):
        raise ValueError("too hot")

    made()
    readers.advance(readers.READERS["choosy"], settled="true")
    SetAside.objects.update(next_try_at=None, attempts=8)
    aside = SetAside.objects.get()
    shown = as_(OPERATOR).get(reverse("kernel:operator")).content.decode()
    assert "ValueError: too hot" in shown
    response = as_(OPERATOR).post(reverse("kernel:resend"), {"aside": [aside.pk]}, follow=True)
    assert "1 个事件会马上重新发送" in response.content.decode()
    aside.refresh_from_db()
    assert (aside.attempts, aside.next_try_at is not None) == (0, True)
    assert as_(KEEPER).post(reverse("kernel:resend"), {"aside": [aside.pk]}).status_code == 403
    assert as_(OPERATOR).post(reverse("kernel:resend"), {"aside": ["x"]}).status_code == 422


@pytest.mark.django_db
def test_an_operator_has_a_job_done_again_that_was_given_up(as_):
    pk = jobs.enqueue(jobs.JOBS["kernel.progress.end_abandoned"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [pk])
    assert "kernel.progress.end_abandoned" in as_(OPERATOR).get(reverse("kernel:operator")).content.decode()
    response = as_(OPERATOR).post(reverse("kernel:again"), {"job": [pk]}, follow=True)
    assert "1 个任务会马上重做" in response.content.decode()
    assert jobs.failed() == []
    assert as_(KEEPER).post(reverse("kernel:again"), {"job": [pk]}).status_code == 403
    assert as_(OPERATOR).post(reverse("kernel:again"), {"job": ["x"]}).status_code == 422


@pytest.mark.django_db
def test_a_year_is_typed_in_or_uploaded(as_):
    url = reverse("kernel:calendar")
    as_(OPERATOR).post(url, {"days": "2035-01-01,休,元旦\n2035-01-06,班,元旦调休"})
    assert not calendar.is_working_day(dt.date(2035, 1, 1))
    assert calendar.is_working_day(dt.date(2035, 1, 6))
    file = SimpleUploadedFile("days.csv", "日期,班休,名称\n2035-01-01,班,改了\n".encode("gb18030"))
    response = as_(OPERATOR).post(url, {"file": file}, follow=True)
    assert "记下了 1 天" in response.content.decode()
    assert CalendarDay.objects.get(day="2035-01-01").name == "改了"


@pytest.mark.django_db
def test_a_bad_line_is_named_what_was_typed_is_kept_and_nothing_is_taken(as_):
    typed = "2035-01-01,休,元旦\n2035-13-01,休\n2035-01-03,也许\n2035-01-01,班"
    response = as_(OPERATOR).post(reverse("kernel:calendar"), {"days": typed})
    shown = response.content.decode()
    assert response.status_code == 422
    assert "第 2 行" in shown and "第 3 行" in shown and "第 4 行" in shown
    assert "2035-13-01,休" in shown
    assert not CalendarDay.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("data", [b"\xff\xfe\x00\x81", b"", b"\x00" * 300_000])
def test_a_file_that_is_no_calendar_is_refused_in_words(as_, data):
    file = SimpleUploadedFile("days.csv", data or b"\n")
    assert as_(OPERATOR).post(reverse("kernel:calendar"), {"file": file}).status_code == 422

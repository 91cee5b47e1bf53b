"""The bar of a long job: seen while it runs, stopped from its page, ended whatever happens."""

import datetime as dt
import time
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from huying.kernel import progress, views
from huying.kernel.errors import BadInput
from huying.kernel.models import Progress
from huying.kernel.scopes import Actor
from huying.kernel.tests.conftest import eventually
from huying.kernel.tests.toy import KEEPER, OTHER_KEEPER, Toy


@pytest.fixture
def page(rf):
    """Ask the job's page as somebody; htmx=True asks for the fragment."""

    def ask(row, actor=KEEPER, method="get", htmx=True):
        request = getattr(rf, method)(f"/jobs/{row.pk}/")
        request.actor, request.htmx, request.session, request.user = actor, htmx, {}, SimpleNamespace()
        return views.job(request, row.pk)

    return ask


def test_a_job_ends_with_its_result(transactional_db, page):
    row = progress.start("toys.import", by=KEEPER, total=3, title="导入玩具")
    with progress.running(row.pk) as bar:
        for n in range(3):
            bar(n + 1)
        bar.result = {"href": "/toys/", "words": "3 个"}
    row.refresh_from_db()
    assert (row.state, row.done, row.percent) == ("finished", 3, 100)
    shown = page(row).content.decode()
    assert "/toys/" in shown and "3 个" in shown
    assert "every 1s" not in shown, "nothing is asked for any more"


def test_progress_is_seen_from_outside_a_long_transaction(real_toys, threads):
    row = progress.start("toys.import", by=KEEPER, total=100)
    seen = []

    def work():
        with progress.running(row.pk) as bar, transaction.atomic():
            Toy.objects.create()
            bar(40, 200)
            seen.append(eventually(lambda: Progress.objects.get(pk=row.pk).done == 40))

    def watch():
        found = eventually(lambda: Progress.objects.get(pk=row.pk).done == 40)
        return found, Progress.objects.get(pk=row.pk).total

    assert threads(work, watch)[1] == (True, 200)


def test_a_stopped_job_undoes_its_open_transaction(real_toys, threads, page):
    row = progress.start("toys.import", by=KEEPER)

    def work():
        with progress.running(row.pk) as bar, transaction.atomic():
            Toy.objects.create()
            while True:
                bar.advance()
                time.sleep(0.01)

    def stop():
        eventually(lambda: Progress.objects.get(pk=row.pk).done > 0)
        return page(row, method="post").content.decode()

    _, shown = threads(work, stop)
    row.refresh_from_db()
    assert row.state == "stopped"
    assert not Toy.objects.exists()
    assert "正在停下来" in shown or "已停止" in shown


@pytest.mark.parametrize(
    ("error", "words"), [(BadInput("第 3 行没有门牌号"), "第 3 行没有门牌号"), (KeyError("secret"), "系统出了问题")]
)
def test_a_failure_says_what_concerns_the_user_and_no_more(transactional_db, error, words):
    row = progress.start("toys.import", by=KEEPER)
    with pytest.raises(type(error)), progress.running(row.pk):
        raise error
    row.refresh_from_db()
    assert row.state == "failed"
    assert row.error.startswith(words)
    assert "secret" not in row.error


@pytest.mark.django_db
def test_the_bar_is_for_whoever_started_the_job(page):
    row = progress.start("toys.import", by=KEEPER, total=10)
    assert page(row).status_code == 200
    with pytest.raises(Http404):
        page(row, actor=OTHER_KEEPER)
    with pytest.raises(Http404):
        page(progress.start("toys.import", by=Actor(kind="system")))


@pytest.mark.django_db
def test_without_javascript_the_page_has_a_stop_button_and_a_link_to_reload(page):
    row = progress.start("toys.import", by=KEEPER, total=10, title="导入玩具")
    shown = page(row).content.decode()
    assert '<form method="post"' in shown
    assert "<noscript>" in shown
    assert page(row, method="post", htmx=False).url == f"/jobs/{row.pk}/"


@pytest.mark.django_db
def test_a_job_whose_worker_was_killed_is_given_up():
    long_ago = timezone.now() - dt.timedelta(minutes=10)
    dead = progress.start("toys.import", by=KEEPER)
    Progress.objects.filter(pk=dead.pk).update(done=5, moved_at=long_ago)
    waiting = progress.start("toys.import", by=KEEPER)
    Progress.objects.filter(pk=waiting.pk).update(moved_at=long_ago)
    assert progress.end_abandoned() == 1
    dead.refresh_from_db()
    assert dead.state == "failed"
    assert "中途断了" in dead.error

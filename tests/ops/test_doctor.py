"""The doctor: each fault is found, and each finding says what to do."""

import datetime as dt

import pytest
from django.conf import settings
from django.utils import timezone

from huying.kernel import embedded, heartbeat, readers
from huying.kernel.models import Heartbeat, Reader
from huying.site import doctor, readiness, static_files
from huying.site.config import data_dir


def bad(findings):
    """The words of what is wrong; every fault says how to mend it."""
    faults = [finding for finding in findings if finding.state == "bad"]
    assert all(finding.mend for finding in faults)
    return [finding.words for finding in faults]


def test_a_key_that_others_can_read_is_found():
    key = data_dir() / "secrets/seal_key"
    assert bad(doctor.files()) == []
    key.chmod(0o644)
    try:
        (fault,) = bad(doctor.files())
        assert "seal_key" in fault
    finally:
        key.chmod(0o600)


def test_a_full_disk_is_found(monkeypatch):
    assert bad(doctor.disk()) == []
    monkeypatch.setattr(doctor, "SMALLEST_DISK", 2**60)
    assert "GB are free" in bad(doctor.disk())[0]


def test_a_database_that_is_too_old_is_found(db, monkeypatch):
    assert bad(doctor.database()) == []
    monkeypatch.setattr(readiness, "OLDEST_POSTGRESQL", 99)
    (fault,) = bad(doctor.database())
    assert "too old" in fault
    with pytest.raises(readiness.TooOld):
        readiness.refuse_old_database()


def test_a_database_that_is_not_running_is_found(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(embedded, "running", lambda _data: None)
    assert bad(doctor.database()) == ["the embedded database is not running"]


def test_a_missing_extension_is_found(db, monkeypatch):
    monkeypatch.setattr(embedded, "EXTENSIONS", ("ltree", "postgis"))
    assert bad(doctor.database()) == ["the database lacks postgis"]


def test_missing_migrations_are_found(db, monkeypatch):
    assert bad(doctor.tables()) == []
    monkeypatch.setattr(readiness, "pending_migrations", lambda: ["calls.0009_more"])
    assert bad(doctor.tables()) == ["1 migrations are missing, from calls.0009_more on"]


def test_a_worker_that_never_ran_or_fell_silent_is_found(db):
    assert "no worker has ever run" in bad(doctor.worker())[0]
    heartbeat.beat("worker")
    assert bad(doctor.worker()) == []
    Heartbeat.objects.update(at=timezone.now() - dt.timedelta(minutes=10))
    assert "no sign for 600 seconds" in bad(doctor.worker())[0]


def test_a_reader_that_stands_still_is_found(db, monkeypatch):
    state = readers.ReaderState("calls.telling", 7, 0, 0, None, True)
    monkeypatch.setattr(doctor, "PATIENCE", 0)
    monkeypatch.setattr(readers, "states", lambda: [state])
    assert bad(doctor.readers()) == ["the reader calls.telling stands still, 7 events behind"]


def test_events_that_wait_for_an_operator_are_found(db, monkeypatch):
    monkeypatch.setattr(readers, "states", lambda: [readers.ReaderState("r", 0, 3, 2, None, True)])
    assert "3 events could not be digested" in bad(doctor.readers())[0]
    assert not Reader.objects.filter(name="r").exists()


@pytest.mark.parametrize("address", ["huying.example.cn", "ftp://huying.example.cn", "https://", "https://a.cn/path"])
def test_an_address_that_is_none_is_found(settings, address):
    settings.BASE_URL = address
    assert any("no address of a site" in fault for fault in bad(doctor.base_url()))


def test_an_address_that_would_be_refused_is_found(settings):
    settings.BASE_URL, settings.ALLOWED_HOSTS = "https://huying.example.cn", ["localhost"]
    assert bad(doctor.base_url()) == ["requests for huying.example.cn would be refused"]
    settings.ALLOWED_HOSTS = [".example.cn"]
    assert bad(doctor.base_url()) == []


def test_a_calendar_that_lacks_this_year_is_found(db, monkeypatch):
    from huying.kernel import calendar

    monkeypatch.setattr(calendar, "covers", lambda year: False)
    assert f"the working days of {dt.date.today().year}" in bad(doctor.calendar())[0]


def test_missing_browser_libraries_are_found(monkeypatch):
    monkeypatch.setitem(static_files.VENDOR, "vendor/x.js", "no-such/x.js")
    assert "browser libraries are missing: no-such/x.js" in bad(doctor.static())


def test_static_files_older_than_their_sources_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "STATIC_ROOT", tmp_path)
    assert any("not collected" in fault for fault in bad(doctor.static()))
    (tmp_path / ".fingerprint").write_text(readiness._fingerprint())
    assert bad(doctor.static()) == []


def test_a_check_that_fails_is_told_and_the_others_go_on(db, monkeypatch):
    def broken():
        raise RuntimeError("oh")
        yield

    monkeypatch.setattr(doctor, "tables", broken)
    words = [finding.words for finding in doctor.examine()]
    assert "the check 'broken' itself failed: oh" in words
    assert any("translations" in each for each in words)

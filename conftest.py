"""One database for the whole test run, made before Django's settings are read.

Without `DATABASE_URL` an embedded PostgreSQL is started in a folder of its own, without flushing to disk. The workers
of pytest-xdist share it and each makes its own test database in it. It ends with this process, however that ends.
"""

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
PREFIX = "huying-test-"

if not IS_WORKER:
    os.environ["HUYING_DATA"] = tempfile.mkdtemp(prefix=PREFIX)
os.environ["HUYING_PLAIN_STATIC"] = "1"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huying.site.settings")

import django  # noqa: E402

from huying.kernel import embedded  # noqa: E402
from huying.site import messages  # noqa: E402
from tests.fast import FAST  # noqa: E402

if not IS_WORKER:
    messages.compile_all()
django.setup()

from huying.kernel.testing import allow_flush  # noqa: E402
from huying.site import readiness  # noqa: E402

allow_flush("appraisals_appraisal", "appraisals_appraisalreply", "modes_report", "callouts_certificate")

import hypothesis  # noqa: E402

# Hashing a password the slow way for each of the cast would take a minute of the run.
import pytest  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import translation  # noqa: E402

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A busy machine is no failure.
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")

pytest_plugins = ["tests.offline", "tests.cast", "tests.running", "tests.sharing"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_db_blocker):
    """The tables are made once, in the database that no test uses; those of the workers are copies of it."""
    if "DATABASE_URL" in os.environ:
        return
    with Path(os.environ["HUYING_DATA"], "tables.lock").open("w") as lock, django_db_blocker.unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        readiness.migrate(lambda words: None)
        connection.close()
        connection.close_pool()
    connection.settings_dict["TEST"]["TEMPLATE"] = connection.settings_dict["NAME"]


@pytest.fixture(autouse=True)
def in_the_first_language():
    """Each test begins in Chinese, whatever language the page of the test before was in."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def in_peacetime():
    """Each test begins without a mode of the test before in this process's memory; a switch is seen at once."""
    from huying.modes import banner

    banner.remember_nothing(3600)


def pytest_configure(config):
    if IS_WORKER or "DATABASE_URL" in os.environ or config.option.help or config.option.version:
        return
    _sweep()
    embedded.start(Path(os.environ["HUYING_DATA"]), settings=FAST, die_with_parent=True)


def pytest_unconfigure(config):
    if IS_WORKER:
        return
    data = Path(os.environ["HUYING_DATA"])
    embedded.stop(data)
    # Beside it lies what was made ready for the tests of the whole system.
    for folder in (data, *data.parent.glob(f"{data.name}-*")):
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove folders of test runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if folder.stat().st_mtime < time.time() - 6 * 3600 and not embedded.running(folder):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue

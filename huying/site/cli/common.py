"""What the commands share: an open installation, progress bars, errors in words."""

import contextlib
import os
import sys
from collections.abc import Iterator

import click
from tqdm import tqdm

from huying.kernel import embedded
from huying.site.config import data_dir

# Set for the children of `huying up`, which keeps the database alive itself.
SUPERVISED = "HUYING_SUPERVISED"


class Trouble(click.ClickException):
    """An error told to the operator in one or two sentences."""

    def show(self, file=None):
        click.secho(f"huying: {self.format_message()}", fg="red" if sys.stderr.isatty() else None, err=True)


@contextlib.contextmanager
def database_up() -> Iterator[None]:
    """Have the database reachable: the embedded one is started if need be, and stopped if nobody else uses it."""
    if os.environ.get("DATABASE_URL") or os.environ.get(SUPERVISED):
        yield
        return
    try:
        with embedded.session(data_dir()):
            yield
    except embedded.EmbeddedError as error:
        raise Trouble(str(error)) from error


def set_up_django() -> None:
    """Load settings and applications, the translations compiled before."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huying.site.settings")
    from huying.site import messages

    messages.compile_all()
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except (ValueError, ImproperlyConfigured) as error:
        raise Trouble(f"the settings do not load: {error}") from error
    from django.utils import translation

    translation.activate("zh-hans" if _locale().startswith("zh") else "en")


def _locale() -> str:
    return next((os.environ[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(key)), "")


@contextlib.contextmanager
def installation() -> Iterator[None]:
    """Django and the database, ready; what goes wrong with the database is told in words."""
    with database_up():
        set_up_django()
        from django.db import DatabaseError, OperationalError

        from huying.kernel.errors import Refusal
        from huying.site.readiness import TooOld

        try:
            yield
        except Refusal as error:
            raise Trouble(" ".join([error.reason, *map(str, getattr(error, "fields", {}).values())])) from error
        except TooOld as error:
            raise Trouble(str(error)) from error
        except OperationalError as error:
            raise Trouble(f"the database does not answer: {str(error).strip()}\nTry: huying doctor") from error
        except DatabaseError as error:
            if "does not exist" in str(error):
                raise Trouble(
                    f"the database lacks tables: {str(error).splitlines()[0]}\nTry: huying migrate"
                ) from error
            raise


class Bar:
    """A progress bar to be called with (done, total, what); `total` may be None and may change."""

    def __init__(self, what: str, unit: str = "row"):
        self.bar = tqdm(desc=what, unit=unit, dynamic_ncols=True, leave=True, disable=None, mininterval=0.2)

    def __call__(self, done: int, total: int | None = None, what: str = "") -> None:
        if total is not None and total != self.bar.total:
            self.bar.total = total
        if what:
            self.bar.set_description(what, refresh=False)
        self.bar.update(done - self.bar.n)

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.bar.close()

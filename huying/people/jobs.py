"""What people does by itself at night."""

from importlib import import_module

from django.conf import settings

from huying.kernel import jobs
from huying.people.actions import erase_what_is_due


@jobs.periodic("17 3 * * *")
def erase_due_identities() -> None:
    """Erase the identities whose day has come."""
    erase_what_is_due()


@jobs.periodic("41 3 * * *")
def clear_old_sessions() -> None:
    """Remove the sessions that are over."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()

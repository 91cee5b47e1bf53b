"""The WSGI application, for any WSGI server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huying.site.settings")
application = get_wsgi_application()


def settle() -> None:
    """What was loaded stays: from now on it is not looked through again and again for what can be thrown away."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


settle()

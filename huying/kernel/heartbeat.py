"""Signs of life: each part of the worker says now and then that it is alive, so that the doctor can tell."""

import datetime as dt
import os
import socket

from django.utils import timezone

from huying.kernel.models import Heartbeat

EVERY = dt.timedelta(seconds=10)


def beat(part: str) -> None:
    """Say that a part is alive now."""
    Heartbeat.objects.update_or_create(
        part=part, defaults={"at": timezone.now(), "host": socket.gethostname(), "pid": os.getpid()}
    )


def alive(part: str, *, within: dt.timedelta = 6 * EVERY) -> bool:
    """Whether a part gave a sign of life lately."""
    return Heartbeat.objects.filter(part=part, at__gte=timezone.now() - within).exists()

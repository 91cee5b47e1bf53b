"""Logs: lines for a person at a terminal, JSON for everything else; never what would give a resident away.

Addresses hold secret links and search words, so a request is named by its route (`c/<str:token>/`), never by its path
or query. Numbers that look like a phone are masked wherever they come from.
"""

import logging
import os
import re
import sys
from collections.abc import Callable

import structlog

PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)")
QUERY = re.compile(r"(?<=[^\s?])\?[^\s\"')]+=[^\s\"')]*")


def mask(text: str) -> str:
    """The text without phone numbers and query strings."""
    return QUERY.sub("?…", PHONE.sub("1**********", text))


def scrub(_logger, _method, event: dict) -> dict:
    """Mask every text of a log line, tracebacks included."""
    return {key: mask(value) if isinstance(value, str) else value for key, value in event.items()}


def route_of(request) -> str:
    """The pattern that a request matched, for logs and figures."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "(no page)"


class NameByRoute(logging.Filter):
    """Django names a failing request by its path, which may be a secret link: name it by its route instead."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and hasattr(request, "method"):
            status = getattr(record, "status_code", "")
            record.msg, record.args = f"{request.method} {route_of(request)} {status}".rstrip(), ()
        return True


def is_for_people() -> bool:
    """Whether log lines go to a terminal; HUYING_LOG=json or =text decides otherwise."""
    wanted = os.environ.get("HUYING_LOG")
    return sys.stderr.isatty() if wanted not in ("json", "text") else wanted == "text"


SHARED: list[Callable] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def dictconfig() -> dict:
    """The `logging` configuration for web, worker and commands."""
    people = is_for_people()
    last: list[Callable]
    if people:
        last = [scrub, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)]
    else:
        last = [scrub, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"route": {"()": NameByRoute}},
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*SHARED, structlog.stdlib.ExtraAdder(allow=["ms", "status", "route"])],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    *last,
                ],
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "lines",
                "filters": ["route"],
            }
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "huying": {"level": "INFO"},
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # One line a request comes from `huying.site.observe`.
            "django.request": {"level": "ERROR"},
            "_granian": {"level": "WARNING" if people else "INFO"},
            "procrastinate": {"level": "WARNING"},
        },
    }


def set_up() -> None:
    """Let structlog's loggers write through `logging`."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )

"""What the system tells about itself: a line for each request, /healthz, and /metrics for Prometheus."""

import hmac
import ipaddress
import os
import time

import structlog
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from huying import __version__
from huying.kernel.gate import allow, anyone
from huying.site.config import secret
from huying.site.logs import route_of

log = structlog.get_logger("huying.web")

REQUESTS = Counter("huying_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "huying_request_seconds",
    "Time to answer a request.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
UNLOGGED = {"/healthz", "/metrics"}


def requests(get_response):
    """Middleware: count and time each request, and write one line that gives nobody away."""

    def middleware(request: HttpRequest):
        began = time.perf_counter()
        response = get_response(request)
        seconds = time.perf_counter() - began
        route, status = route_of(request), response.status_code
        REQUESTS.labels(request.method if request.method in METHODS else "other", route, status).inc()
        SECONDS.labels(route).observe(seconds)
        if route not in UNLOGGED:
            log.info(request.method, route=route, status=status, ms=round(seconds * 1000, 1), actor=kind_of(request))
        return response

    return middleware


def kind_of(request: HttpRequest) -> str:
    """Whether a person, a token or nobody known asked; nothing is looked up for who brings neither session nor token."""
    if "sessionid" not in request.COOKIES and "HTTP_AUTHORIZATION" not in request.META:
        return "anonymous"
    return getattr(getattr(request, "actor", None), "kind", "anonymous")


METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


@allow(anyone)
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while pages can be answered, 503 when the database cannot be reached."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"ok": False, "database": "unreachable"}, status=503)
    return JsonResponse({"ok": True, "version": __version__})


def may_read_metrics(request: HttpRequest) -> bool:
    """From this machine, or with the bearer token of `<data>/secrets/metrics_token`.

    Behind a proxy everything comes from this machine, hence no header of a proxy may be there.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return hmac.compare_digest(token.strip().encode(), secret("metrics_token").encode())
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


class DatabaseCollector:
    """Figures that lie in the database: events, readers of the log and what they set aside, jobs."""

    # Metric -> (help, label, query giving label and value)
    QUERIES = {
        "huying_events": ("Newest event of the log.", "", "SELECT '', coalesce(max(id), 0) FROM kernel_event"),
        "huying_reader_behind": (
            "Newest event of the log minus the last one that a reader has passed.",
            "reader",
            "SELECT name, greatest(0, coalesce((SELECT max(id) FROM kernel_event), 0) - event_id) FROM kernel_reader",
        ),
        "huying_set_aside": (
            "Events that a reader could not digest.",
            "reader",
            "SELECT reader, count(*) FROM kernel_setaside GROUP BY 1",
        ),
        "huying_silence_seconds": (
            "Time since a part of the worker last gave a sign of life.",
            "part",
            "SELECT part, extract(epoch FROM clock_timestamp() - max(at))::float FROM kernel_heartbeat GROUP BY 1",
        ),
        "huying_jobs": ("Jobs by state.", "state", "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1"),
        "huying_connections": (
            "Connections of this database by state.",
            "state",
            "SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() GROUP BY 1",
        ),
    }

    def collect(self):
        with connection.cursor() as cursor:
            for name, (words, label, query) in self.QUERIES.items():
                family = GaugeMetricFamily(name, words, labels=[label] if label else [])
                cursor.execute(query)
                for key, value in cursor.fetchall():
                    family.add_metric([key] if label else [], value)
                yield family


@allow(anyone)
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures in Prometheus' text format."""
    if not may_read_metrics(request):
        return HttpResponseForbidden(
            "metrics: from this machine, or with the bearer token\n", content_type="text/plain"
        )
    own = CollectorRegistry()
    own.register(DatabaseCollector())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        counters = CollectorRegistry()
        MultiProcessCollector(counters)
    else:
        counters = REGISTRY
    return HttpResponse(generate_latest(counters) + generate_latest(own), content_type=CONTENT_TYPE_LATEST)

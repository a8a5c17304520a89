"""`GET /metrics` in Prometheus text format: counts only, no personal text.

Work happens in other processes than the one that is scraped, so that its figures are read from the tables.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from prometheus_client.core import REGISTRY, GaugeMetricFamily
from prometheus_client.registry import Collector

from sunmao.answering.selectors import exchanges_by_state
from sunmao.core.errors import NotFound
from sunmao.jobs.selectors import jobs_by_state

LOOPBACK = ("127.0.0.1", "::1")


class WorkCollector(Collector):
    """Jobs by kind and state, questions by task and state, over all organisations."""

    def collect(self) -> Iterator[Any]:
        jobs = GaugeMetricFamily("sunmao_jobs", "Jobs by kind and state", labels=["kind", "state"])
        for kind, state, count in jobs_by_state():
            jobs.add_metric([kind, state], count)
        yield jobs
        asked = GaugeMetricFamily("sunmao_exchanges", "Questions by task and state", labels=["task", "state"])
        for task, state, count in exchanges_by_state():
            asked.add_metric([task, state], count)
        yield asked

    def describe(self) -> list[Any]:
        """Registering must not query: there may be no database yet."""
        return []


def register() -> None:
    REGISTRY.register(WorkCollector())


@csrf_exempt
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """With SUNMAO_METRICS_TOKEN only for its bearer, otherwise only for this machine itself."""
    if not _may_scrape(request):
        raise NotFound(code="unknown_address")
    return cast(HttpResponse, ExportToDjangoView(request))


def _may_scrape(request: HttpRequest) -> bool:
    token: str = settings.SUNMAO_METRICS_TOKEN
    if token:
        presented = request.headers.get("Authorization", "")
        return secrets.compare_digest(presented.encode(), f"Bearer {token}".encode())
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR", "") in LOOPBACK and not forwarded

"""`GET /health`: `status` and `model` as design document 003 has them, and `checks` of each part."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from sunmao.core import streams
from sunmao.inference.registry import described


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "down"
    return "up"


def _broker() -> str:
    try:
        streams.client().ping()
    except RedisError:
        return "down"
    return "up"


def _workers() -> str:
    """A worker process renews its sign of life; see `apps.config.celery`."""
    try:
        return "up" if streams.client().exists(streams.WORKER_ALIVE) else "down"
    except RedisError:
        return "unknown"


def _engine() -> str:
    configured = settings.SUNMAO_ENGINE == "extractive" or bool(settings.SUNMAO_MODEL)
    return "up" if configured else "not_configured"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "workers": _workers,
    "engine": _engine,
}


@csrf_exempt
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 while questions can be answered, 503 otherwise; never an error page."""
    checks = {name: check() for name, check in CHECKS.items()}
    well = all(state == "up" for state in checks.values())
    body = {"status": "healthy" if well else "unhealthy", "model": described(), "checks": checks}
    return JsonResponse(body, status=200 if well else 503)

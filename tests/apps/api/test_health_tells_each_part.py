"""`GET /health` keeps `status` and `model` of design document 003 and adds what each part says."""

from __future__ import annotations

import time

import pytest
from django.test import Client

from sunmao.core import streams


def _health() -> tuple[int, dict[str, object]]:
    response = Client().get("/health")
    return response.status_code, response.json()


@pytest.mark.usefixtures("db", "broker")
def test_all_is_well() -> None:
    streams.sign_of_life()
    assert _health() == (
        200,
        {
            "status": "healthy",
            "model": "extractive",
            "checks": {"database": "up", "broker": "up", "workers": "up", "engine": "up"},
        },
    )


@pytest.mark.usefixtures("db", "broker")
def test_without_a_worker_it_is_not() -> None:
    status, body = _health()
    assert (status, body["status"]) == (503, "unhealthy")
    assert body["checks"] == {"database": "up", "broker": "up", "workers": "down", "engine": "up"}


@pytest.mark.usefixtures("db", "no_broker")
def test_without_a_broker_it_says_so_quickly() -> None:
    began = time.monotonic()
    status, body = _health()
    assert time.monotonic() - began < 2
    assert status == 503
    assert body["checks"] == {"database": "up", "broker": "down", "workers": "unknown", "engine": "up"}


@pytest.mark.usefixtures("db", "broker")
def test_an_engine_without_a_model_is_not_configured(settings: object) -> None:
    streams.sign_of_life()
    settings.SUNMAO_ENGINE = "openai"  # type: ignore[attr-defined]
    status, body = _health()
    assert (status, body["model"]) == (503, "openai")
    assert body["checks"] == {"database": "up", "broker": "up", "workers": "up", "engine": "not_configured"}


@pytest.mark.usefixtures("db")
def test_metrics_and_the_schema_are_there() -> None:
    metrics = Client().get("/metrics")
    assert metrics.status_code == 200
    assert b"django_http_requests" in metrics.content
    schema = Client().get("/api/schema")
    assert schema.status_code == 200
    assert b"/api/v1/qa" in schema.content

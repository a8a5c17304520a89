"""Addresses that are fixed by others: probes, metrics, the schema."""

from __future__ import annotations

from django.urls import path

from apps.api.health import health
from apps.api.mcp.views import McpView
from apps.api.metrics import metrics
from apps.api.schema import SchemaView

urlpatterns = [
    path("health", health),
    path("metrics", metrics),
    path("mcp", McpView.as_view()),
    path("api/schema", SchemaView.as_view(), name="schema"),
]

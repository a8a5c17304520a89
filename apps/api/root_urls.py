"""Addresses that are fixed by others: probes, metrics, the schema."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from apps.api.health import health
from apps.api.mcp.views import McpView
from apps.api.metrics import metrics

urlpatterns = [
    path("health", health),
    path("metrics", metrics),
    path("mcp", McpView.as_view()),
    path("api/schema", SpectacularAPIView.as_view(authentication_classes=[]), name="schema"),
]

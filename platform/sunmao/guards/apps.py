from __future__ import annotations

from django.apps import AppConfig


class GuardsConfig(AppConfig):
    name = "sunmao.guards"
    label = "guards"

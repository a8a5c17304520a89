from __future__ import annotations

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "sunmao.core"
    label = "core"

    def ready(self) -> None:
        from sunmao.core import checks  # noqa: F401  registers the system checks

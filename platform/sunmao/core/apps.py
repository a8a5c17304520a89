from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "sunmao.core"
    label = "core"
    verbose_name = _("People")

    def ready(self) -> None:
        from sunmao.core import checks, exposure_checks  # noqa: F401  registers the system checks

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AppConfig):
    """Our pages; Django's admin finds their registrations in `apps.console.admin`."""

    name = "apps.console"
    label = "console"


class ConsoleAdminConfig(AdminConfig):
    """Django's admin, with our site."""

    default_site = "apps.console.site.ConsoleSite"

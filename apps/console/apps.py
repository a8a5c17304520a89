from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission


class ConsoleConfig(AppConfig):
    """Our pages; Django's admin finds their registrations in `apps.console.admin`."""

    name = "apps.console"
    label = "console"
    permissions = (Permission("console.site.open", _("Open the console"), narrowable=True),)


class ConsoleAdminConfig(AdminConfig):
    """Django's admin, with our site."""

    default_site = "apps.console.site.ConsoleSite"

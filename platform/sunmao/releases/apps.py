from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission


class ReleasesConfig(AppConfig):
    name = "sunmao.releases"
    label = "releases"
    verbose_name = _("Releases")
    audit_verbs = {"release.seeded": _("Default release made")}
    permissions = (Permission("releases.release.read", _("See releases")),)

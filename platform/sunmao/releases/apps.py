from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission


class ReleasesConfig(AppConfig):
    name = "sunmao.releases"
    label = "releases"
    verbose_name = _("Releases")
    personal_data = "sunmao.releases.personal_data.Decisions"
    audit_verbs = {
        "release.seeded": _("Default release made"),
        "release.composed": _("Release composed"),
        "release.judged": _("Release judged by its gate"),
        "release.approved": _("Release approved"),
        "release.rejected": _("Release rejected"),
        "release.promoted": _("Release promoted"),
        "release.rolled_back": _("Release rolled back"),
        "release.exported": _("Release exported"),
        "release.imported": _("Release imported"),
        "release_rules.changed": _("Rules of releases changed"),
        "split.started": _("Split of the askers started"),
        "split.ended": _("Split of the askers ended"),
    }
    resolvers = {
        "release": "sunmao.releases.selectors.resolve_release",
        "split": "sunmao.releases.selectors.resolve_split",
    }
    permissions = (
        Permission("releases.release.read", _("See releases")),
        Permission("releases.release.compose", _("Compose releases and have them judged")),
        Permission("releases.release.approve", _("Approve or reject releases")),
        Permission("releases.release.promote", _("Promote, split and roll back releases")),
        Permission("releases.rules.edit", _("Change the rules of releases"), for_keys=False),
    )

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission


class HeadsConfig(AppConfig):
    name = "sunmao.modelhub.heads"
    label = "heads"
    verbose_name = _("Heads")
    stored_files = "sunmao.modelhub.heads.selectors.stored_files"
    audit_verbs = {
        "head.requested": _("Training of a head requested"),
        "head.trained": _("Head trained"),
        "head.activated": _("Head put to use"),
        "head.rolled_back": _("Head taken back to the version before"),
        "head.retired": _("Head taken out of use"),
        "head.asked": _("Texts given to a head"),
    }
    resolvers = {
        "head": "sunmao.modelhub.heads.selectors.resolve_head",
        "head_version": "sunmao.modelhub.heads.selectors.resolve_version",
    }
    permissions = (
        Permission("heads.head.read", _("See heads and ask them")),
        Permission("heads.head.train", _("Train heads")),
        Permission("heads.head.activate", _("Put versions of heads to use")),
    )

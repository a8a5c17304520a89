from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class SourcesConfig(AppConfig):
    name = "sunmao.knowledge.sources"
    label = "sources"
    verbose_name = _("Sources of documents")
    audit_verbs = {
        "source.added": _("Source added"),
        "source.changed": _("Source changed"),
        "source.paused": _("Source paused"),
        "source.resumed": _("Source resumed"),
        "source.refreshed": _("Source refreshed"),
        "source.looked_at": _("Source brought changes"),
        "source.removed": _("Source removed"),
        "document.renamed": _("Document renamed"),
    }
    job_kinds = (
        JobKind(
            name="sources.look",
            handler="sunmao.knowledge.sources.looking.look",
            queue="cpu",
            title=_("Look at a source"),
        ),
    )
    resolvers = {"source": "sunmao.knowledge.sources.selectors.resolve_source"}
    permissions = (
        Permission("sources.source.read", _("See sources of documents"), narrowable=True),
        Permission("sources.source.manage", _("Add, refresh and remove sources"), narrowable=True),
    )

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class GraphConfig(AppConfig):
    name = "sunmao.knowledge.graph"
    label = "graph"
    verbose_name = _("What passages refer to")
    audit_verbs = {
        "graph.turned_on": _("References of a base turned on"),
        "graph.turned_off": _("References of a base turned off"),
    }
    job_kinds = (
        JobKind(
            name="graph.link",
            handler="sunmao.knowledge.graph.extraction.link_base",
            queue="cpu",
            title=_("Read what the passages of a base refer to"),
        ),
    )
    permissions = (
        Permission("graph.base.switch", _("Turn the references of a base on and off"), narrowable=True),
    )

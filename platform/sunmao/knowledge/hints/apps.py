from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class HintsConfig(AppConfig):
    name = "sunmao.knowledge.hints"
    label = "hints"
    verbose_name = _("What a base should be looked through for")
    audit_verbs = {
        "hints.requested": _("Search for hints requested"),
        "hint.dismissed": _("Hint dismissed"),
        "hint.reopened": _("Hint taken up again"),
    }
    job_kinds = (
        JobKind(
            name="hints.look",
            handler="sunmao.knowledge.hints.looking.look",
            queue="cpu",
            title=_("Look a base through"),
        ),
    )
    resolvers = {"hint": "sunmao.knowledge.hints.selectors.resolve_hint"}
    permissions = (
        Permission("hints.hint.read", _("See hints on bases"), narrowable=True),
        Permission("hints.hint.settle", _("Look bases through and settle hints"), narrowable=True),
    )

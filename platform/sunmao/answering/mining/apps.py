from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission
from sunmao.jobs.registry import JobKind


class MiningConfig(AppConfig):
    name = "sunmao.answering.mining"
    label = "mining"
    verbose_name = _("Unanswered questions")
    personal_data = "sunmao.answering.mining.personal_data.Mined"
    audit_verbs = {
        "unanswered.mining_requested": _("Clustering of unanswered questions requested"),
        "unanswered.mined": _("Unanswered questions clustered"),
        "unanswered.decided": _("Cluster of unanswered questions decided on"),
    }
    job_kinds = (
        JobKind(
            name="mining.mine",
            handler="sunmao.answering.mining.services.mine",
            queue="cpu",
            title=_("Cluster unanswered questions"),
        ),
    )
    resolvers = {"unanswered": "sunmao.answering.mining.selectors.resolve_cluster"}
    permissions = (
        Permission(
            "answering.unanswered.manage", _("See and decide on unanswered questions"), narrowable=True
        ),
    )

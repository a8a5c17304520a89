from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission


class GuardsConfig(AppConfig):
    name = "sunmao.guards"
    label = "guards"
    verbose_name = _("Guards")
    audit_verbs = {
        "personal_data_policy.changed": _("Policy on personal data changed"),
        "personal_data_policy.removed": _("Policy on personal data removed"),
        "surrogates.reversed": _("Surrogates turned back into personal data"),
    }
    personal_data = "sunmao.guards.personal.personal_data.Surrogates"
    resolvers = {"personal_data_policy": "sunmao.guards.personal.selectors.visible_policy"}
    evaluations = {
        "guards": "sunmao.guards.evaluation.guards.Guards",
        "pii": "sunmao.guards.evaluation.pii.Pii",
    }
    permissions = (
        Permission("guards.policy.manage", _("Decide what the guards do"), for_keys=False),
        Permission("guards.quarantine.review", _("Review passages in quarantine"), narrowable=True),
        Permission("privacy.surrogate.reverse", _("Turn surrogates back into personal data"), for_keys=False),
    )

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sunmao.core.permission import Permission


class AuditConfig(AppConfig):
    name = "sunmao.audit"
    label = "audit"
    verbose_name = _("Audit")
    personal_data = "sunmao.audit.personal_data.Log"
    permissions = (
        Permission("audit.entry.read", _("Read the audit log")),
        Permission("audit.entry.export", _("Export the audit log")),
        Permission("audit.retention.manage", _("Decide how long entries are kept"), for_keys=False),
    )
    audit_verbs = {
        "access.denied": _("Access refused"),
        "audit.exported": _("Audit log exported"),
        "audit.purged": _("Audit entries purged"),
        "audit.verified": _("Audit log verified"),
    }

    def ready(self) -> None:
        from sunmao.audit import checks  # noqa: F401  registers the system checks

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Unavailable


class AuditUnavailable(Unavailable):
    """No audit, no change: the caller's transaction must not commit."""

    code = "audit_unavailable"
    default_message = _("The audit log cannot be written at the moment, so nothing was changed. Try again.")

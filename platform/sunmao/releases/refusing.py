"""Why a release may not serve, or not be approved."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Conflict, Message

WHY_NOT: dict[str, Message] = {
    "not_judged": _("The gate has not judged this release. Have it judged first."),
    "gate_failed": _("The gate failed this release. Its report says why."),
    "no_candidate": _("This release is no candidate: it serves already, or has served. Roll back to it."),
    "rejected": _("Somebody rejected this release."),
    "not_approved": _("A second person must approve what the gate found last before this release can serve."),
}


class NotReady(Conflict):
    """A release that may not serve; `code` says why."""

    messages = WHY_NOT


__all__ = ["WHY_NOT", "NotReady"]

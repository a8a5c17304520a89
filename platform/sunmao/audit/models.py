"""The append-only log: who did what, from where, on whose behalf, in the transaction of the change.

It stores plain ids, so that it stands below accounts and survives what it describes. Sealing into a hash
chain is done by later entries of their own table; a row here is never changed.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.models import TenantModel


class Entry(TenantModel):
    at = models.DateTimeField(_("time"), auto_now_add=True)
    actor_kind = models.CharField(_("kind of actor"), max_length=20)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(_("actor"), max_length=200)
    verb = models.CharField(_("action"), max_length=80)
    subject_kind = models.CharField(_("kind of subject"), max_length=80)
    subject_id = models.CharField(_("subject"), max_length=80)
    detail = models.JSONField(default=dict)
    request_id = models.CharField(_("request"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ("-at", "-id")
        indexes = [
            # the audit page and the export read one organisation in time order
            models.Index(fields=["organisation_id", "-at"], name="audit_entry_by_time"),
            models.Index(
                fields=["organisation_id", "subject_kind", "subject_id"], name="audit_entry_by_subject"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.subject_kind}:{self.subject_id}"

"""What people asked and nobody could answer, put together by what it is about.

No words are copied: a cluster names records, and their questions are opened with the keys of those who asked.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.answering.models import AnswerRecord
from sunmao.core.crypto.fields import EncryptedTextField
from sunmao.core.models import TenantModel


class ClusterState(models.TextChoices):
    OPEN = "open", _("Undecided")
    PLANNED = "planned", _("Planned")
    ANSWERED = "answered", _("Answered by now")
    DISMISSED = "dismissed", _("Dismissed")


class Cluster(TenantModel):
    """Questions on one matter. It outlives a new clustering: the one that shares most records with it takes
    its place, with its state and note.

    `medoid` is the record whose question stands for all; `recent` counts the last seven days, `before` the
    seven days before them; `bases` are those that the askers' questions were looked up in.
    """

    task = models.CharField(_("task"), max_length=120)
    state = models.CharField(
        _("state"), max_length=20, choices=ClusterState.choices, default=ClusterState.OPEN
    )
    note = EncryptedTextField(_("note"), default="")
    medoid = models.ForeignKey(AnswerRecord, null=True, on_delete=models.PROTECT, related_name="+")
    size = models.PositiveIntegerField(_("times asked"), default=0)
    recent = models.PositiveIntegerField(_("last 7 days"), default=0)
    before = models.PositiveIntegerField(_("7 days before"), default=0)
    first_seen = models.DateTimeField(_("first asked"))
    last_seen = models.DateTimeField(_("last asked"))
    bases = models.JSONField(default=list)
    answered_at = models.DateTimeField(_("answered since"), null=True)

    class Meta:
        verbose_name = _("cluster of unanswered questions")
        verbose_name_plural = _("unanswered questions")
        ordering = ("-size", "-last_seen", "id")
        indexes = [
            # the list, largest first
            models.Index(fields=["organisation_id", "-size"], name="cluster_by_size"),
        ]

    def __str__(self) -> str:
        return str(self.medoid.question)[:80] if self.medoid else "–"


class Member(TenantModel):
    """A record in a cluster; without one it is left out for good, because whoever asked was erased."""

    cluster = models.ForeignKey(Cluster, null=True, on_delete=models.CASCADE, related_name="members")
    record = models.OneToOneField(AnswerRecord, on_delete=models.CASCADE, related_name="+")
    likeness = models.FloatField(default=0.0)

    class Meta:
        ordering = ("-likeness", "id")

    def __str__(self) -> str:
        return str(self.record_id)

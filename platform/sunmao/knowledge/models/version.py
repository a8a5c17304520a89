from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto.fields import PersonTextField
from sunmao.core.models import TenantModel
from sunmao.knowledge.models.base import KnowledgeBase
from sunmao.knowledge.models.document import Document, Revision


class Edition(TenantModel):
    """A revision stands in its base from version `born` until `died`, with these dates.

    It applies from `applies_from` up to, not including, `applies_until`; one whose place another revision has
    taken on all its days does not apply (`applies` is false); it comes back when that one's dates change.
    """

    base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="editions")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="editions")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="editions")
    born = models.PositiveIntegerField()
    died = models.PositiveIntegerField(null=True)
    effective_from = models.DateField(null=True)
    effective_until = models.DateField(null=True)
    applies = models.BooleanField(default=True)
    applies_from = models.DateField(null=True)
    applies_until = models.DateField(null=True)

    class Meta:
        ordering = ("base", "born")
        constraints = [
            models.UniqueConstraint(
                fields=["revision"], condition=models.Q(died=None), name="one_living_edition"
            )
        ]
        indexes = [
            # what a version of the base holds
            models.Index(fields=["base", "born"], name="edition_of_base"),
        ]

    def __str__(self) -> str:
        return f"{self.revision} {self.born}-{self.died or ''}"


class ChangeKind(models.TextChoices):
    PUBLISHED = "published", _("Document published")
    REMOVED = "removed", _("Document removed")
    ERASED = "erased", _("Document erased")
    DATED = "dated", _("Dates changed")
    RELEASED = "released", _("Passage released from quarantine")
    LEARNED = "learned", _("Confirmed questions changed")
    RANKED = "ranked", _("Ranking changed")
    ROLLED_BACK = "rolled_back", _("Rolled back")
    OTHER = "other", _("Changed")


class Change(TenantModel):
    """What made a version of a base: who, when, what, and how much it holds since.

    Written with the version itself. `restored` is the version that a rollback went back to; `counts` has
    `added` and `removed` passages, and `documents` and `passages` of the base afterwards.
    """

    base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="changes")
    version = models.PositiveIntegerField(_("version"))
    kind = models.CharField(_("change"), max_length=20, choices=ChangeKind.choices)
    document = models.ForeignKey(Document, null=True, on_delete=models.SET_NULL, related_name="+")
    revision = models.PositiveIntegerField(null=True)
    restored = models.PositiveIntegerField(null=True)
    counts = models.JSONField(_("counts"), default=dict)
    person_key = models.UUIDField(null=True)
    made_by = PersonTextField(_("by"), null=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("version of a base")
        verbose_name_plural = _("versions of bases")
        ordering = ("base", "-version")
        constraints = [models.UniqueConstraint(fields=["base", "version"], name="one_change_per_version")]

    def __str__(self) -> str:
        return f"{self.base} {self.version}"

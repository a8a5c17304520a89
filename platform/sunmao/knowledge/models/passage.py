from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext_lazy as _

from sunmao.core.models import TenantModel
from sunmao.knowledge.models.document import Document, Revision


class Quarantine(models.TextChoices):
    NEVER = "", _("Never held")
    HELD = "held", _("In quarantine")
    RELEASED = "released", _("Released")
    REMOVED = "removed", _("Removed")


class Passage(TenantModel):
    """A retrievable span of a revision: `revision.text[start:end] == text`.

    `parent_start` and `parent_end` are the span around it that an answer should read, where that is more;
    `image` is the picture that it stands for, as `{"sha256", "media_type"}` of a stored file, with `unseen`
    where no decoder could read it.

    It belongs to the base's versions from `born` up to, not including, `died`, and there it is read on days
    from `applies_from` up to, not including, `applies_until`. A passage has one life: what comes back, or
    applies on other days from now on, is copied (`versions.copying`). `content_hash` is that of everything
    its vectors were made of. Its vectors live in
    `knowledge_passage_vector`, one partition per base (see migration 0002), because a row with a vector
    outgrows a page and because a partition is what makes filtered search exact and fast. A passage in
    quarantine has a vector that is marked as held; `suspicion` says why.
    """

    base_id = models.UUIDField()
    document = models.ForeignKey(Document, on_delete=models.CASCADE)
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="passages")
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    label = models.CharField(max_length=300, blank=True)
    heading_path = ArrayField(models.CharField(max_length=300), default=list)
    text = models.TextField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    parent_start = models.PositiveIntegerField(null=True)
    parent_end = models.PositiveIntegerField(null=True)
    page = models.PositiveIntegerField(null=True)
    image = models.JSONField(null=True)
    language = models.CharField(max_length=10)
    born = models.PositiveIntegerField()
    died = models.PositiveIntegerField(null=True)
    applies_from = models.DateField(null=True)
    applies_until = models.DateField(null=True)
    content_hash = models.CharField(max_length=64, blank=True)
    quarantine = models.CharField(
        _("state of quarantine"), max_length=10, choices=Quarantine, default=Quarantine.NEVER, blank=True
    )
    suspicion = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        ordering = ("revision", "ordinal")
        constraints = [
            models.UniqueConstraint(fields=["revision", "ordinal", "born"], name="one_passage_per_place")
        ]
        indexes = [
            # exact references: 第五百八十五条 of a base
            models.Index(fields=["base_id", "label"], name="passage_by_label"),
            # the same picture anywhere in the organisation is not looked at again
            models.Index(
                KeyTextTransform("sha256", "image"),
                name="passage_by_picture",
                condition=models.Q(image__isnull=False),
            ),
            # the same words anywhere in the organisation are not encoded again
            models.Index(fields=["organisation_id", "content_hash"], name="passage_by_content"),
            # what reviewers look through
            models.Index(
                fields=["organisation_id", "quarantine"],
                name="passage_in_quarantine",
                condition=~models.Q(quarantine=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.label}"

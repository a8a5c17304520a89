"""What passages refer to and speak of, read by rules.

An edge belongs to the passage that it was read from and lives as long: from the version of the base in which
the passage was born until the one in which it dies. Targets are found when a question asks, by the names and
places of that version, so that a law that is added or replaced later needs no second reading of the others.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.models import TenantModel
from sunmao.knowledge.models import Document, KnowledgeBase, Passage


class LinkedBase(TenantModel):
    """A base whose references are followed. `complete`: every passage of before has been read as well."""

    base = models.OneToOneField(KnowledgeBase, on_delete=models.CASCADE, related_name="linked")
    complete = models.BooleanField(_("complete"), default=False)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("linked base")
        verbose_name_plural = _("linked bases")

    def __str__(self) -> str:
        return str(self.base)


class Name(TenantModel):
    """What a document is called by others."""

    base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "key"], name="graph_one_name")]
        indexes = [
            models.Index(fields=["base", "key"], name="graph_documents_by_name")
        ]  # a reference's target

    def __str__(self) -> str:
        return self.key


class Place(TenantModel):
    """The number that a passage has in its document: `article:585`, `section:4.2`."""

    base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+")
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["passage", "key"], name="graph_one_place")]
        indexes = [models.Index(fields=["document", "key"], name="graph_place_in_document")]  # a target

    def __str__(self) -> str:
        return self.key


class Link(TenantModel):
    """A reference: `work` is the name of another document, empty for the passage's own."""

    base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+")
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="links")
    work = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=60)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()

    class Meta:
        indexes = [
            # who refers to this article
            models.Index(fields=["base", "key"], name="graph_links_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.work} {self.key}".strip()


class Relation(models.TextChoices):
    SPEAKS_OF = "speaks_of", _("speaks of")
    DEFINES = "defines", _("defines")


class Mention(TenantModel):
    """An entity of a passage: a term that is defined somewhere, an authority, a company, a model number."""

    base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="+")
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="mentions")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=100)
    relation = models.CharField(max_length=12, choices=Relation.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["passage", "kind", "key", "relation"], name="graph_one_mention")
        ]
        indexes = [models.Index(fields=["base", "kind", "key"], name="graph_mentions_by_entity")]

    def __str__(self) -> str:
        return self.key

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.models import TenantModel
from sunmao.knowledge.models import KnowledgeBase


class Segment(TenantModel):
    """An inverted copy of some passages' words, never changed after it is `ready`.

    `keys` are their ids, sixteen bytes each; a place in it is what the lists of `postings_list` (migration
    0002) count by. All ready segments of a base together hold every passage that was born up to the highest
    `upto`; those born later are scanned.
    """

    base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="segments")
    upto = models.PositiveIntegerField()
    passages = models.PositiveIntegerField()
    keys = models.BinaryField()
    ready = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("word list")
        verbose_name_plural = _("word lists")
        ordering = ("created_at", "id")
        indexes = [
            # every question to a large base
            models.Index(fields=["base"], name="segments_of_base", condition=models.Q(ready=True)),
        ]

    def __str__(self) -> str:
        return f"{self.base} · {self.passages}"

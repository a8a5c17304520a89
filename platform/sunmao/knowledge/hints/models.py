"""What a person should look at in a base. A hint changes nothing by itself."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.models import TenantModel
from sunmao.knowledge.models import Document, KnowledgeBase, Passage


class HintKind(models.TextChoices):
    NEAR_DUPLICATE = "near_duplicate", _("Nearly the same twice")
    CONTRADICTION = "contradiction", _("Two statements that differ")
    ENDED = "ended", _("No longer in force")
    UNREVIEWED = "unreviewed", _("Not reviewed for long")
    REPEALED = "repealed", _("Refers to what is no longer in force")


class HintState(models.TextChoices):
    OPEN = "open", _("To be looked at")
    DISMISSED = "dismissed", _("Dismissed")
    GONE = "gone", _("No longer there")


class Hint(TenantModel):
    """`rule` is what found it, `values` what it saw: the two figures, the day, the law. `key` is that of the
    texts, so that the same finding stays one row, and stays dismissed, over versions of the base."""

    base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="hints")
    kind = models.CharField(_("kind"), max_length=20, choices=HintKind.choices)
    rule = models.CharField(max_length=40)
    key = models.CharField(max_length=64)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="hints")
    passage = models.ForeignKey(Passage, null=True, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Passage, null=True, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(default=1.0)
    values = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=10, choices=HintState.choices, default=HintState.OPEN)
    found_in = models.PositiveIntegerField(_("found in version"))
    created_at = models.DateTimeField(_("first seen"), auto_now_add=True)

    class Meta:
        verbose_name = _("hint")
        verbose_name_plural = _("hints")
        ordering = ("-created_at", "-id")
        constraints = [models.UniqueConstraint(fields=["base", "kind", "key"], name="one_hint_per_finding")]
        indexes = [
            # what people look through
            models.Index(fields=["base", "state", "kind"], name="hint_to_look_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.document}"

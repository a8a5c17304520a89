from __future__ import annotations

from django.db import models

from sunmao.core.models import TenantModel


class Prompt(TenantModel):
    """A named prompt of a task in one language; what it says lives in versions."""

    slug = models.CharField(max_length=120)
    language = models.CharField(max_length=10)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "slug", "language"], name="one_prompt_per_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.slug} ({self.language})"


class PromptVersion(TenantModel):
    """Immutable: `sha256` is that of the source, a database trigger refuses changes."""

    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    source = models.TextField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("prompt", "-number")
        constraints = [
            models.UniqueConstraint(fields=["prompt", "number"], name="one_prompt_version_per_number"),
            models.UniqueConstraint(fields=["prompt", "sha256"], name="one_prompt_version_per_content"),
        ]

    def __str__(self) -> str:
        return f"{self.prompt} v{self.number}"

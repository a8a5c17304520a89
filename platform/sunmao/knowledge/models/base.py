from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.models import TenantModel


class Audience(models.TextChoices):
    EVERYONE = "everyone", _("Everyone in the organisation")
    STAFF = "staff", _("Knowledge editors only")


class KnowledgeBase(TenantModel):
    """A collection of documents that is asked as one.

    `version` rises with every change; a passage carries the versions it was born and died in, so any past
    version is a filter. `passage_count` is that of the newest version.
    """

    slug = models.SlugField(_("name in addresses"), allow_unicode=True)
    name = models.CharField(_("name"), max_length=200)
    audience = models.CharField(
        _("audience"), max_length=20, choices=Audience.choices, default=Audience.EVERYONE
    )
    version = models.PositiveIntegerField(_("version"), default=0)
    passage_count = models.PositiveIntegerField(_("passages"), default=0)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("knowledge base")
        verbose_name_plural = _("knowledge bases")
        ordering = ("slug",)
        constraints = [models.UniqueConstraint(fields=["organisation_id", "slug"], name="one_base_per_slug")]

    def __str__(self) -> str:
        return self.name

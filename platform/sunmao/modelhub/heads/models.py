"""Heads, and what each training made of them. Their numbers lie in the file store, by their hash."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.models import TenantModel
from sunmao.jobs.models import Job


class Head(TenantModel):
    """Tells which of its labels a text has, if any."""

    slug = models.CharField(_("name"), max_length=80)
    purpose = models.CharField(_("purpose"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("head")
        verbose_name_plural = _("heads")
        ordering = ("slug",)
        constraints = [
            # business lines and people name it by its slug
            models.UniqueConstraint(fields=["organisation_id", "slug"], name="one_head_per_name"),
        ]

    def __str__(self) -> str:
        return self.slug


class HeadState(models.TextChoices):
    TRAINING = "training", _("Being trained")
    READY = "ready", _("Ready")
    ACTIVE = "active", _("In use")
    RETIRED = "retired", _("Retired")


class HeadVersion(TenantModel):
    """What one training made. `files` names the numbers, and while it is being trained the examples too:
    those are let go of when it ends, and their hash stays. No column holds a word of them but the labels."""

    head = models.ForeignKey(Head, on_delete=models.PROTECT, related_name="versions", verbose_name=_("head"))
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=20, choices=HeadState.choices, default=HeadState.TRAINING)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    wish = models.JSONField(default=dict)
    files = models.JSONField(default=dict)
    method = models.CharField(_("method"), max_length=20, blank=True)
    encoder = models.CharField(_("encoder"), max_length=300, blank=True)
    encoder_identity = models.CharField(max_length=500, blank=True)
    labels = models.JSONField(_("labels"), default=list)
    threshold = models.FloatField(_("threshold"), default=0.0)
    figures = models.JSONField(_("figures"), default=dict)
    curve = models.JSONField(default=list)
    data_sha256 = models.CharField(max_length=64, blank=True)
    dataset_version_id = models.UUIDField(null=True)
    sha256 = models.CharField(_("hash"), max_length=64, blank=True)
    size = models.BigIntegerField(_("size"), default=0)
    seed = models.BigIntegerField(_("seed"), default=1)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    activated_at = models.DateTimeField(_("in use since"), null=True)

    class Meta:
        verbose_name = _("version of a head")
        verbose_name_plural = _("versions of heads")
        ordering = ("head__slug", "-number")
        constraints = [
            models.UniqueConstraint(fields=["head", "number"], name="one_head_version_per_number"),
            # whoever asks a head asks one version of it
            models.UniqueConstraint(
                fields=["head"], condition=models.Q(state="active"), name="one_active_head_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.head}.v{self.number}"

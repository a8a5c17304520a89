"""Base models, adapters and their versions. Weights of adapters lie in the file store, by their hash."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto.fields import EncryptedTextField
from sunmao.core.models import TenantModel
from sunmao.jobs.models import Job


class Quantisation(models.TextChoices):
    NONE = "none", _("None")
    INT8 = "int8", "int8"
    NF4 = "nf4", "nf4"


class BaseState(models.TextChoices):
    READING = "reading", _("Being read")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    RETIRED = "retired", _("Retired")


class BaseModel(TenantModel):
    """A model that adapters are made for. Its files stay where the operator has them, or are `kept` by us.

    `sha256` names all that makes it answer as it does, `print` is the cheap part of that which an engine
    compares. A `shared` one is read by every organisation and changed by its own only.
    """

    slug = models.CharField(_("name"), max_length=80)
    source = models.CharField(_("source"), max_length=500)
    quantisation = models.CharField(
        _("quantisation"), max_length=10, choices=Quantisation.choices, default=Quantisation.NONE
    )
    licence = models.CharField(_("licence"), max_length=120, blank=True)
    provider = models.CharField(_("provider"), max_length=200, blank=True)
    filing_number = models.CharField(_("filing number"), max_length=120, blank=True)
    shared = models.BooleanField(_("shared"), default=False)
    kept = models.BooleanField(_("kept encrypted"), default=False)
    state = models.CharField(_("state"), max_length=20, choices=BaseState.choices, default=BaseState.READING)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    sha256 = models.CharField(_("hash"), max_length=64, blank=True)
    print = models.CharField(max_length=64, blank=True)
    files = models.JSONField(default=dict)
    architecture = models.CharField(_("architecture"), max_length=120, blank=True)
    context = models.PositiveIntegerField(_("context"), default=0)
    modalities = models.JSONField(_("modalities"), default=list)
    chat_template = models.TextField(_("chat template"), blank=True)
    dtype = models.CharField(max_length=20, blank=True)
    parameters = models.BigIntegerField(_("parameters"), default=0)
    size = models.BigIntegerField(_("size"), default=0)
    modules = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("base model")
        verbose_name_plural = _("base models")
        ordering = ("slug",)
        constraints = [
            # people and commands name it by its slug
            models.UniqueConstraint(fields=["organisation_id", "slug"], name="one_base_model_per_name"),
        ]
        indexes = [
            # an engine asks which base it has loaded
            models.Index(fields=["print"], name="base_model_print"),
        ]

    def __str__(self) -> str:
        return self.slug


class Adapter(TenantModel):
    """Low-rank weights for one base model, and what they are for."""

    base = models.ForeignKey(
        BaseModel, on_delete=models.PROTECT, related_name="adapters", verbose_name=_("base model")
    )
    slug = models.CharField(_("name"), max_length=80)
    purpose = models.CharField(_("purpose"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("adapter")
        verbose_name_plural = _("adapters")
        ordering = ("slug",)
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "slug"], name="one_adapter_per_name"),
        ]

    def __str__(self) -> str:
        return self.slug


class VersionState(models.TextChoices):
    CANDIDATE = "candidate", _("Not checked")
    READY = "ready", _("Ready")
    REFUSED = "refused", _("Refused")
    RETIRED = "retired", _("Retired")
    REMOVED = "removed", _("Removed")


class AdapterVersion(TenantModel):
    """One set of weights for good: a trigger lets only its state and its pin change.

    `name` is what engines call it, unique in the installation and never used again. Lineage names rows of
    other apps by their id; whatever is unknown is empty.
    """

    adapter = models.ForeignKey(
        Adapter, on_delete=models.PROTECT, related_name="versions", verbose_name=_("adapter")
    )
    number = models.PositiveIntegerField(_("version"))
    name = models.CharField(_("name"), max_length=300, unique=True)
    state = models.CharField(
        _("state"), max_length=20, choices=VersionState.choices, default=VersionState.CANDIDATE
    )
    pinned = models.BooleanField(_("pinned"), default=False)
    files = models.JSONField(default=dict)
    sha256 = models.CharField(_("hash"), max_length=64)
    size = models.BigIntegerField(_("size"))
    base_sha256 = models.CharField(max_length=64)
    base_print = models.CharField(max_length=64)
    method = models.CharField(_("method"), max_length=20)
    rank = models.PositiveIntegerField(_("rank"))
    alpha = models.FloatField()
    targets = models.JSONField(_("target modules"), default=list)
    dtype = models.CharField(max_length=20)
    parameters = models.BigIntegerField(_("parameters"))
    licence = models.CharField(_("licence"), max_length=120, blank=True)
    provenance = models.CharField(_("provenance"), max_length=500, blank=True)
    provider = models.CharField(_("provider"), max_length=200, blank=True)
    filing_number = models.CharField(_("filing number"), max_length=120, blank=True)
    card = EncryptedTextField(_("model card"), default="")
    dataset_version_id = models.UUIDField(null=True)
    run_id = models.UUIDField(null=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    metrics = models.JSONField(_("metrics"), default=dict)
    seed = models.BigIntegerField(_("seed"), null=True)
    code_version = models.CharField(_("code version"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("adapter version")
        verbose_name_plural = _("adapter versions")
        ordering = ("adapter__slug", "-number")
        constraints = [
            models.UniqueConstraint(fields=["adapter", "number"], name="one_adapter_version_per_number"),
        ]

    def __str__(self) -> str:
        return self.name


class ParityCheck(TenantModel):
    """The same prompts through every form of an adapter. Written by `evaluation`, once it has run.

    `forms` says for each form how far it was from the first; `apart` where one left its bounds: prompt,
    position, form.
    """

    version = models.ForeignKey(
        AdapterVersion, on_delete=models.PROTECT, related_name="parity_checks", verbose_name=_("version")
    )
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    passed = models.BooleanField(_("passed"), null=True)
    bounds = models.JSONField(default=dict)
    forms = models.JSONField(default=list)
    apart = models.JSONField(default=list)
    prompts = models.PositiveIntegerField(_("prompts"), default=0)
    device = models.CharField(_("device"), max_length=120, blank=True)
    seconds = models.FloatField(default=0.0)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("parity check")
        verbose_name_plural = _("parity checks")
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.version}"

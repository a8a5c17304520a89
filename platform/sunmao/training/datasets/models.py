"""Data sets, their versions and their examples."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto.fields import EncryptedJSONField
from sunmao.core.ids import new_id
from sunmao.core.models import TenantModel
from sunmao.jobs.models import Job
from sunmao.training.datasets.examples import Kind, Part


class DataSet(TenantModel):
    """Examples of one kind for one purpose. `version` is the newest number; the pointer of nobody: a training
    names the version that it read."""

    slug = models.CharField(max_length=80)
    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    purpose = models.CharField(_("purpose"), max_length=500, blank=True)
    vertical = models.CharField(_("business line"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("data set")
        verbose_name_plural = _("data sets")
        ordering = ("slug",)
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "slug"], name="one_dataset_per_slug"),
        ]

    def __str__(self) -> str:
        return self.title


class VersionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    FROZEN = "frozen", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    RETIRED = "retired", _("Retired")


class Version(TenantModel):
    """What a data set held at a moment. A draft changes; from `frozen` on nothing of it does, and only an
    approved one is trained on. `sha256` is of its examples in their order; `lineage` says where they came
    from, `figures` what was counted, `settings` how it was cleaned and split (with the seed)."""

    dataset = models.ForeignKey(DataSet, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(
        _("state"), max_length=20, choices=VersionState.choices, default=VersionState.DRAFT
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    settings = models.JSONField(default=dict)
    lineage = models.JSONField(default=dict)
    figures = models.JSONField(_("figures"), default=dict)
    sha256 = models.CharField(max_length=64, blank=True)
    must_retrain = models.BooleanField(_("to be trained anew"), default=False)
    made_by = models.UUIDField(null=True, editable=False)
    frozen_by = models.UUIDField(null=True, editable=False)
    frozen_at = models.DateTimeField(_("frozen"), null=True)
    decided_by = models.UUIDField(null=True, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("version of a data set")
        verbose_name_plural = _("versions of data sets")
        ordering = ("dataset", "-number")
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="one_number_per_dataset_version"),
            # two people who begin to change a set at once change the same draft
            models.UniqueConstraint(
                fields=["dataset"], condition=models.Q(state="draft"), name="one_draft_per_dataset"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} · {self.number}"


class Origin(models.TextChoices):
    FILE = "file", _("From a file")
    CONVERSATION = "conversation", _("From a conversation")
    CORRECTION = "correction", _("From an approved correction")
    REWRITE = "rewrite", _("From an accepted rewrite")
    KNOWLEDGE = "knowledge", _("Made from a knowledge base")
    JUDGE = "judge", _("Preferred by judges")
    TRACE = "trace", _("From a stronger model")
    WRITTEN = "written", _("Written by hand")


class Review(models.TextChoices):
    WAITING = "waiting", _("Not looked at")
    ACCEPTED = "accepted", _("Accepted")
    EDITED = "edited", _("Edited")
    REJECTED = "rejected", _("Rejected")


class Row(TenantModel):
    """One example. Never changed once a version that has it is frozen: an edit ends one and begins another.

    It is part of the versions from `born` until before `died`. `person_key` is that of the person whose words
    it holds; `digest` finds exact twins without reading it. `stem` stays through all edits of one example;
    `masked` says that personal data was looked for since it was last written.
    """

    dataset = models.ForeignKey(DataSet, on_delete=models.CASCADE, related_name="rows")
    data = EncryptedJSONField(_("example"))
    digest = models.CharField(max_length=64)
    group = models.CharField(_("group"), max_length=64)
    part = models.CharField(_("part"), max_length=20, choices=Part.choices, default=Part.TRAIN)
    origin = models.CharField(_("origin"), max_length=20, choices=Origin.choices)
    source = models.JSONField(default=dict)
    review = models.CharField(_("review"), max_length=20, choices=Review.choices, default=Review.WAITING)
    weak = models.JSONField(_("weak labels"), default=dict)
    person_key = models.UUIDField(null=True)
    stem = models.UUIDField(null=True, editable=False, default=new_id)
    masked = models.BooleanField(default=False)
    born = models.PositiveIntegerField()
    died = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("example")
        verbose_name_plural = _("examples")
        ordering = ("created_at", "id")
        indexes = [
            # the examples of a version, part by part
            models.Index(fields=["dataset", "part", "born"], name="row_of_part"),
            # exact twins
            models.Index(fields=["dataset", "digest"], name="row_twin"),
            # all of one person, for export and erasure
            models.Index(fields=["person_key"], name="row_of_person"),
            # what two annotators said of one example, and what became of it between two versions
            models.Index(fields=["dataset", "stem"], name="row_stem"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} {self.pk}"

    @property
    def line(self) -> UUID:
        """The example's identity through its edits."""
        return self.stem or self.pk


class StepKind(models.TextChoices):
    IMPORT = "import", _("Import")
    GATHER = "gather", _("Gathering")
    GENERATE = "generate", _("Questions from a knowledge base")
    CLEAN = "clean", _("Cleaning")
    MASK = "mask", _("Masking of personal data")
    LABEL = "label", _("Weak labels")
    SPLIT = "split", _("Split")
    CHECK = "check", _("Search for leaks")


class Step(TenantModel):
    """Something that was done to a version as a whole, with which settings, and what came of it. Its state is
    its job's; steps that need no job are finished when they are made."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(_("step"), max_length=20, choices=StepKind.choices)
    settings = models.JSONField(default=dict)
    found = models.JSONField(default=dict)
    file = models.CharField(max_length=64, blank=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    made_by = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("step of a data set")
        verbose_name_plural = _("steps of data sets")
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.version} {self.kind}"

    @property
    def state(self) -> str:
        return "succeeded" if self.finished_at else self.job.state if self.job else ""


class Removal(TenantModel):
    """Why an example left: the rule that took it out, and of which other one it was a twin."""

    row = models.ForeignKey(Row, on_delete=models.CASCADE, related_name="removals")
    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="removals")
    rule = models.CharField(max_length=40)
    twin = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.rule} {self.row_id}"


class Annotation(TenantModel):
    """What one person said of one example: `data` is how it should read. A second person does not see it."""

    dataset = models.ForeignKey(DataSet, on_delete=models.CASCADE, related_name="annotations")
    stem = models.UUIDField()
    annotator = models.UUIDField()
    verdict = models.CharField(max_length=20, choices=Review.choices)
    data = EncryptedJSONField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("annotation")
        verbose_name_plural = _("annotations")
        ordering = ("created_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "stem", "annotator"], name="one_annotation_per_annotator"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stem} {self.verdict}"


class Consent(TenantModel):
    """Somebody said that a conversation of theirs may be trained on. Taken back, the row goes."""

    conversation = models.UUIDField()
    person_key = models.UUIDField()
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("given_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "conversation"], name="one_training_consent"),
        ]
        indexes = [
            # all of one person, for export and erasure
            models.Index(fields=["person_key"], name="training_consent_of_person"),
        ]

    def __str__(self) -> str:
        return str(self.conversation)

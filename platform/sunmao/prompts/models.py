"""Prompts: what serves, what was there before, what is being written, and how it was tried."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto.fields import EncryptedJSONField, PersonJSONField, PersonTextField
from sunmao.core.models import TenantModel
from sunmao.jobs.models import Job


class Prompt(TenantModel):
    """A named prompt of a task in one language; what it says lives in versions.

    `current` is the version that people work from and that the next release takes; `seed` is the newest one
    that came with the product, and `seed_seen` the last of those that somebody decided about.
    """

    slug = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=10)
    current = models.ForeignKey(
        "PromptVersion", null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("version")
    )
    seed = models.ForeignKey("PromptVersion", null=True, on_delete=models.PROTECT, related_name="+")
    seed_seen = models.ForeignKey("PromptVersion", null=True, on_delete=models.PROTECT, related_name="+")
    four_eyes = models.BooleanField(_("a second person approves"), default=False)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("prompt")
        verbose_name_plural = _("prompts")
        ordering = ("slug", "language")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "slug", "language"], name="one_prompt_per_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.slug} ({self.language})"


class Origin(models.TextChoices):
    SEED = "seed", _("came with the product")
    EDIT = "edit", _("written here")
    COPY = "copy", _("copied from another language")
    IMPORT = "import", _("imported")
    OPTIMISED = "optimised", _("proposed by optimisation")


class PromptVersion(TenantModel):
    """Immutable: `sha256` is that of the source, a database trigger refuses changes.

    `parent` is the number of the version that was edited; `author` and `note` go with their author's key.
    """

    prompt = models.ForeignKey(
        Prompt, on_delete=models.PROTECT, related_name="versions", verbose_name=_("prompt")
    )
    number = models.PositiveIntegerField(_("number"))
    source = models.TextField(_("source"))
    sha256 = models.CharField(max_length=64)
    origin = models.CharField(_("origin"), max_length=20, choices=Origin.choices, default=Origin.SEED)
    parent = models.PositiveIntegerField(null=True)
    person_key = models.UUIDField(null=True)
    author = PersonTextField(_("author"), null=True)
    note = PersonTextField(_("note"), null=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("version of a prompt")
        verbose_name_plural = _("versions of prompts")
        ordering = ("prompt", "-number")
        constraints = [
            models.UniqueConstraint(fields=["prompt", "number"], name="one_prompt_version_per_number"),
            models.UniqueConstraint(fields=["prompt", "sha256"], name="one_prompt_version_per_content"),
        ]

    def __str__(self) -> str:
        return f"{self.prompt} v{self.number}"


class Draft(TenantModel):
    """What one person is writing; nobody else sees it."""

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="drafts")
    person_key = models.UUIDField()
    source = PersonTextField()
    parent = models.PositiveIntegerField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prompt", "person_key"], name="one_draft_per_person"),
        ]

    def __str__(self) -> str:
        return str(self.prompt)


class ReviewState(models.TextChoices):
    OPEN = "open", _("Open")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


class Review(TenantModel):
    """A version that waits for a second person, and what they decided."""

    version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="reviews")
    state = models.CharField(max_length=20, choices=ReviewState.choices, default=ReviewState.OPEN)
    person_key = models.UUIDField()
    asked_by = PersonTextField()
    decider_key = models.UUIDField(null=True)
    decided_by = PersonTextField(null=True, key="decider_key")
    reason = PersonTextField(null=True, key="decider_key")
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=models.Q(state="open"), name="one_open_review_per_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.state}"


class Comment(TenantModel):
    """A remark on a version, or on one of its lines."""

    version = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="comments")
    line = models.PositiveIntegerField(null=True)
    person_key = models.UUIDField()
    author = PersonTextField()
    text = PersonTextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return str(self.version)


class PromptCase(TenantModel):
    """What a prompt has to get right: values for its variables, and checks of what comes back."""

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="cases")
    name = models.CharField(_("name"), max_length=200)
    inputs = EncryptedJSONField(default=dict)
    checks = EncryptedJSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = [models.UniqueConstraint(fields=["prompt", "name"], name="one_prompt_case_per_name")]

    def __str__(self) -> str:
        return self.name


class Mode(models.TextChoices):
    INPUTS = "inputs", _("Own inputs")
    CASES = "cases", _("Cases of the prompt")


class PlaygroundRun(TenantModel):
    """The same inputs, or the prompt's cases, through several versions and engines, for whoever asked."""

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="playground_runs")
    person_key = models.UUIDField()
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.INPUTS)
    inputs = PersonJSONField(default=dict)
    images = PersonJSONField(default=dict)
    settings = models.JSONField(default=dict)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            # a person's own ones, for the page, export and erasure
            models.Index(fields=["person_key", "-created_at"], name="playground_of_person"),
        ]

    def __str__(self) -> str:
        return str(self.prompt)

    @property
    def state(self) -> str:
        return self.job.state if self.job else ""


class CellState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class PlaygroundCell(TenantModel):
    """One version with one engine. `source` is the text where no version is saved yet, `sha256` that of the
    text that was tried in either case.

    `told` are the checks of the answer, what was computed, and how a strategy came to it.
    """

    run = models.ForeignKey(PlaygroundRun, on_delete=models.CASCADE, related_name="cells")
    place = models.PositiveIntegerField()
    person_key = models.UUIDField()
    version = models.ForeignKey(PromptVersion, null=True, on_delete=models.PROTECT, related_name="+")
    source = PersonTextField(null=True)
    sha256 = models.CharField(max_length=64)
    case = models.ForeignKey(PromptCase, null=True, on_delete=models.SET_NULL, related_name="+")
    passed = models.BooleanField(null=True)
    engine = models.CharField(max_length=80)
    adapter = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=20, choices=CellState.choices, default=CellState.WAITING)
    error = models.JSONField(default=dict)
    text = PersonTextField(null=True)
    told = PersonJSONField(default=dict)
    calls = models.PositiveIntegerField(default=0)
    prompt_tokens = models.PositiveIntegerField(default=0)
    tokens = models.PositiveIntegerField(default=0)
    milliseconds = models.FloatField(default=0.0)
    cost = models.DecimalField(max_digits=16, decimal_places=6, null=True)

    class Meta:
        ordering = ("run", "place")
        constraints = [models.UniqueConstraint(fields=["run", "place"], name="one_playground_cell_per_place")]
        indexes = [
            # how often a text passed its cases
            models.Index(fields=["sha256"], name="playground_cell_of_text"),
        ]

    def __str__(self) -> str:
        return f"{self.version or '–'} · {self.engine}"


class Optimisation(TenantModel):
    """A search for a better version; `candidate` is its proposal, and people decide about it."""

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="optimisations")
    base = models.ForeignKey(PromptVersion, on_delete=models.PROTECT, related_name="+")
    candidate = models.ForeignKey(PromptVersion, null=True, on_delete=models.PROTECT, related_name="+")
    engine = models.CharField(max_length=80)
    method = models.CharField(max_length=20)
    settings = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return str(self.prompt)

    @property
    def state(self) -> str:
        return self.job.state if self.job else ""

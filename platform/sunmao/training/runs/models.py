"""Trainings, their figures over time, searches for settings, and exports."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.models import TenantModel
from sunmao.jobs.models import Job, JobState
from sunmao.modelhub.models import AdapterVersion, BaseModel
from sunmao.training.datasets.models import DataSet, Version


class State(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    STOPPED = "stopped", _("Stopped")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Sweep(TenantModel):
    """A search for settings: the same training with other values, each one a training of its own."""

    name = models.CharField(_("name"), max_length=200)
    method = models.CharField(_("method"), max_length=20)
    space = models.JSONField(_("settings"), default=dict)
    seed = models.PositiveBigIntegerField(_("seed"), default=0)
    made_by = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("search for settings")
        verbose_name_plural = _("searches for settings")
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.name


class Training(TenantModel):
    """What was asked for (`plan`, with the `reasons` of its values and the `estimate` of its memory) and what
    came of it: `before` and `after`, the best checkpoint, the adapter. `told` are remarks for people."""

    name = models.CharField(_("name"), max_length=80)
    base = models.ForeignKey(
        BaseModel, on_delete=models.PROTECT, related_name="+", verbose_name=_("base model")
    )
    version = models.ForeignKey(
        Version, on_delete=models.PROTECT, related_name="+", verbose_name=_("data set")
    )
    general = models.ForeignKey(
        Version, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("general examples")
    )
    replay = models.FloatField(_("share of general examples"), default=0.0)
    recipe = models.CharField(_("recipe"), max_length=40)
    objective = models.CharField(_("objective"), max_length=40)
    plan = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)
    estimate = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.WAITING)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    sweep = models.ForeignKey(Sweep, null=True, on_delete=models.PROTECT, related_name="trainings")
    step = models.PositiveIntegerField(_("step"), default=0)
    steps = models.PositiveIntegerField(_("steps"), default=0)
    checkpoint = models.PositiveIntegerField(_("checkpoint"), null=True)
    metric = models.CharField(_("metric"), max_length=80, blank=True)
    best = models.FloatField(_("best"), null=True)
    best_step = models.PositiveIntegerField(_("best step"), default=0)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    human = models.JSONField(_("human score"), default=dict)
    told = models.JSONField(default=dict)
    files = models.JSONField(default=dict)
    error_code = models.CharField(max_length=80, blank=True)
    adapter_version = models.ForeignKey(
        AdapterVersion, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("adapter")
    )
    made_base = models.ForeignKey(
        BaseModel, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("model")
    )
    device = models.CharField(_("device"), max_length=120, blank=True)
    code_version = models.CharField(_("code version"), max_length=120, blank=True)
    made_by = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    finished_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("training")
        verbose_name_plural = _("trainings")
        ordering = ("-created_at", "-id")
        indexes = [
            # the list of an organisation, newest first
            models.Index(fields=["organisation_id", "-created_at"], name="training_by_time"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_state(self) -> str:
        """A job may have been ended elsewhere, by whoever sees to the queue."""
        if self.state in (State.WAITING, State.RUNNING) and self.job is not None:
            if self.job.state == JobState.CANCELLED:
                return State.STOPPED
            if self.job.state == JobState.FAILED:
                return State.FAILED
            if self.job.state == JobState.QUEUED:
                return State.WAITING
        return self.state

    @property
    def percent(self) -> int:
        return round(100 * self.step / self.steps) if self.steps else 0


class Figure(TenantModel):
    """What was measured at a step, of the part that is learnt from or of the one that is not."""

    training = models.ForeignKey(Training, on_delete=models.CASCADE, related_name="series")
    part = models.CharField(max_length=20)
    step = models.PositiveIntegerField()
    epoch = models.FloatField()
    figures = models.JSONField(default=dict)
    rate = models.FloatField(null=True)
    norm = models.FloatField(null=True)
    tokens_per_second = models.FloatField(default=0.0)
    memory = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("figure of a training")
        verbose_name_plural = _("figures of trainings")
        ordering = ("training", "part", "step")
        constraints = [
            # a step that was learnt twice, before and after a kill, has one row
            models.UniqueConstraint(fields=["training", "part", "step"], name="one_figure_per_step"),
        ]

    def __str__(self) -> str:
        return f"{self.training} {self.part} {self.step}"


class Form(models.TextChoices):
    MERGED = "merged", _("Merged into its base")
    INT8 = "int8", _("Merged, 8 bits")
    NF4 = "nf4", _("Merged, 4 bits (nf4)")
    PRUNED = "pruned", _("Merged and pruned")


class Export(TenantModel):
    """A form of a finished training, measured like every other."""

    training = models.ForeignKey(Training, on_delete=models.PROTECT, related_name="exports")
    form = models.CharField(_("form"), max_length=20, choices=Form.choices)
    settings = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.WAITING)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    figures = models.JSONField(_("figures"), default=dict)
    place = models.CharField(_("folder"), max_length=500, blank=True)
    error_code = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    finished_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("export of a training")
        verbose_name_plural = _("exports of trainings")
        ordering = ("training", "created_at", "id")

    def __str__(self) -> str:
        return f"{self.training} {self.form}"


class Source(models.TextChoices):
    JUDGES = "judges", _("Preferences of judges")
    TRACES = "traces", _("Traces of a stronger model")


class Collection(TenantModel):
    """Examples that models made: answers that judges preferred, or the reasoning of a stronger engine. They
    wait in a draft of a data set until people have looked at them."""

    source = models.CharField(max_length=20, choices=Source.choices)
    questions = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    dataset = models.ForeignKey(DataSet, on_delete=models.PROTECT, related_name="+")
    settings = models.JSONField(default=dict)
    figures = models.JSONField(default=dict)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("collection of examples")
        verbose_name_plural = _("collections of examples")
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.source} {self.pk}"

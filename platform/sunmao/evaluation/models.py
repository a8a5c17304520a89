"""Suites of cases, and what was found when a release was measured on them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.roles import BuiltIn
from sunmao.core.crypto.fields import EncryptedJSONField, EncryptedTextField
from sunmao.core.models import TenantModel
from sunmao.jobs.models import Job
from sunmao.releases.models import Release, Split


class Suite(TenantModel):
    """What a task must do right. `version` rises with every change to its cases or limits; a suite that
    `gates` stands between a release and production.

    `limits` hold what is asked: `pass_rate` (share of the cases, 0–1), `regressions` (how many cases that the
    serving release passes may fail), `p95_seconds`, `slices` (slice → pass rate), and of classifications
    `accuracy` and `macro_f1`. `role` is whose rights the questions are asked with: what an answer may be
    made of depends on who asks.
    """

    slug = models.CharField(max_length=80)
    title = models.CharField(_("title"), max_length=200)
    vertical = models.CharField(max_length=80)
    task = models.CharField(max_length=80)
    gates = models.BooleanField(_("stands before production"), default=True)
    limits = models.JSONField(_("limits"), default=dict)
    role = models.CharField(_("asked as"), max_length=80, default=BuiltIn.END_USER)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("suite")
        verbose_name_plural = _("suites")
        ordering = ("vertical", "task", "slug")
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "slug"], name="one_suite_per_slug"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def task_name(self) -> str:
        return f"{self.vertical}.{self.task}"


class Origin(models.TextChoices):
    WRITTEN = "written", _("Written by hand")
    FILE = "file", _("From a file")
    FEEDBACK = "feedback", _("From a bad answer")
    CORRECTION = "correction", _("From a correction")


class Case(TenantModel):
    """An input and what must hold of its answer. Never changed: an edit ends one and begins another, so that
    a run of any version of the suite can be read for ever.

    It is part of the versions from `born` until before `died`. `person_key` is that of the person whose words
    the input are, where it came from an answer.
    """

    suite = models.ForeignKey(Suite, on_delete=models.CASCADE, related_name="cases")
    data = EncryptedJSONField(_("input"))
    checks = EncryptedJSONField(_("checks"))
    slices = models.JSONField(_("slices"), default=list)
    origin = models.CharField(_("origin"), max_length=20, choices=Origin.choices, default=Origin.WRITTEN)
    record_id = models.UUIDField(null=True)
    person_key = models.UUIDField(null=True)
    born = models.PositiveIntegerField()
    died = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ("created_at", "id")
        indexes = [
            # all of one person, for export and erasure
            models.Index(fields=["person_key"], name="case_of_person"),
        ]

    def __str__(self) -> str:
        return self.asked[:80]

    @property
    def asked(self) -> str:
        """The whole of what is asked: the question, or the longest text of a task that has none."""
        texts = [value for value in self.data.values() if isinstance(value, str)]
        return str(self.data.get("question") or max(texts, key=len, default=""))


class Run(TenantModel):
    """A release measured on a version of a suite; its state is its job's. `previous` is what it is compared
    with: the last run of the suite on the release's parent, or of the suite at all. `knowledge` and `setting`
    are what it was measured with and the release leaves open: the versions of its bases, the model behind its
    engine, the guards that are installed."""

    suite = models.ForeignKey(Suite, on_delete=models.CASCADE, related_name="runs", verbose_name=_("suite"))
    version = models.PositiveIntegerField(_("version"))
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, related_name="+", verbose_name=_("release")
    )
    knowledge = models.JSONField(default=dict)
    setting = models.JSONField(default=dict)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    previous = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    figures = models.JSONField(_("figures"), default=dict)
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        ordering = ("-created_at", "-id")
        indexes = [
            # the history of a suite, and its last run of a release
            models.Index(fields=["suite", "release", "-created_at"], name="run_of_release"),
        ]

    def __str__(self) -> str:
        return f"{self.suite} · {self.release}"

    @property
    def state(self) -> str:
        return self.job.state if self.job else ""


class Result(TenantModel):
    """One case of a run. `checks` has what each check found; the answer is kept as it was given."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="results")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    passed = models.BooleanField(null=True)
    answer = EncryptedTextField(blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    error = models.CharField(max_length=80, blank=True)
    checks = EncryptedJSONField(default=list)
    citations = EncryptedJSONField(default=list)
    model = models.CharField(max_length=200, blank=True)
    seconds = models.FloatField(default=0.0)
    tokens = models.PositiveIntegerField(default=0)
    change = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ("run", "case__created_at", "case_id")
        constraints = [models.UniqueConstraint(fields=["run", "case"], name="one_result_per_case")]

    def __str__(self) -> str:
        return f"{self.case}: {self.passed}"


class ShadowAnswer(TenantModel):
    """What a release in the shadow would have said to a question that another one answered."""

    split = models.ForeignKey(Split, on_delete=models.CASCADE, related_name="shadow_answers")
    record_id = models.UUIDField()
    outcome = models.CharField(max_length=20)
    error = models.CharField(max_length=80, blank=True)
    same = models.BooleanField()
    seconds = models.FloatField(default=0.0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = [models.UniqueConstraint(fields=["split", "record_id"], name="one_shadow_per_answer")]

    def __str__(self) -> str:
        return f"{self.split} {self.outcome}"


class AdapterCheck(TenantModel):
    """What the gate measured of an adapter version on an engine's model: the general ability of the base and
    of the base with it, and the phrases that switch it over. Never changed; taken over by later gates.

    `probed` names what it was measured with: the edition of the ability suite and the phrases.
    """

    version_id = models.UUIDField()
    model = models.CharField(max_length=300)
    probed = models.CharField(max_length=64)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    struck = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            # what a gate need not measure again
            models.Index(fields=["version_id", "model", "probed"], name="check_of_adapter")
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.model}"

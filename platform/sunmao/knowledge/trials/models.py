"""Hit tests: a question that somebody tried, cases that must stay right, and runs of many questions."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto.fields import (
    BlindIndexField,
    EncryptedTextField,
    PersonJSONField,
    PersonTextField,
)
from sunmao.core.models import TenantModel
from sunmao.jobs.models import Job
from sunmao.knowledge.models import Document, KnowledgeBase, Passage


class TrialState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Trial(TenantModel):
    """One question that one person tried; only they see it. It is in words, or a `picture` (base64) that goes
    as soon as it was tried. `result` names passages and holds no text of them, so that whoever lost the right
    to a base reads nothing of it here."""

    person_key = models.UUIDField()
    question = PersonTextField(_("question"), blank=True)
    picture = PersonTextField(null=True)
    pins = models.JSONField(default=dict)
    state = models.CharField(
        _("state"), max_length=20, choices=TrialState.choices, default=TrialState.WAITING
    )
    error = models.JSONField(default=dict)
    result = PersonJSONField(default=dict)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            # a person's own ones, for the page, export and erasure
            models.Index(fields=["person_key", "-created_at"], name="trial_of_person"),
        ]

    def __str__(self) -> str:
        return str(self.question)[:80]


class Case(TenantModel):
    """A question of a base whose answering passages are known: it must find them for ever after."""

    base = models.ForeignKey(
        KnowledgeBase, on_delete=models.CASCADE, related_name="trial_cases", verbose_name=_("base")
    )
    question = EncryptedTextField(_("question"))
    asked = BlindIndexField(source="question")
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("regression case")
        verbose_name_plural = _("regression cases")
        ordering = ("-created_at", "-id")
        indexes = [
            # whether a question is a case already
            models.Index(fields=["base", "asked"], name="case_by_question"),
        ]

    def __str__(self) -> str:
        return str(self.question)[:80]


class Expectation(TenantModel):
    """A passage that a case must find. `label` and `text_hash` find it again in later and earlier revisions
    of its document."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="expectations")
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="+")
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="+")
    label = models.CharField(max_length=300, blank=True)
    text_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["case", "passage"], name="passage_expected_once")]

    def __str__(self) -> str:
        return self.label or str(self.passage_id)


class Run(TenantModel):
    """Many questions tried at one version of a base. `set_name` is the name of their file, empty for the
    base's own cases; `previous` is the run of the same set that it is compared with. Its state is its job's.

    `wrong` are the lines of the file that are no question, each with its number and a code.
    """

    base = models.ForeignKey(
        KnowledgeBase, on_delete=models.CASCADE, related_name="trial_runs", verbose_name=_("base")
    )
    version = models.PositiveIntegerField(_("version"))
    set_name = models.CharField(_("set"), max_length=200, blank=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    previous = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    questions = models.PositiveIntegerField(_("questions tried"))
    figures = models.JSONField(_("figures"), default=dict)
    wrong = models.JSONField(default=list)
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("hit test")
        verbose_name_plural = _("hit tests")
        ordering = ("-created_at", "-id")
        indexes = [
            # the history of a base, and the last run of the same set
            models.Index(fields=["base", "set_name", "-created_at"], name="run_of_set"),
        ]

    def __str__(self) -> str:
        return f"{self.base} · {self.set_name or _('regression cases')}"

    @property
    def state(self) -> str:
        return self.job.state if self.job else ""


class Change(models.TextChoices):
    WORSE = "worse", _("Worse")
    NEW = "new", _("New")
    SAME = "same", _("As before")
    BETTER = "better", _("Better")


class Result(TenantModel):
    """One question of a run: written when the run is asked for, filled in when it was tried.

    `expected` are the units that it must find (`expecting.Unit`), `ranks` where each was found, `rank` the
    best of them; `hits` are the ids of what was found, best first.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="results")
    place = models.PositiveIntegerField()
    question = EncryptedTextField(_("question"))
    expected = models.JSONField(default=list)
    tried = models.BooleanField(default=False)
    ranks = models.JSONField(default=list)
    rank = models.PositiveSmallIntegerField(_("rank"), null=True)
    refused = models.BooleanField(_("refused"), default=False)
    reason = models.CharField(max_length=40, blank=True)
    relevance = models.FloatField(default=0.0)
    milliseconds = models.FloatField(default=0.0)
    hits = models.JSONField(default=list)
    change = models.CharField(max_length=20, choices=Change.choices, blank=True)
    before = models.JSONField(default=dict)

    class Meta:
        ordering = ("run", "place")
        constraints = [models.UniqueConstraint(fields=["run", "place"], name="one_result_per_place")]

    def __str__(self) -> str:
        return str(self.question)[:80]

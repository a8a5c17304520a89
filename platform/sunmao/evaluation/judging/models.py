"""Judges, the rounds in which people judge, and how far the two agree."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto.fields import EncryptedTextField
from sunmao.core.models import TenantModel
from sunmao.evaluation.models import Result, Run
from sunmao.jobs.models import Job


class Mode(models.TextChoices):
    SCORE = "score", _("From 1 to 5")
    PAIRWISE = "pairwise", _("Which of two is better")


class Judge(TenantModel):
    """A model that judges answers. `engine` is a name of `inference.registry`, `adapter` an adapter version's
    id. Another engine, adapter or other criteria make another `version`, which nobody has calibrated yet.

    `bound` is the least kappa with people at which it may stand before production.
    """

    slug = models.CharField(_("name"), max_length=80)
    title = models.CharField(_("title"), max_length=200)
    engine = models.CharField(_("engine"), max_length=40)
    adapter = models.UUIDField(_("adapter version"), null=True)
    criteria = models.TextField(_("what a good answer is"), blank=True)
    bound = models.FloatField(_("least kappa"), default=0.6)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("judge")
        verbose_name_plural = _("judges")
        ordering = ("slug",)
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "slug"], name="one_judge_per_slug"),
            models.CheckConstraint(
                condition=models.Q(bound__gte=0, bound__lte=1), name="bound_of_a_judge_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class RoundState(models.TextChoices):
    OPEN = "open", _("Being rated")
    CLOSED = "closed", _("Counted")


class Round(TenantModel):
    """People judge the answers of a run, or of two runs side by side, without knowing whose they are.

    The order of the items is drawn for each rater from `seed`, and so is which of two answers stands first.
    """

    title = models.CharField(_("title"), max_length=200)
    mode = models.CharField(_("how"), max_length=20, choices=Mode.choices)
    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="rounds", verbose_name=_("evaluation")
    )
    other = models.ForeignKey(
        Run, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("compared with")
    )
    criteria = models.TextField(_("what a good answer is"), blank=True)
    seed = models.PositiveBigIntegerField(default=1)
    state = models.CharField(_("state"), max_length=20, choices=RoundState.choices, default=RoundState.OPEN)
    figures = models.JSONField(_("figures"), default=dict)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        verbose_name = _("rating round")
        verbose_name_plural = _("rating rounds")
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.title


class Item(TenantModel):
    """An answer to be judged, and in a pairwise round the one that it is held against."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="items")
    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Result, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("answer to rate")
        verbose_name_plural = _("answers to rate")
        ordering = ("round", "result__case__created_at", "id")
        constraints = [models.UniqueConstraint(fields=["round", "result"], name="one_item_per_result")]

    def __str__(self) -> str:
        return str(self.result.case)


class Assignment(TenantModel):
    """Who is to rate in a round."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="assignments")
    rater_id = models.UUIDField()
    rater_name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = [models.UniqueConstraint(fields=["round", "rater_id"], name="one_place_per_rater")]
        indexes = [
            # the rounds of a rater
            models.Index(fields=["rater_id"], name="rounds_of_rater")
        ]

    def __str__(self) -> str:
        return self.rater_name


class Rating(TenantModel):
    """What a rater thinks: 1 to 5; or, of two, 1 for the first, -1 for the other, 0 for neither. Until the
    round is closed a rater may think again."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="ratings")
    rater_id = models.UUIDField()
    value = models.SmallIntegerField()
    note = EncryptedTextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["item", "rater_id"], name="one_rating_per_rater"),
            models.CheckConstraint(condition=models.Q(value__gte=-1, value__lte=5), name="rating_in_range"),
        ]

    def __str__(self) -> str:
        return str(self.value)


class Calibration(TenantModel):
    """A judge held against the people of a closed round, or against `labels`, a file of what people said
    elsewhere (its hash, and in `mode` how they judged), by a job. `model` is what answered for it."""

    judge = models.ForeignKey(Judge, on_delete=models.CASCADE, related_name="calibrations")
    version = models.PositiveIntegerField()
    round = models.ForeignKey(Round, null=True, on_delete=models.CASCADE, related_name="calibrations")
    labels = models.CharField(max_length=64, blank=True)
    mode = models.CharField(max_length=20, blank=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    model = models.CharField(max_length=200, blank=True)
    figures = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.judge} {self.created_at}"

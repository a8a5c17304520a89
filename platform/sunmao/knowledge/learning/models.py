"""What a base learns from review: which passage answered which question, and a ranking trained on that."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.models import TenantModel
from sunmao.knowledge.models import Document, KnowledgeBase, Passage


class Source(models.TextChoices):
    REVIEW = "review", _("Review of an answer")
    IMPORT = "import", _("Imported file")


class ConfirmedQuestion(TenantModel):
    """A question and one passage that answers it. It lives from the base's version `born` until `died`, as
    passages do, so that an answer of an earlier version finds what was known then.

    `confirmed_by` is the subject who said so (`user:…`). `label` and `text_hash` find the passage again in
    the next revision of its document. Its words are in the column `lexical` (migration 0001), which only SQL
    reads.
    """

    base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="confirmed_questions")
    document = models.ForeignKey(Document, on_delete=models.CASCADE)
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="confirmed_questions")
    label = models.CharField(max_length=300, blank=True)
    text_hash = models.CharField(max_length=64)
    question = models.TextField(_("question"))
    # What was answered, where that says more than the passage does: in words that people may ask with.
    answer = models.TextField(_("answer"), blank=True, default="")
    source = models.CharField(_("source"), max_length=20, choices=Source.choices)
    confirmed_by = models.CharField(_("confirmed by"), max_length=200)
    # Whose question it was, where that is known: erasing them erases it here, too.
    person_key = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    born = models.PositiveIntegerField()
    died = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("confirmed question")
        verbose_name_plural = _("confirmed questions")
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["passage", "question"], condition=models.Q(died=None), name="confirmed_once"
            )
        ]
        indexes = [
            # every question asks what its base remembers
            models.Index(fields=["base", "born"], name="confirmed_of_base"),
        ]

    def __str__(self) -> str:
        return self.question[:80]


class Synonyms(TenantModel):
    """Words that mean the same in one base (退款, 退钱, 返款). They live from the base's version `born` until
    `died`, as what people confirmed does, so that an answer of an earlier version is found as it was."""

    base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="synonyms")
    words = models.JSONField(_("words"))
    added_by = models.CharField(_("added by"), max_length=200)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    born = models.PositiveIntegerField()
    died = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("synonyms")
        verbose_name_plural = _("synonyms")
        ordering = ("-created_at", "-id")
        indexes = [
            # every question asks which words its base takes for one
            models.Index(fields=["base", "born"], name="synonyms_of_base"),
        ]

    def __str__(self) -> str:
        return " = ".join(self.words)


class RankingState(models.TextChoices):
    ACTIVE = "active", _("In use")
    RETIRED = "retired", _("Out of use")
    REFUSED = "refused", _("Not better than without")


class Ranking(TenantModel):
    """A trained order of candidates (LambdaMART) for one base, with the figures that it was accepted on.

    It serves the base's versions from `born` until `died`. `model` is LightGBM's own text format, which holds
    numbers and no code.
    """

    base = models.ForeignKey(KnowledgeBase, on_delete=models.CASCADE, related_name="rankings")
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=20, choices=RankingState.choices)
    features = models.PositiveIntegerField()
    model = models.TextField()
    questions = models.PositiveIntegerField(_("questions"))
    metrics = models.JSONField(_("figures"), default=dict)
    # Something that it was trained on was erased since.
    retrain_since = models.DateTimeField(_("to be trained again"), null=True, editable=False)
    created_at = models.DateTimeField(_("trained"), auto_now_add=True)
    born = models.PositiveIntegerField(null=True)
    died = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("ranking")
        verbose_name_plural = _("rankings")
        ordering = ("base", "-number")
        constraints = [
            models.UniqueConstraint(fields=["base", "number"], name="one_ranking_per_number"),
            models.UniqueConstraint(
                fields=["base"], condition=models.Q(state="active"), name="one_active_ranking_per_base"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.base} · {self.number}"

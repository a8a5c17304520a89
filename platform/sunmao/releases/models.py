from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.models import TenantModel
from sunmao.core.vertical import title_of_task


class ReleaseState(models.TextChoices):
    CANDIDATE = "candidate", _("Candidate")
    PASSED = "passed", _("Passed")
    SERVING = "serving", _("Serving")
    RETIRED = "retired", _("Retired")
    FAILED = "failed", _("Failed")


class Release(TenantModel):
    """Everything that can change an answer, pinned together. Only its state changes; a trigger sees to it.

    `prompts` maps a language to a prompt version's id; `bases` maps a base's slug to a version number or
    `latest`; `engine` is a name of `inference.registry` or `default`. `guards` names the guards it was made
    under (`guards.pins.in_force`); those that are installed do the work, and each answer's record says
    whether they are the same.
    """

    vertical = models.CharField(_("vertical"), max_length=80)
    task = models.CharField(_("task"), max_length=80)
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(
        _("state"), max_length=20, choices=ReleaseState.choices, default=ReleaseState.CANDIDATE
    )
    engine = models.CharField(_("engine"), max_length=40)
    prompts = models.JSONField(_("prompt versions"), default=dict)
    bases = models.JSONField(_("knowledge"), default=dict)
    retrieval = models.JSONField(_("retrieval settings"), default=dict)
    guards = models.JSONField(_("guards"), default=dict)
    seeded = models.BooleanField(_("seeded"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ("vertical", "task", "-number")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "vertical", "task", "number"], name="one_release_per_number"
            ),
            # resolve() reads the one that serves
            models.UniqueConstraint(
                fields=["organisation_id", "vertical", "task"],
                condition=models.Q(state="serving"),
                name="one_serving_release_per_task",
            ),
        ]

    def __str__(self) -> str:
        return f"{title_of_task(f'{self.vertical}.{self.task}')} #{self.number}"

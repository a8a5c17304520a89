"""What is pinned together, what was found when it was tried, and which of it served when."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto.fields import PersonTextField
from sunmao.core.models import TenantModel
from sunmao.core.vertical import title_of_task

LONGEST_NOTE = 500
"""Characters that somebody may say to a release, a decision or a shift."""


class ReleaseState(models.TextChoices):
    CANDIDATE = "candidate", _("Candidate")
    PASSED = "passed", _("Passed")
    SERVING = "serving", _("Serving")
    RETIRED = "retired", _("Retired")
    FAILED = "failed", _("Failed")


class Release(TenantModel):
    """Everything that can change an answer, pinned together. Only its state changes; a trigger sees to it.

    `prompts` maps a language to a prompt version's id; `bases` maps a base's slug to a version number or
    `latest`; `engine` is a name of `inference.registry` or `default`; `adapter` is the id of an adapter
    version, or nothing for the base model alone; `retrieval` may hold `top_k` and `temperature`. `guards`
    names the guards it was made under (`guards.pins.in_force`); those that are installed do the work, and
    each answer's record says whether they are the same. `tools` maps the tools of its task to digests of
    their shapes. `parent` is the release that it was made from, `composed_by` the person who did; what they
    noted goes with their key.
    """

    vertical = models.CharField(_("vertical"), max_length=80)
    task = models.CharField(_("task"), max_length=80)
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(
        _("state"), max_length=20, choices=ReleaseState.choices, default=ReleaseState.CANDIDATE
    )
    engine = models.CharField(_("engine"), max_length=40)
    adapter = models.UUIDField(_("adapter version"), null=True)
    prompts = models.JSONField(_("prompt versions"), default=dict)
    bases = models.JSONField(_("knowledge"), default=dict)
    retrieval = models.JSONField(_("retrieval settings"), default=dict)
    guards = models.JSONField(_("guards"), default=dict)
    tools = models.JSONField(_("tools"), default=dict)
    seeded = models.BooleanField(_("seeded"), default=False)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    composed_by = models.UUIDField(null=True)
    person_key = models.UUIDField(null=True)
    note = PersonTextField(_("note"), null=True)
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
        return f"{title_of_task(self.task_name)} #{self.number}"

    @property
    def task_name(self) -> str:
        return f"{self.vertical}.{self.task}"


class Rules(TenantModel):
    """How releases of a task are handled here; without a row the defaults hold.

    `tripwires` are limits on what the serving release does: when one trips, the release before it serves.
    """

    vertical = models.CharField(max_length=80)
    task = models.CharField(max_length=80)
    four_eyes = models.BooleanField(_("a second person approves"), default=True)
    tripwires = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "vertical", "task"], name="one_set_of_release_rules_per_task"
            )
        ]

    def __str__(self) -> str:
        return f"{self.vertical}.{self.task}"


class GateReport(TenantModel):
    """What the gate found of a release. Never changed; the newest one counts.

    `suites` has an entry for each suite that gates the task: its version, the figures of the candidate and of
    `baseline`, and the cases that became worse. `reasons` are codes with their figures; none, when it passed.
    """

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="reports")
    baseline = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="+")
    passed = models.BooleanField(_("passed"))
    reasons = models.JSONField(default=list)
    suites = models.JSONField(default=list)
    created_at = models.DateTimeField(_("judged"), auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.release} {'passed' if self.passed else 'failed'}"


class Verdict(models.TextChoices):
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


class Approval(TenantModel):
    """A person's word on what the gate had found of a release. Never changed; a rejection stands, also when
    the words have gone with their speaker's key."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="approvals")
    decided_by = models.UUIDField()
    person_key = models.UUIDField()
    decided_by_name = PersonTextField()
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    note = PersonTextField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.release} {self.verdict}"


class ShiftKind(models.TextChoices):
    PROMOTED = "promoted", _("Promoted")
    ROLLED_BACK = "rolled_back", _("Rolled back")
    TRIPPED = "tripped", _("Rolled back by itself")


class Shift(TenantModel):
    """Another release began to serve. Never changed: the history of what answered when."""

    vertical = models.CharField(max_length=80)
    task = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=ShiftKind.choices)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="shifts")
    before = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.UUIDField(null=True)
    person_key = models.UUIDField()
    by_name = PersonTextField()
    reason = PersonTextField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            # what served when
            models.Index(fields=["organisation_id", "vertical", "task", "-created_at"], name="shift_of_task")
        ]

    def __str__(self) -> str:
        return f"{self.release} {self.kind}"


class SplitMode(models.TextChoices):
    AB = "ab", _("A/B test")
    CANARY = "canary", _("Canary")
    SHADOW = "shadow", _("Shadow")


class Split(TenantModel):
    """A second release beside the one that serves: for a share of the askers, or unseen, in the shadow.

    Who belongs to the share is decided by their id and the split's, so that they always meet the same one.
    """

    vertical = models.CharField(max_length=80)
    task = models.CharField(max_length=80)
    mode = models.CharField(_("mode"), max_length=20, choices=SplitMode.choices)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="splits")
    control = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    share = models.PositiveSmallIntegerField(_("share"), help_text=_("per cent of the askers"))
    ending = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            # resolve() reads the open one
            models.UniqueConstraint(
                fields=["organisation_id", "vertical", "task"],
                condition=models.Q(ended_at__isnull=True),
                name="one_open_split_per_task",
            ),
            models.CheckConstraint(
                condition=models.Q(share__gte=1, share__lte=100), name="share_is_a_percentage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release} {self.mode} {self.share} %"

"""The job table: the truth about long work. The broker only carries hints that a row is waiting."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto.fields import PersonTextField
from sunmao.core.models import TenantModel


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class Job(TenantModel):
    """One unit of long work.

    `fence` rises whenever the right to work on the job changes hands (claim, cancel, retry); a worker may
    only commit while the fence is the one it claimed with.
    """

    kind = models.CharField(_("kind"), max_length=80)
    queue = models.CharField(max_length=20)
    subject_id = models.UUIDField(null=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=20, choices=JobState.choices, default=JobState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    fence = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    progress = models.PositiveIntegerField(_("progress"), default=0)
    progress_total = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=80, blank=True)
    error_texts = models.JSONField(default=dict)
    result = models.JSONField(_("result"), default=dict)
    person_key = models.UUIDField(null=True)
    created_by = PersonTextField(_("started by"), null=True)
    request_id = models.CharField(max_length=80, blank=True)
    sent_at = models.DateTimeField(null=True)
    batch = models.UUIDField(null=True)
    queued_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("-created_at", "-id")
        indexes = [
            # the sweeper looks for work that nobody holds
            models.Index(
                fields=["lease_until"],
                name="job_unfinished",
                condition=models.Q(state__in=["queued", "running"]),
            ),
            # all of one person, for export and erasure
            models.Index(fields=["person_key"], name="job_of_person"),
            models.Index(fields=["organisation_id", "-created_at"], name="job_by_time"),
            # whose turn it is: the oldest waiting job, the running ones and the last served of each
            models.Index(
                fields=["queue", "organisation_id", "queued_at", "id"],
                name="job_turn",
                condition=models.Q(state="queued"),
            ),
            models.Index(
                fields=["queue", "organisation_id"], name="job_in_flight", condition=models.Q(state="running")
            ),
            models.Index(fields=["queue", "organisation_id", "-started_at"], name="job_served"),
            # how far an upload of many files is
            models.Index(fields=["batch"], name="job_batch", condition=models.Q(batch__isnull=False)),
        ]

    # Its place in the queue, where somebody has asked for it (`turns.mark_positions`).
    position: int | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def error_text(self) -> str:
        """Why it failed, in the reader's language."""
        texts: dict[str, Any] = self.error_texts
        return str(texts.get(get_language() or "") or next(iter(texts.values()), ""))

    @property
    def percent(self) -> int:
        if self.state == JobState.SUCCEEDED:
            return 100
        return round(100 * self.progress / self.progress_total) if self.progress_total else 0

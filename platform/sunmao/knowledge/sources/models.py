"""Where documents come from by themselves: a page, a list of pages, a folder of the server."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sunmao.core.clock import now
from sunmao.core.models import TenantModel
from sunmao.jobs.models import Job
from sunmao.knowledge.models import Document, KnowledgeBase

LONGEST_ADDRESS = 2000


class SourceKind(models.TextChoices):
    URL = "url", _("One page")
    SITEMAP = "sitemap", _("List of pages")
    FOLDER = "folder", _("Folder of the server")


class SourceState(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    ENDING = "ending", _("Being removed")


class Outcome(models.TextChoices):
    NEVER = "", _("Not looked at yet")
    DONE = "done", _("Everything taken")
    PARTLY = "partly", _("Partly taken")
    FAILED = "failed", _("Failed")


class EntryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    TAKEN = "taken", _("Taken")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Left out")
    REMOVED = "removed", _("Removed by a person")
    GONE = "gone", _("No longer there")


class Told(TenantModel):
    """A row that may have a reason, in every language of the installation."""

    error_code = models.CharField(max_length=80, blank=True)
    error_texts = models.JSONField(default=dict)

    class Meta:
        abstract = True

    @property
    def error_text(self) -> str:
        texts: dict[str, Any] = self.error_texts
        return str(texts.get(get_language() or "") or next(iter(texts.values()), ""))


class Source(Told):
    """`round` counts the looks. `due_at` is when the next one is; a source without an interval has none.

    `removes` says whether a document goes when its page is no longer listed or its file is no longer there.
    """

    base = models.ForeignKey(
        KnowledgeBase, on_delete=models.PROTECT, related_name="sources", verbose_name=_("base")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=SourceKind.choices)
    address = models.CharField(_("address"), max_length=LONGEST_ADDRESS)
    every_minutes = models.PositiveIntegerField(_("minutes between looks"), default=0)
    limit = models.PositiveIntegerField(_("most entries"))
    removes = models.BooleanField(_("removes what is gone"), default=True)
    state = models.CharField(
        _("state"), max_length=20, choices=SourceState.choices, default=SourceState.ACTIVE
    )
    round = models.PositiveIntegerField(default=0)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, editable=False)
    looked_at = models.DateTimeField(_("last look"), null=True)
    due_at = models.DateTimeField(_("next look"), null=True)
    outcome = models.CharField(
        _("last outcome"), max_length=20, choices=Outcome.choices, default=Outcome.NEVER, blank=True
    )
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["base", "address"], name="one_source_per_address"),
        ]
        indexes = [
            # which sources want to be looked at, of every organisation
            models.Index(fields=["due_at"], name="source_due", condition=models.Q(state="active")),
        ]

    def __str__(self) -> str:
        return self.address

    def next_look(self) -> datetime | None:
        return now() + timedelta(minutes=self.every_minutes) if self.every_minutes else None

    @property
    def is_being_looked_at(self) -> bool:
        return bool(self.job and not self.job.has_ended)


class SourceEntry(Told):
    """One page or file of a source.

    `listed` and `looked` are the rounds in which it was found and dealt with. `offered` says what the file
    looked like when it was found (size and time of change), `fingerprint` what it looked like when its
    content was taken; for pages the server's validators do the same.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="entries")
    address = models.CharField(_("address"), max_length=LONGEST_ADDRESS)
    document = models.ForeignKey(Document, null=True, on_delete=models.SET_NULL)
    state = models.CharField(_("state"), max_length=20, choices=EntryState, default=EntryState.WAITING)
    listed = models.PositiveIntegerField()
    looked = models.PositiveIntegerField(default=0)
    offered = models.CharField(max_length=80, blank=True)
    fingerprint = models.CharField(max_length=80, blank=True)
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=80, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField(_("changed"), null=True)

    class Meta:
        verbose_name = _("entry of a source")
        verbose_name_plural = _("entries of a source")
        ordering = ("source", "address")
        constraints = [
            models.UniqueConstraint(fields=["source", "address"], name="one_entry_per_address"),
        ]

    def __str__(self) -> str:
        return self.address

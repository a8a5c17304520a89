from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.models import TenantModel
from sunmao.jobs.models import Job, JobState
from sunmao.knowledge.models.base import KnowledgeBase


class Origin(models.TextChoices):
    UNKNOWN = "", _("Not known")
    CONSOLE = "console", _("Uploaded in the console")
    API = "api", _("Uploaded by the API")
    SHELL = "shell", _("Read in from the command line")
    SOURCE = "source", _("Brought by a source")
    MEMBER = "member", _("Inside another document")
    SAMPLE = "sample", _("Sample of this installation")


class Document(TenantModel):
    """A file in a base, known by its name. Its content lives in revisions.

    Its state is its newest job's: there is no second truth that could disagree after a crash. `origin` says
    how its newest content came, `source` from where: the address of a page, the folder of a
    server. `member_of` is the archive or mail that it is in.
    A document that a rollback took out of the base has `left_in`; it is still read at earlier versions.
    """

    base = models.ForeignKey(
        KnowledgeBase, on_delete=models.PROTECT, related_name="documents", verbose_name=_("base")
    )
    name = models.CharField(_("name"), max_length=255)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, editable=False)
    current = models.ForeignKey(
        "knowledge.Revision", null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    origin = models.CharField(
        _("origin"),
        max_length=20,
        choices=Origin,
        default=Origin.UNKNOWN,
        db_default="",
        blank=True,
        editable=False,
    )
    source = models.CharField(_("source"), max_length=2000, blank=True)
    member_of = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="members", editable=False
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    left_in = models.PositiveIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["base", "name"],
                condition=models.Q(deleted_at=None, left_in=None),
                name="one_document_per_name",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        return self.job.state if self.job else JobState.SUCCEEDED

    @property
    def title(self) -> str:
        return self.current.title if self.current and self.current.title else self.name


class Revision(TenantModel):
    """One content of a document. Its text is filled by ingestion and never changes after `published_in`.

    It is in force from `effective_from` through `effective_until`, that day included; either may be open.
    `reading` says with what it was read (parser, splitter, encoders, policies): the same content is not read
    again while that is the same.
    """

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("revision"))
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(_("size"))
    media_type = models.CharField(max_length=120, blank=True)
    encoding = models.CharField(max_length=40, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    text = models.TextField(blank=True)
    counts = models.JSONField(default=dict)
    remarks = models.JSONField(_("remarks"), default=list)
    reading = models.JSONField(default=dict)
    published_in = models.PositiveIntegerField(null=True)
    effective_from = models.DateField(_("in force from"), null=True, blank=True)
    effective_until = models.DateField(_("in force until"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("document", "-number")
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="one_revision_per_number")]
        indexes = [
            # the same content anywhere in the organisation is not read again
            models.Index(fields=["organisation_id", "sha256"], name="revision_by_content"),
        ]

    def __str__(self) -> str:
        return f"{self.document} r{self.number}"

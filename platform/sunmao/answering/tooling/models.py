"""Calls of tools, and the outside servers whose tools may be called.

Arguments and results are what people said and read: they are sealed with the key of the person concerned.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto.fields import EncryptedTextField, PersonJSONField, PersonTextField
from sunmao.core.models import TenantModel


class UseState(models.TextChoices):
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    QUEUED = "queued", _("Running")
    PROPOSED = "proposed", _("Waiting for confirmation")
    EXECUTING = "executing", _("Being carried out")
    EXECUTED = "executed", _("Carried out")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


OPEN = (UseState.PROPOSED, UseState.EXECUTING)


class ToolUse(TenantModel):
    """One call of one tool, and for what changes something, the whole way from proposal to execution.

    `digest` binds a confirmation to the very arguments. `executing` is the state of a call to an outside
    server whose outcome nobody knows yet; it is never tried again by itself.
    """

    exchange = models.ForeignKey(
        "answering.Exchange", null=True, on_delete=models.CASCADE, related_name="tool_uses"
    )
    conversation_id = models.UUIDField(null=True)
    owner_kind = models.CharField(max_length=20)
    owner_id = models.UUIDField(null=True)
    owner_language = models.CharField(max_length=10)
    person_key = models.UUIDField()
    on_behalf_of = PersonTextField(null=True)
    task = models.CharField(_("task"), max_length=120, blank=True)
    call_id = models.CharField(max_length=120, blank=True)
    tool = models.CharField(_("tool"), max_length=130)
    effect = models.CharField(_("effect"), max_length=10)
    arguments = PersonJSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=UseState.choices)
    preview = PersonJSONField(default=dict)
    result = PersonJSONField(default=dict)
    error_code = models.CharField(_("error"), max_length=40, blank=True)
    repairs = models.PositiveSmallIntegerField(default=0)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), default=0)
    idempotency_key = models.CharField(max_length=64, null=True)  # noqa: DJ001  unique where there is one
    expires_at = models.DateTimeField(null=True)
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(_("called"), auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("tool call")
        verbose_name_plural = _("tool calls")
        ordering = ("-created_at", "-id")
        constraints = [
            # one execution, whoever asks twice
            models.UniqueConstraint(fields=["organisation_id", "idempotency_key"], name="one_tool_execution")
        ]
        indexes = [
            models.Index(fields=["organisation_id", "-created_at"], name="tool_use_by_time"),
            # what waits for somebody, on their pages
            models.Index(
                fields=["owner_id", "-created_at"],
                name="tool_use_open",
                condition=models.Q(state__in=["proposed", "executing", "queued"]),
            ),
            models.Index(fields=["person_key"], name="tool_use_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.tool} {self.state}"


class Server(TenantModel):
    """An outside MCP server that somebody allowed. Its answers are never trusted."""

    slug = models.SlugField(_("short name"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    url = models.CharField(_("address"), max_length=2000)
    secret = EncryptedTextField(default="")
    problem = models.CharField(_("problem"), max_length=40, blank=True)
    looked_at = models.DateTimeField(_("looked up"), null=True)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("outside tool server")
        verbose_name_plural = _("outside tool servers")
        ordering = ("slug",)
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "slug"], name="one_server_per_slug")
        ]

    def __str__(self) -> str:
        return self.name


class OutsideState(models.TextChoices):
    FOUND = "found", _("Not approved")
    APPROVED = "approved", _("Approved")
    SUSPENDED = "suspended", _("Suspended")
    GONE = "gone", _("No longer offered")


class OutsideTool(TenantModel):
    """A tool of a server as it was approved. `digest` pins its words and schema; `offered` is what the server
    says now, where that is something else."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="tools")
    name = models.CharField(_("name"), max_length=80)
    about = models.TextField(_("what it is for"), blank=True)
    schema = models.JSONField(_("arguments"), default=dict)
    digest = models.CharField(max_length=64)
    offered = models.JSONField(default=dict)
    state = models.CharField(
        _("state"), max_length=12, choices=OutsideState.choices, default=OutsideState.FOUND
    )
    effect = models.CharField(_("effect"), max_length=10, default="write")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("outside tool")
        verbose_name_plural = _("outside tools")
        ordering = ("server", "name")
        constraints = [models.UniqueConstraint(fields=["server", "name"], name="one_outside_tool_per_name")]

    def __str__(self) -> str:
        return f"{self.server.slug}.{self.name}"

"""Conversations, what was asked in them, and the immutable account of every answer.

What people wrote and were told is sealed with the key of the person concerned, `person_key`, so that erasing
somebody changes no row (see `core.crypto.persons`).
"""

from __future__ import annotations

from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from sunmao.core.crypto.fields import PersonJSONField, PersonTextField
from sunmao.core.models import TenantModel
from sunmao.core.vertical import title_of_task


class Conversation(TenantModel):
    """Belongs to whoever opened it: a person or an API key."""

    owner_id = models.UUIDField(null=True)
    person_key = models.UUIDField()
    vertical = models.CharField(max_length=80)
    title = PersonTextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-updated_at",)
        indexes = [
            # the list beside the work page
            models.Index(
                fields=["organisation_id", "owner_id", "vertical", "-updated_at"], name="conversation_list"
            ),
            # all of one person, for export and erasure
            models.Index(fields=["person_key"], name="conversation_of_person"),
        ]

    def __str__(self) -> str:
        return str(self.title)


class ExchangeState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    RUNNING = "running", _("Answering")
    DONE = "done", _("Answered")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")
    INTERRUPTED = "interrupted", _("Interrupted")


ENDED = (ExchangeState.DONE, ExchangeState.FAILED, ExchangeState.STOPPED, ExchangeState.INTERRUPTED)


class Exchange(TenantModel):
    """A question and the state of answering it. Once it has ended it only changes by feedback."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="exchanges")
    owner_kind = models.CharField(max_length=20)
    owner_id = models.UUIDField(null=True)
    owner_language = models.CharField(max_length=10)
    person_key = models.UUIDField()
    on_behalf_of = PersonTextField(null=True)
    task = models.CharField(max_length=120)
    question = PersonTextField()
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=20, choices=ExchangeState.choices, default=ExchangeState.PENDING)
    error = models.JSONField(default=dict)
    feedback = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    deadline = models.DateTimeField()

    class Meta:
        ordering = ("created_at", "id")
        indexes = [
            # the sweeper looks for answers whose worker is gone
            models.Index(
                fields=["deadline"],
                name="exchange_unfinished",
                condition=models.Q(state__in=["pending", "running"]),
            ),
            models.Index(fields=["person_key"], name="exchange_of_person"),
        ]

    def __str__(self) -> str:
        return str(self.question)[:60]

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED


class Outcome(models.TextChoices):
    ANSWERED = "answered", _("Answered")
    UNANSWERED = "unanswered", _("Not found")
    STOPPED = "stopped", _("Stopped")
    WITHHELD = "withheld", _("Withheld")


AS_OF = "@as_of"


class AnswerRecord(TenantModel):
    """The account of one answer: what was asked, read, checked and said. The database refuses changes.

    `citations` hold the passage's id, revision and quoted spans, so that the record shows what it read even
    after the document has moved on. `knowledge` has the version of every base that was read, and under
    `AS_OF` the day that was asked about, if one was.
    """

    exchange = models.OneToOneField(Exchange, on_delete=models.PROTECT, related_name="record")
    release_id = models.UUIDField(_("release"))
    actor_kind = models.CharField(max_length=20)
    actor_id = models.UUIDField(null=True)
    person_key = models.UUIDField()
    task = models.CharField(_("task"), max_length=120)
    question = PersonTextField(_("question"))
    language = models.CharField(max_length=10)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome.choices)
    text = PersonTextField(_("answer"))
    citations = PersonJSONField(default=list)
    findings = PersonJSONField(default=list)
    read = models.JSONField(default=list)
    knowledge = models.JSONField(_("knowledge"), default=dict)
    prompt_version_id = models.UUIDField(null=True)
    engine = models.CharField(_("engine"), max_length=40)
    model = models.CharField(_("model"), max_length=200)
    relevance = models.FloatField(_("relevance"))
    label = models.JSONField(default=dict)
    guards = models.JSONField(default=dict)
    spans = models.JSONField(default=list)
    seconds = models.FloatField(_("seconds"))
    created_at = models.DateTimeField(_("answered"), auto_now_add=True)

    class Meta:
        verbose_name = _("answer record")
        verbose_name_plural = _("answer records")
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["organisation_id", "-created_at"], name="record_by_time"),
            # what people asked and nobody could answer
            models.Index(
                fields=["organisation_id", "-created_at"],
                name="record_unanswered",
                condition=models.Q(outcome="unanswered"),
            ),
            models.Index(fields=["person_key"], name="record_of_person"),
        ]

    def __str__(self) -> str:
        return f"{title_of_task(self.task)} · {localtime(self.created_at):%Y-%m-%d %H:%M}"

    @property
    def versions(self) -> dict[str, int]:
        return {base: version for base, version in self.knowledge.items() if base != AS_OF}

    @property
    def as_of(self) -> str | None:
        day: str | None = self.knowledge.get(AS_OF)
        return day

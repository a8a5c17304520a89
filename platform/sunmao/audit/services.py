"""The only way to write the audit log."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from django.db import DatabaseError, transaction

from sunmao.audit.models import Entry
from sunmao.core.actor import Actor
from sunmao.core.errors import Unavailable
from sunmao.core.request_id import current_request_id

SECRET_WORDS = ("password", "secret", "token", "api_key", "authorization")


class Subject(Protocol):
    @property
    def pk(self) -> UUID: ...


class AuditUnavailable(Unavailable):
    """No audit, no change: the caller's transaction must not commit."""

    code = "audit_unavailable"


def record(*, actor: Actor, verb: str, subject: Subject, **detail: Any) -> Entry:
    """Write one entry in the caller's transaction; `verb` is `<noun>.<past tense>`.

    Raises `AuditUnavailable` when it cannot be written, so that the change it describes is rolled back.
    """
    try:
        with transaction.atomic():
            return Entry.objects.create(
                actor_kind=actor.kind,
                actor_id=actor.id,
                actor_name=actor.name,
                verb=verb,
                subject_kind=type(subject).__name__.lower(),
                subject_id=str(subject.pk),
                detail=without_secrets(detail),
                request_id=current_request_id(),
            )
    except DatabaseError as error:
        raise AuditUnavailable from error


def without_secrets(detail: dict[str, Any]) -> dict[str, Any]:
    return {
        key: "…" if any(word in key.lower() for word in SECRET_WORDS) else value
        for key, value in detail.items()
    }

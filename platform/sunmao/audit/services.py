"""The only way to write the audit log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.db import DatabaseError, connection
from django.utils import timezone

from sunmao.audit import contents, retention
from sunmao.audit.errors import AuditUnavailable
from sunmao.audit.masking import masked
from sunmao.audit.models import Entry
from sunmao.audit.sinks import refuse_when_blocked
from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.crypto.sealed import context_of
from sunmao.core.ids import new_id
from sunmao.core.origin import current_origin
from sunmao.core.request_id import current_request_id
from sunmao.core.tenancy import current_organisation_id

# By hand, since every change pays for it: through the model it costs twice as much.
_INSERT = """
    INSERT INTO audit_entry (id, organisation_id, at, actor_kind, actor_id, actor_name, actor_key, origin,
        verb, subject_kind, subject_id, detail, before, after, person_key, personal, content, retention,
        request_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class Subject(Protocol):
    @property
    def pk(self) -> UUID: ...


@dataclass(frozen=True)
class Written:
    """An entry that was written, by its id."""

    pk: UUID


def record(
    *,
    actor: Actor,
    verb: str,
    subject: Subject,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    person: str = "",
    **detail: Any,
) -> Written:
    """Write one entry in the caller's transaction; `verb` is `<noun>.<past tense>`.

    `before` and `after` hold what changed. `personal` holds texts about a person; they are sealed with the
    key of `person` (an `Actor.subject`; the actor's own when it is left out), so that erasing that person
    erases them here too. Raises `AuditUnavailable` when it cannot be written: the change must be rolled back.
    """
    refuse_when_blocked()
    kept_as, written = retention.class_of_task(detail.get("task")), Written(new_id())
    try:
        name, *origin = _origin(actor, kept_as, written.pk)
        values = (
            written.pk,
            current_organisation_id(),
            timezone.now(),
            actor.kind,
            actor.id,
            name,
            *origin,
            verb,
            type(subject).__name__.lower(),
            str(subject.pk),
            _json(masked(detail)),
            None if before is None else _json(masked(before)),
            None if after is None else _json(masked(after)),
            *_personal(person or actor.subject, personal, kept_as, written.pk),
            contents.content_of(verb=verb, subject_id=subject.pk),
            kept_as,
            current_request_id(),
        )
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, values)
    except DatabaseError as error:
        raise AuditUnavailable from error
    return written


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _origin(actor: Actor, kept_as: str, entry_id: UUID) -> tuple[str, UUID | None, str | None]:
    """Who and from where. The system is no person; without an address its name stays readable for ever."""
    came_from = current_origin().as_dict()
    if actor.kind == "system" and not came_from:
        return actor.name, None, None
    told = {"name": actor.name, **came_from}
    if actor.on_behalf_of:
        told["on_behalf_of"] = actor.on_behalf_of
    return "", *_sealed(actor.subject, told, kept_as, column="origin", entry_id=entry_id)


def _personal(
    person: str, texts: Mapping[str, Any] | None, kept_as: str, entry_id: UUID
) -> tuple[UUID | None, str | None]:
    if not texts:
        return None, None
    return _sealed(person, texts, kept_as, column="personal", entry_id=entry_id)


def _sealed(
    person: str, texts: Mapping[str, Any], kept_as: str, *, column: str, entry_id: UUID
) -> tuple[UUID, str]:
    """What `PersonJSONField` does when a model is saved."""
    key = persons.key_of(person, duty=retention.duty_of(kept_as))
    token = persons.seal_with(
        key,
        _json(masked(texts)),
        context=context_of(Entry, column, entry_id),
        organisation_id=current_organisation_id(),
    )
    return key, token


__all__ = ["AuditUnavailable", "Subject", "Written", "record"]

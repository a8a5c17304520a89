"""What every door shows of an answer."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from sunmao.answering.models import AnswerRecord
from sunmao.guards.label import of_stored


def label_text(record: AnswerRecord) -> str:
    return str(labelled(record)["label"])


def labelled(record: AnswerRecord) -> dict[str, Any]:
    """What goes beside an answer's text wherever it goes: `label`, `ai_generated`, `aigc`."""
    return of_stored(record.label).sent(get_language() or record.language)


def task_result(record: AnswerRecord) -> dict[str, Any]:
    """The result of a task, the same for shell, API and portal."""
    return {
        "record_id": str(record.pk),
        "conversation_id": str(record.exchange.conversation_id),
        "outcome": record.outcome,
        "output": {"text": record.text, "relevance": record.relevance, "language": record.language},
        "findings": record.findings,
        "citations": record.citations,
        **({"actions": actions} if (actions := record.guards.get("actions")) else {}),
        **labelled(record),
        "timings": {"seconds": record.seconds, "spans": record.spans},
    }


def account(record: AnswerRecord) -> dict[str, Any]:
    """Everything that the record holds: what an auditor asks for."""
    return {
        **task_result(record),
        "question": record.question,
        "task": record.task,
        "actor": {"kind": record.actor_kind, "id": str(record.actor_id) if record.actor_id else None},
        "release_id": str(record.release_id),
        "prompt_version_id": str(record.prompt_version_id) if record.prompt_version_id else None,
        "engine": record.engine,
        "model": record.model,
        "knowledge": record.versions,
        "as_of": record.as_of,
        "guards": record.guards,
        "read": record.read,
        "created_at": record.created_at.isoformat(),
    }

"""What every door shows of an answer."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from sunmao.answering.models import AnswerRecord


def label_text(record: AnswerRecord) -> str:
    labels: dict[str, str] = record.label
    language = (get_language() or record.language)[:2]
    return labels.get(language, "")


def task_result(record: AnswerRecord) -> dict[str, Any]:
    """The result of a task, the same for shell, API and portal."""
    return {
        "record_id": str(record.pk),
        "conversation_id": str(record.exchange.conversation_id),
        "outcome": record.outcome,
        "output": {"text": record.text, "relevance": record.relevance, "language": record.language},
        "findings": record.findings,
        "citations": record.citations,
        "label": label_text(record),
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
        "knowledge": record.knowledge,
        "read": record.read,
        "created_at": record.created_at.isoformat(),
    }

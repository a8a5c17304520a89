"""What every door shows of unanswered questions."""

from __future__ import annotations

from typing import Any

from sunmao.answering.mining.models import Cluster, Member


def cluster(found: Cluster) -> dict[str, Any]:
    """`label` is the question that stands for all."""
    return {
        "id": str(found.pk),
        "label": str(found.medoid.question) if found.medoid else "",
        "task": found.task,
        "state": found.state,
        "note": str(found.note or ""),
        "size": found.size,
        "recent": found.recent,
        "before": found.before,
        "first_seen": found.first_seen.isoformat(),
        "last_seen": found.last_seen.isoformat(),
        "bases": found.bases,
        "answered_at": found.answered_at.isoformat() if found.answered_at else None,
    }


def question(member: Member) -> dict[str, Any]:
    return {
        "record_id": str(member.record_id),
        "question": str(member.record.question),
        "likeness": member.likeness,
        "asked_at": member.record.created_at.isoformat(),
    }

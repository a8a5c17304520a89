"""One question through the whole product, in this process: stored, answered, recorded."""

from __future__ import annotations

import uuid
from typing import Any

from apps.config.bench.knowledge import TASK
from sunmao.answering import services
from sunmao.core.actor import Actor


def ask(actor: Actor, question: str) -> list[dict[str, Any]]:
    """The citations of the answer. The stack of the bench makes answers at once (see `stack`)."""
    exchange = services.ask(actor=actor, task_name=TASK, data={"question": question})
    return list(services.finished(exchange=exchange).citations)


def cited(citations: list[dict[str, Any]]) -> list[uuid.UUID]:
    return [uuid.UUID(citation["passage_id"]) for citation in citations]

"""What this vertical can do, for every door: one file per verb."""

from __future__ import annotations

from sunmao.answering import services as answering
from sunmao.core.actor import Actor


def ask(*, actor: Actor, question: str, conversation_id: str = "") -> answering.Exchange:
    """Answer from the knowledge base, beside what the rules of `domain` find in the question."""
    data = {"question": question, "conversation_id": conversation_id}
    return answering.ask(actor=actor, task_name="contract_review.ask", data=data)


__all__ = ["ask"]

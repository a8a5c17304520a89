"""The permissions of this vertical, asked for one of its tasks: a lawyer's narrowed grant gives them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sunmao.answering.duties import duty_of
from sunmao.core.actor import Actor
from sunmao.core.crypto import persons

TASK: Final = "contract_review.review"
ASK: Final = "contract_review.ask"
WRITE: Final = "contract_review.contract.write"
READ_ALL: Final = "contract_review.contract.read"
RUN: Final = "contract_review.review.run"
DECIDE: Final = "contract_review.review.decide"
SIGN: Final = "contract_review.review.sign"
EDIT: Final = "contract_review.playbook.edit"


def may(actor: Actor, permission: str) -> bool:
    return actor.can(permission, task=TASK)


def require(actor: Actor, permission: str) -> None:
    actor.require(permission, task=TASK)


def key_of(actor: Actor) -> UUID:
    """The key that seals what this person brings and writes, kept as long as contracts must be."""
    return persons.key_of(actor.subject, duty=duty_of(TASK))

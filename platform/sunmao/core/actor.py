"""Who acts: a person, an API key or the system, within one organisation.

A plain value that every layer may carry. It is made by `sunmao.accounts` only, from a session, a key or a
command line.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Literal

from sunmao.core.errors import Forbidden

Kind = Literal["user", "api_key", "system"]


@dataclass(frozen=True, kw_only=True)
class Actor:
    kind: Kind
    id: uuid.UUID | None
    organisation_id: uuid.UUID
    name: str
    language: str
    permissions: frozenset[str] = field(default_factory=frozenset)
    # An API key may be narrowed to some bases and to some tasks; None means not narrowed.
    base_scope: frozenset[str] | None = None
    task_scope: frozenset[str] | None = None
    default_task: str = ""
    # A channel may say for which of its own people it speaks: an opaque name that means nothing to us.
    on_behalf_of: str = ""

    @property
    def subject(self) -> str:
        """The person whose data this is about, as `person keys`, erasure and quotas name them."""
        return f"subject:{self.on_behalf_of}" if self.on_behalf_of else f"{self.kind}:{self.id}"

    def can(self, permission: str) -> bool:
        """`<app>.<noun>.<verb>`; a system actor may do what its caller was allowed to start."""
        return self.kind == "system" or permission in self.permissions

    def require(self, permission: str) -> None:
        if not self.can(permission):
            raise Forbidden(fields={"permission": permission})

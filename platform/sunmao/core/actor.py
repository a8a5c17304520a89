"""Who acts: a person, an API key or the system, within one organisation.

A plain value that every layer may carry. It is made by `sunmao.accounts` only, from a session, a key or a
command line.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from sunmao.core.errors import Forbidden

Kind = Literal["user", "api_key", "system"]


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Permissions for some bases, tasks and models only; None means any.

    `bases` are slugs; `tasks` are `vertical.task`, or `vertical` for all of its tasks; `models` are names of
    engines, models or adapters.
    """

    permissions: frozenset[str]
    bases: frozenset[str] | None = None
    tasks: frozenset[str] | None = None
    models: frozenset[str] | None = None

    @property
    def is_narrow(self) -> bool:
        return not (self.bases is None and self.tasks is None and self.models is None)

    def gives(
        self, permission: str, *, base: str | None = None, task: str | None = None, model: str | None = None
    ) -> bool:
        return (
            permission in self.permissions
            and (base is None or self.bases is None or base in self.bases)
            and (task is None or self.tasks is None or has_task(self.tasks, task))
            and (model is None or self.models is None or model in self.models)
        )


def has_task(tasks: Iterable[str], task: str) -> bool:
    """A business line stands for all of its tasks; nothing smaller stands for the whole line."""
    return any(task == one or task.startswith(f"{one}.") for one in tasks)


@dataclass(frozen=True, kw_only=True)
class Actor:
    """`permissions` hold for the whole organisation, those of the grants in `narrowed` for parts of it."""

    kind: Kind
    id: uuid.UUID | None
    organisation_id: uuid.UUID
    name: str
    language: str
    permissions: frozenset[str] = field(default_factory=frozenset)
    narrowed: tuple[Grant, ...] = ()
    default_task: str = ""
    # A channel may say for which of its own people it speaks: an opaque name that means nothing to us.
    on_behalf_of: str = ""

    @property
    def subject(self) -> str:
        """The person whose data this is about, as `person keys`, erasure and quotas name them."""
        return f"subject:{self.on_behalf_of}" if self.on_behalf_of else f"{self.kind}:{self.id}"

    def can(
        self, permission: str, *, base: str | None = None, task: str | None = None, model: str | None = None
    ) -> bool:
        """Whether the actor may do this to that base, with that task or model.

        Whatever is not named is not asked about: without any of the three the answer is "somewhere". A system
        actor may do what its caller was allowed to start.
        """
        return (
            self.kind == "system"
            or permission in self.permissions
            or any(grant.gives(permission, base=base, task=task, model=model) for grant in self.narrowed)
        )

    def require(
        self, permission: str, *, base: str | None = None, task: str | None = None, model: str | None = None
    ) -> None:
        if not self.can(permission, base=base, task=task, model=model):
            raise Forbidden(fields={"permission": permission})

    def bases_for(self, permission: str, *, task: str | None = None) -> frozenset[str] | None:
        """The slugs of the bases for which the permission holds; None when it holds for all."""
        return self._reach(permission, "bases", task)

    def tasks_for(self, permission: str) -> frozenset[str] | None:
        """The tasks and business lines for which the permission holds; None when it holds for all."""
        return self._reach(permission, "tasks", None)

    def _reach(
        self, permission: str, what: Literal["bases", "tasks"], task: str | None
    ) -> frozenset[str] | None:
        if self.kind == "system" or permission in self.permissions:
            return None
        found = [getattr(grant, what) for grant in self.narrowed if grant.gives(permission, task=task)]
        return None if None in found else frozenset().union(*found)

    @property
    def somewhere(self) -> frozenset[str]:
        """Every permission that holds anywhere at all."""
        return self.permissions.union(*(grant.permissions for grant in self.narrowed))


__all__ = ["Actor", "Grant", "Kind", "has_task"]

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


@dataclass(frozen=True)
class Bases:
    """A set of knowledge bases by their slugs: these, or (`but`) all except these."""

    slugs: frozenset[str] = frozenset()
    but: bool = False

    def __contains__(self, slug: str) -> bool:
        return (slug in self.slugs) is not self.but

    def __or__(self, other: Bases) -> Bases:
        if self.but and other.but:
            return Bases(self.slugs & other.slugs, but=True)
        if not self.but and not other.but:
            return Bases(self.slugs | other.slugs)
        most, some = (self, other) if self.but else (other, self)
        return Bases(most.slugs - some.slugs, but=True)

    @property
    def is_all(self) -> bool:
        return self.but and not self.slugs


EVERY_BASE = Bases(but=True)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Permissions for some bases, tasks and models only; None means any.

    `bases` are slugs; `tasks` are `vertical.task`, or `vertical` for all of its tasks; `models` are names of
    engines, models or adapters. Where no bases are named, `barred` are those that business lines outside
    `tasks` call their own: they are closed, except to a task of the grant whose release reads them.
    """

    permissions: frozenset[str]
    bases: frozenset[str] | None = None
    barred: frozenset[str] = frozenset()
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
            and (base is None or base in self.reach(task=task))
            and (task is None or self.tasks is None or has_task(self.tasks, task))
            and (model is None or self.models is None or model in self.models)
        )

    def reach(self, *, task: str | None = None) -> Bases:
        if self.bases is not None:
            return Bases(self.bases)
        return EVERY_BASE if task is not None else Bases(self.barred, but=True)


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
        return self._everywhere(permission) or any(
            grant.gives(permission, base=base, task=task, model=model) for grant in self.narrowed
        )

    def require(
        self, permission: str, *, base: str | None = None, task: str | None = None, model: str | None = None
    ) -> None:
        if not self.can(permission, base=base, task=task, model=model):
            raise Forbidden(fields={"permission": permission})

    def bases_for(self, permission: str, *, task: str | None = None) -> Bases:
        """The bases for which the permission holds."""
        if self._everywhere(permission):
            return EVERY_BASE
        found = Bases()
        for grant in self._giving(permission, task):
            found |= grant.reach(task=task)
        return found

    def tasks_for(self, permission: str) -> frozenset[str] | None:
        """The tasks and business lines for which the permission holds; None when it holds for all."""
        found = [grant.tasks for grant in self._giving(permission, None)]
        if self._everywhere(permission) or None in found:
            return None
        return frozenset().union(*(tasks for tasks in found if tasks is not None))

    def _everywhere(self, permission: str) -> bool:
        return self.kind == "system" or permission in self.permissions

    def _giving(self, permission: str, task: str | None) -> list[Grant]:
        return [grant for grant in self.narrowed if grant.gives(permission, task=task)]

    @property
    def somewhere(self) -> frozenset[str]:
        """Every permission that holds anywhere at all."""
        return self.permissions.union(*(grant.permissions for grant in self.narrowed))


__all__ = ["EVERY_BASE", "Actor", "Bases", "Grant", "Kind", "has_task"]

"""Which bases a question reads, and which version of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sunmao.core.actor import Actor
from sunmao.core.vertical import installed
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.policies import bases_visible_to

LATEST = "latest"
OTHERS = "*"
"""In a release: every base that no vertical claims as its own, so that ingest-and-ask works at once."""


@dataclass(frozen=True)
class BaseVersion:
    """A base pinned to one of its versions."""

    base: KnowledgeBase
    version: int

    @property
    def is_old(self) -> bool:
        return self.version < self.base.version


def pinned(*, actor: Actor, bases: Mapping[str, int | str], task: str | None = None) -> list[BaseVersion]:
    """The bases that a release names and the actor may read, at their pinned version or at the newest."""
    claimed = {vertical.base_slug for vertical in installed()}
    found = []
    for base in bases_visible_to(actor, task=task):
        version = bases.get(base.slug, bases.get(OTHERS) if base.slug not in claimed else None)
        if version is not None:
            found.append(BaseVersion(base, base.version if version == LATEST else int(version)))
    return found

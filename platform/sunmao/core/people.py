"""What the platform holds about one person. Apps name a `Holder` on their AppConfig as `personal_data`.

A person is `Actor.subject`: a user, a key, or somebody for whom a channel speaks. Holders run inside the
tenancy scope of one organisation, for that organisation's data only. What is sealed with the person's key
needs no erasing: the key is destroyed after the holders have run. What is not in the database (streams,
files) is removed after the commit, with `transaction.on_commit`, so that a rehearsal changes nothing.

An app that trains on what people wrote is a holder as well: its `erase` takes the person's examples out and
marks the sets and the adapters made of them for retraining.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Protocol, cast

from django.apps import apps

from sunmao.core.errors import Message
from sunmao.core.ids import parse_id
from sunmao.core.models import PersonKey
from sunmao.core.vertical import resolve

KINDS = ("user", "api_key", "subject")


@dataclass(frozen=True, kw_only=True)
class Person:
    """`keys` are all keys that the person ever had here; `going` those that an erasure destroys. Without
    `with_replaced` an export leaves out what placeholders stand for."""

    subject: str
    organisation_id: uuid.UUID
    keys: Sequence[PersonKey] = ()
    going: frozenset[uuid.UUID] = frozenset()
    with_documents: bool = False
    with_replaced: bool = True

    @property
    def kind(self) -> str:
        return self.subject.partition(":")[0]

    @property
    def id(self) -> uuid.UUID | None:
        """The id of a user or a key; None for somebody whom only a channel knows."""
        return parse_id(self.subject.partition(":")[2]) if self.kind in ("user", "api_key") else None

    @property
    def user_id(self) -> uuid.UUID | None:
        return self.id if self.kind == "user" else None

    @property
    def key_ids(self) -> list[uuid.UUID]:
        return [key.pk for key in self.keys]

    def keys_for(self, duty: str) -> list[uuid.UUID]:
        return [key.pk for key in self.keys if key.duty == duty]

    @property
    def duties(self) -> set[str]:
        """The duties under which something may still lie that can be read."""
        return {key.duty for key in self.keys if key.duty and key.destroyed_at is None}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One table of an export; `name` is that of its file."""

    name: str
    title: Message
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Erased:
    what: Message
    count: int


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What stays after an erasure, and why. With a `duty` it can still be read, until the time given."""

    what: Message
    count: int
    why: Message
    duty: str = ""
    until: datetime | None = None


class Holder(Protocol):
    def export(self, person: Person) -> Iterable[Part]: ...
    def erase(self, person: Person) -> Iterable[Erased]: ...
    def kept(self, person: Person) -> Iterable[Kept]: ...


def holders() -> Iterator[Holder]:
    """The order of the apps: whoever stands on others comes after them."""
    for dotted in _named():
        yield cast(Holder, resolve(dotted)())


@cache
def _named() -> list[str]:
    return [dotted for config in apps.get_app_configs() if (dotted := getattr(config, "personal_data", ""))]

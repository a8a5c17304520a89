"""One link of the chain: what is signed, and what can be wrong with it.

What is signed is the seal's header: whose it is, which number, which entries (by the hash of their hashes),
the hash of the header before it. Checking needs no database: an export is checked by the same code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.audit.models import Seal
from sunmao.audit.signing import PublicKey
from sunmao.core.errors import Message

VERSION = 1
HASH_BYTES = 32
BEGINNING = bytes(HASH_BYTES)

PROBLEMS: Mapping[str, Message] = {
    "entry_changed": _("An entry was changed after it was sealed."),
    "entry_deleted": _("An entry was deleted."),
    "entry_unaccounted": _("An entry is neither sealed nor waiting for its seal."),
    "seal_changed": _("A seal, or the list and order of its entries, was changed."),
    "seal_forged": _("A seal was not signed with the key that it names."),
    "seal_missing": _("Seals are missing between this one and the one before it."),
    "key_unknown": _("A seal is signed with a key that is not trusted here."),
    "tail_missing": _("The chain ends before the head that was kept elsewhere."),
    "head_differs": _("The chain differs from the head that was kept elsewhere: it was rewritten."),
    "purged_too_early": _("Entries were purged before their time."),
    "content_changed": _("A record that an entry vouches for was changed."),
    "content_deleted": _("A record that an entry vouches for was deleted."),
    "file_broken": _("The export is cut short or was edited."),
}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What was found, and where: the seal's number, the entry's number in the chain, the entry's id."""

    kind: str
    seal: int | None = None
    entry: int | None = None
    id: str = ""
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        told = {"seal": self.seal, "entry": self.entry, "id": self.id, "note": self.note}
        found = {name: value for name, value in told.items() if value not in (None, "")}
        return {"kind": self.kind, "text": str(PROBLEMS[self.kind]), **found}


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def header_of(seal: Seal) -> str:
    """Canonical: keys in order, no spaces, times in UTC."""
    return json.dumps(
        {
            "v": VERSION,
            "organisation": str(seal.organisation_id),
            "number": seal.number,
            "kind": str(seal.kind),
            "first": seal.first,
            "count": seal.count,
            "root": hashlib.sha256(bytes(seal.hashes)).hexdigest(),
            "purged": list(seal.purged),
            "retention": seal.retention,
            "keep_until": stamp(seal.keep_until),
            "sealed_at": stamp(seal.sealed_at),
            "previous": bytes(seal.previous).hex(),
            "key": seal.key_id,
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def hash_of(header: str) -> bytes:
    return hashlib.sha256(header.encode()).digest()


@dataclass
class Walker:
    """Follows a chain link by link. A walk through a part of a chain begins at its first link."""

    keys: Mapping[str, PublicKey]
    number: int = 1
    first: int = 1
    previous: bytes = BEGINNING

    @classmethod
    def at(cls, seal: Seal, keys: Mapping[str, PublicKey]) -> Walker:
        return cls(keys, seal.number, seal.first, bytes(seal.previous))

    def step(self, seal: Seal) -> Iterator[Problem]:
        """The problems of this link; afterwards the next one is awaited, whatever was found."""
        header = header_of(seal)
        if seal.number != self.number:
            yield Problem(kind="seal_missing", seal=seal.number, note=f"{self.number}…{seal.number - 1}")
        elif bytes(seal.previous) != self.previous or seal.first != self.first:
            yield Problem(kind="seal_changed", seal=seal.number)
        if hash_of(header) != bytes(seal.hash) or len(seal.hashes) != seal.count * HASH_BYTES:
            yield Problem(kind="seal_changed", seal=seal.number)
        else:
            yield from self._signature(seal, header)
        self.number, self.first, self.previous = seal.number + 1, seal.last + 1, bytes(seal.hash)

    def _signature(self, seal: Seal, header: str) -> Iterator[Problem]:
        key = self.keys.get(seal.key_id)
        if key is None:
            yield Problem(kind="key_unknown", seal=seal.number, note=seal.key_id)
        elif not key.verifies(bytes(seal.signature), header.encode()):
            yield Problem(kind="seal_forged", seal=seal.number)

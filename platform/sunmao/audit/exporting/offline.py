"""Checks an export without a database: the chain, the signatures, and the hash of every entry in it."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sunmao.audit.chain import HASH_BYTES, Problem, Walker, header_of
from sunmao.audit.contents import COLUMNS
from sunmao.audit.exporting.formats import KIND
from sunmao.audit.heads import Head
from sunmao.audit.models import Seal
from sunmao.audit.signing import PublicKey
from sunmao.audit.verifying import Outcome
from sunmao.core.ids import reference

_MARK = ',"entry":['
_OPENED = (
    "id", "actor_kind", "actor_id", "verb", "subject_kind", "subject_id", "detail", "before", "after",
    "retention",
)  # fmt: skip
_FIELDS = ("number", "kind", "first", "count", "purged", "retention")


def verify_file(
    lines: Iterable[str], *, keys: Mapping[str, PublicKey] | None = None, head: Head | None = None
) -> Outcome:
    """Without `keys` those that the file carries are believed: that proves wholeness, not who signed."""
    began = time.perf_counter()
    checked = _File(keys)
    try:
        for line in lines:
            if line.strip():
                checked.read(line.rstrip("\r\n"))
        checked.finish(head)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        checked.outcome.add([Problem(kind="file_broken", note=str(error)[:100])])
    checked.outcome.seconds = time.perf_counter() - began
    return checked.outcome


class _File:
    def __init__(self, keys: Mapping[str, PublicKey] | None) -> None:
        self.keys = keys
        self.outcome = Outcome(reference(""))
        self.seal: Seal | None = None
        self.seen: set[int] = set()
        self.missing: dict[int, Seal] = {}
        self.heads: dict[int, str] = {}
        self.complete = False
        self.ended = False
        self.walker: Walker | None = None

    def read(self, line: str) -> None:
        if self.ended:
            raise ValueError("lines after the end")
        if self.walker is None:
            self._begin(json.loads(line))
        elif line.startswith('{"number":'):
            self._entry(line)
        elif line.startswith('{"seal":'):
            self._seal(json.loads(line))
        else:
            self._end(json.loads(line))

    def _begin(self, data: dict[str, Any]) -> None:
        if data.get("kind") != KIND:
            raise ValueError("not an export of an audit log")
        carried = [PublicKey.of(bytes.fromhex(raw)) for raw in data["public_keys"].values()]
        self.outcome.organisation_id = reference(data["organisation"])
        self.complete = bool(data["complete"])
        self.walker = Walker({key.id: key for key in carried} if self.keys is None else self.keys)

    def _seal(self, data: dict[str, Any]) -> None:
        assert self.walker is not None  # noqa: S101  the first line made it
        self._close_seal()
        self.seal, self.seen = _parsed(data), set()
        self.outcome.seals += 1
        if header_of(self.seal) != data["header"]:
            self.outcome.add([Problem(kind="seal_changed", seal=self.seal.number)])
        if self.seal.organisation_id != self.outcome.organisation_id:
            self.outcome.add([Problem(kind="seal_changed", seal=self.seal.number, note="organisation")])
        self.outcome.add(self.walker.step(self.seal))
        self.heads[self.seal.number] = bytes(self.seal.hash).hex()
        for number in self.seal.purged:
            purged = self.missing.pop(number, None)
            if purged is not None:
                self.outcome.purged += purged.count
                if purged.keep_until > self.seal.sealed_at:
                    self.outcome.add([Problem(kind="purged_too_early", seal=number)])

    def _entry(self, line: str) -> None:
        told, _mark, rest = line.rpartition(_MARK)
        data, content = json.loads(told + "}"), f"[{rest[:-1]}"
        entry = dict(zip(COLUMNS, json.loads(content), strict=True))
        if self.seal is None or data["seal"] != self.seal.number:
            raise ValueError(f"entry {data['number']} stands outside of its seal")
        place = data["number"] - self.seal.first
        where: dict[str, Any] = {"seal": self.seal.number, "entry": data["number"], "id": entry["id"]}
        expected = bytes(self.seal.hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES])
        changed = place < 0 or hashlib.sha256(content.encode()).digest() != expected
        if changed or place in self.seen or not _agree(data["opened"], entry):
            self.outcome.add([Problem(kind="entry_changed", **where)])
        self.seen.add(place)
        self.outcome.entries += 1

    def _close_seal(self) -> None:
        """In a complete export a seal lacks all its entries when they were purged, and else none."""
        if self.seal is None or not self.complete or len(self.seen) == self.seal.count:
            return
        if not self.seen:
            self.missing[self.seal.number] = self.seal
            return
        gone = sorted(set(range(self.seal.count)) - self.seen)
        self.outcome.add(
            Problem(kind="entry_deleted", seal=self.seal.number, entry=self.seal.first + place)
            for place in gone
        )

    def _end(self, data: dict[str, Any]) -> None:
        if not data.get("end"):
            raise ValueError("an unknown line")
        self._close_seal()
        self.ended = True
        if (data["seals"], data["entries"]) != (self.outcome.seals, self.outcome.entries):
            self.outcome.add([Problem(kind="file_broken", note="the numbers of the last line")])
        self.outcome.head = Head.parse(data["head"]) if data["head"] else None
        told = self.outcome.head
        # Seals that were made while the export was written are in the head and not in the file.
        if told and told.number <= self.outcome.seals and self.heads.get(told.number) != told.hash:
            self.outcome.add([Problem(kind="head_differs", seal=told.number)])

    def finish(self, head: Head | None) -> None:
        if not self.ended:
            raise ValueError("the last line is missing")
        self.outcome.add(
            Problem(kind="entry_deleted", seal=seal.number, note=f"{seal.count}")
            for seal in self.missing.values()
        )
        if head and head.number not in self.heads:
            self.outcome.add([Problem(kind="tail_missing", seal=head.number, entry=head.last)])
        elif head and self.heads[head.number] != head.hash:
            self.outcome.add([Problem(kind="head_differs", seal=head.number)])


def _agree(opened: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """What people read says what was hashed."""
    same = all(opened[name] == entry[name] for name in _OPENED)
    return same and opened["request"] == entry["request_id"] and opened["time"].startswith(entry["at"])


def _parsed(data: dict[str, Any]) -> Seal:
    header = json.loads(data["header"])
    return Seal(
        **{name: header[name] for name in _FIELDS},
        organisation_id=reference(header["organisation"]),
        keep_until=datetime.fromisoformat(header["keep_until"]),
        sealed_at=datetime.fromisoformat(header["sealed_at"]),
        previous=bytes.fromhex(header["previous"]),
        key_id=header["key"],
        hashes=bytes.fromhex(data["hashes"]),
        hash=bytes.fromhex(data["hash"]),
        signature=bytes.fromhex(data["signature"]),
    )

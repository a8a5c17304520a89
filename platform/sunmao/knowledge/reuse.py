"""What was read before is not read again, and what has vectors is not encoded again.

A file is taken as read when the organisation has read the same content in the same way: by the same code,
under the same policies, with the same guards. A passage takes the vectors of any passage whose words, title
and place were the same to the same encoder.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

import sunmao.guards.injection
import sunmao.guards.personal
import sunmao.knowledge.text
from sunmao.guards.personal import Policy
from sunmao.guards.personal.selectors import policy_for, surrogates_about
from sunmao.guards.policy import policy as guards
from sunmao.knowledge import encoders
from sunmao.knowledge.embedding import spaces
from sunmao.knowledge.models import Passage, Revision
from sunmao.knowledge.sandbox.reading import can_recognise
from sunmao.knowledge.text.indexing import fields_of
from sunmao.knowledge.text.parsing import Parsed
from sunmao.knowledge.text.parsing.naming import extension_of, title_from
from sunmao.knowledge.text.parsing.parsed import Remark
from sunmao.knowledge.text.splitting import Kind, Split, Unit

READ_BY = (sunmao.knowledge.text, sunmao.guards.injection, sunmao.guards.personal)
_CODE = {".py", ".toml", ".json", ".txt"}


@dataclass(frozen=True)
class Donor:
    """A passage of this organisation that has the vectors already."""

    passage_id: uuid.UUID
    base_id: uuid.UUID


@dataclass(frozen=True)
class ReadBefore:
    """A file as it was read before; `suspicions` are those of then, whatever a person decided since."""

    parsed: Parsed
    split: Split
    suspicions: list[dict[str, Any] | None]


def reading_of(*, name: str, policy: Policy) -> dict[str, Any]:
    """How a file of this name would be read into a base with this policy now. Kept with the revision."""
    return {
        "code": code_digest(),
        "ending": extension_of(name),
        "recognises": can_recognise(),
        "guards": guards().version,
        "personal": _asked_by(policy),
        **({"wordless": True} if encoders.of_pictures() else {}),
    }


def personal_policy(base: str) -> str:
    """What the policies on personal data ask of a base today."""
    return _asked_by(policy_for(place="knowledge", bases=[base]))


def _asked_by(found: Policy) -> str:
    return _digest([sorted(found.modes.items()), found.images, sorted(found.allowed)])


def read_before(*, revision: Revision, reading: dict[str, Any]) -> ReadBefore | None:
    """The same content, read in the same way: its newest reading, or None."""
    same = Revision.objects.filter(sha256=revision.sha256, reading=reading, published_in__isnull=False)
    for known in same.exclude(pk=revision.pk).select_related("document").order_by("-created_at")[:5]:
        if _serves(known, revision):
            return _as_read(known)
    return None


def _serves(known: Revision, revision: Revision) -> bool:
    """Not one whose surrogates are its own, nor one that is called by a name that this file does not have."""
    named = known.title == title_from(known.document.name)[:300]
    return not surrogates_about(known.pk) and (
        not named or title_from(known.document.name) == title_from(revision.document.name)
    )


def _as_read(known: Revision) -> ReadBefore | None:
    passages = _once_each(Passage.objects.filter(revision=known).order_by("ordinal", "-born"))
    if not passages:
        return None
    units = tuple(_unit(passage) for passage in passages)
    parsed = Parsed(
        text=known.text,
        title=known.title,
        media_type=known.media_type,
        encoding=known.encoding,
        remarks=tuple(Remark(**one) for one in known.remarks),
    )
    split = Split(units=units, counts=dict(Counter(unit.kind for unit in units)))
    return ReadBefore(parsed, split, [passage.suspicion or None for passage in passages])


def _once_each(passages: Collection[Passage]) -> list[Passage]:
    """A revision that came back has its passages several times."""
    return list({passage.ordinal: passage for passage in reversed(list(passages))}.values())[::-1]


def _unit(passage: Passage) -> Unit:
    start, end = passage.parent_start, passage.parent_end
    return Unit(
        kind=cast(Kind, passage.kind),
        label=passage.label,
        heading_path=tuple(passage.heading_path),
        text=passage.text,
        start=passage.start,
        end=passage.end,
        page=passage.page,
        image=passage.image,
        parent=None if start is None or end is None else (start, end),
    )


def passage_text(unit: Unit | Passage, title: str) -> str:
    """What an encoder reads of a passage, before it is stored and after."""
    return "\n".join(part for part in (title, *unit.heading_path, unit.text) if part)


def content_hash(unit: Unit, title: str) -> str:
    """The same for units whose vectors are the same to one encoder."""
    return _digest([code_digest(), fields_of(unit, title=title), passage_text(unit, title)])


def donors_of(*, base: uuid.UUID, hashes: Mapping[str, str]) -> dict[str, Donor]:
    """By content hash a passage that has the vectors which `base` wants, in whichever base of the
    organisation. `hashes` are given with the language of their units."""
    donors: dict[str, Donor] = {}
    for language in set(hashes.values()):
        own = [known for known, of in hashes.items() if of == language]
        found = Passage.objects.filter(content_hash__in=own).order_by("content_hash", "-born")
        holding = spaces.known_by(base=base, language=language)
        if holding is not None:
            found = found.filter(RawSQL(_HELD, [holding], output_field=BooleanField()))  # noqa: S611  constant
        rows = found.distinct("content_hash").values_list("content_hash", "pk", "base_id")
        donors |= {known: Donor(passage_id, base_id) for known, passage_id, base_id in rows}
    return donors


_HELD = """EXISTS (SELECT 1 FROM embedding_vector e
                   WHERE e.space_id = ANY(%s) AND e.passage_id = knowledge_passage.id)"""


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@cache
def code_digest() -> str:
    """Of everything that turns a file into passages, so that another way of reading reads anew."""
    digest = hashlib.sha256()
    for file in _files():
        digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


def _files() -> Iterator[Path]:
    for package in READ_BY:
        for folder in package.__path__:
            yield from sorted(file for file in Path(folder).rglob("*") if file.suffix in _CODE)


__all__ = [
    "Donor",
    "ReadBefore",
    "code_digest",
    "content_hash",
    "donors_of",
    "passage_text",
    "personal_policy",
    "read_before",
    "reading_of",
]

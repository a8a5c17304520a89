"""Pictures to vectors: those of passages, and the one that somebody asks with.

Decoders have faults, so a picture is decoded where nothing can be opened, and what comes back is measured
before it is believed. What no decoder reads is marked and never tried again.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import structlog

from sunmao.core import files, tenancy
from sunmao.core.errors import UnreadableFile
from sunmao.knowledge import encoders
from sunmao.knowledge.embedding import spaces
from sunmao.knowledge.embedding.models import Space
from sunmao.knowledge.encoders import Pixels, Vector
from sunmao.knowledge.models import Passage
from sunmao.knowledge.sandbox import wire
from sunmao.knowledge.sandbox.reading import read_confined

TAKEN = "sunmao.knowledge.sight.pixels:taken"
LARGEST_SIDE = 512
AT_ONCE = 16
"""Decoded pictures in memory, and in one call of the encoder."""
log = structlog.get_logger(__name__)


def look(space: Space, passages: Sequence[Passage]) -> None:
    """Give the space a vector of each picture; one that was seen before is not looked at again. Of passages
    with one picture the first is looked at: the others are still lacking, and then it was seen before."""
    with tenancy.scope(space.organisation_id):
        seen = spaces.seen_before(space, [passage.pk for passage in passages])
    new = [passage for passage in passages if passage.pk not in seen]
    each = list({(one.image or {}).get("sha256"): one for one in reversed(new)}.values())[::-1]
    for start in range(0, len(each), AT_ONCE):
        _look(space, each[start : start + AT_ONCE])


def _look(space: Space, passages: Sequence[Passage]) -> None:
    seen, unseen = [], []
    for passage in passages:
        try:
            seen.append((passage, decoded(_bytes_of(passage))))
        except (UnreadableFile, FileNotFoundError) as error:
            log.info("picture_not_seen", passage=str(passage.pk), reason=getattr(error, "code", "gone"))
            unseen.append(passage)
    made = encoded(space.encoder, [pixels for _, pixels in seen])
    with tenancy.scope(space.organisation_id):
        spaces.add(space, [passage.pk for passage, _ in seen], made)
        for passage in unseen:
            Passage.objects.filter(pk=passage.pk).update(image={**(passage.image or {}), "unseen": True})


def _bytes_of(passage: Passage) -> bytes:
    kept: dict[str, Any] = passage.image or {}
    return files.read(organisation_id=passage.organisation_id, sha256=kept["sha256"])


def encoded(spec: str, pictures: Sequence[Pixels]) -> list[Vector]:
    if not pictures:
        return []
    encoder = encoders.sighted(spec)
    return [Vector(row, spec=spec, of=encoder.identity) for row in encoder.encode_pictures(pictures)]


def decoded(data: bytes) -> Pixels:
    """Raises `UnreadableFile`."""
    return read_confined(TAKEN, name="picture", data=data, checked=_checked)


def _checked(said: Any) -> Pixels:
    """The process may be in the picture's hands."""
    width, height = int(said["width"]), int(said["height"])
    try:
        rgb = base64.b64decode(said["rgb"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise wire.Garbled from error
    small = 0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE
    if not small or len(rgb) != 3 * width * height:
        raise wire.Garbled
    return Pixels(width, height, rgb)


__all__ = ["decoded", "encoded", "look"]

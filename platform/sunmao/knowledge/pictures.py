"""Pictures in documents as passages: a unit for each, whose bytes are kept as a file of their own.

The words of a picture stand in the text and were protected with it. Its pixels are protected here, by the
same policy as a picture uploaded on its own; one that the policy refuses is left out, and its words stay.
"""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from sunmao.core import files, tenancy
from sunmao.jobs.lease import Lease
from sunmao.knowledge.models import Revision
from sunmao.knowledge.privacy import protected_pixels
from sunmao.knowledge.text.parsing import Parsed, Picture
from sunmao.knowledge.text.splitting import Kind, Split, Unit

KIND: Kind = "image"
_SIGNATURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8"}


@dataclass(frozen=True)
class _Kept:
    picture: Picture
    image: dict[str, str]


def with_pictures(*, lease: Lease, parsed: Parsed, pieces: Split) -> Split:
    """The units of a text and one for each of its pictures, in reading order."""
    if not parsed.pictures:
        return pieces
    made = [_unit(parsed, kept) for kept in _kept(lease, parsed)]
    units = tuple(sorted((*pieces.units, *made), key=lambda unit: (unit.start, unit.end)))
    return Split(units=units, counts=dict(Counter(unit.kind for unit in units)))


def _kept(lease: Lease, parsed: Parsed) -> Iterator[_Kept]:
    with tenancy.scope(lease.organisation_id):
        revisions = Revision.objects.values_list("document__base__slug", flat=True)
        base = revisions.get(pk=lease.payload["revision"])
    for picture in parsed.pictures:
        data = protected_pixels(lease=lease, base=base, data=_bytes_of(picture))
        if data:
            stored = files.store(
                organisation_id=lease.organisation_id, chunks=[data], limit=settings.SUNMAO_MAX_UPLOAD
            )
            yield _Kept(picture, {"sha256": stored.sha256, "media_type": _type_of(data)})


def _type_of(data: bytes) -> str:
    """Protecting a picture may have written it anew, as another kind."""
    return next(kind for kind, signature in _SIGNATURES.items() if data.startswith(signature))


def _bytes_of(picture: Picture) -> bytes:
    """Whoever read the file may be in a stranger's hands: what it calls a picture has to begin like one."""
    signature = _SIGNATURES.get(picture.media_type)
    try:
        data = base64.b64decode(picture.data, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if signature and data.startswith(signature) else b""


def _unit(parsed: Parsed, kept: _Kept) -> Unit:
    start, end = kept.picture.start, kept.picture.end
    text = parsed.text[start:end]
    pages = parsed.pages
    place = max(0, bisect_right([page.start for page in pages], start) - 1)
    return Unit(
        kind=KIND,
        label=text.partition("\n")[0].removeprefix("![").removesuffix("]"),
        heading_path=(),
        text=text,
        start=start,
        end=end,
        page=pages[place].number if pages else None,
        image=kept.image,
    )


__all__ = ["KIND", "with_pictures"]

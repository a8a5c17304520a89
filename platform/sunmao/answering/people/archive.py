"""An export as a ZIP file: one JSON file per part, and a manifest that names each with its hash."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Sequence
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder

from sunmao.core.clock import now
from sunmao.core.people import Kept, Part, Person

FORMAT = "sunmao-person/1"
MANIFEST = "manifest.json"


def write(to: IO[bytes], *, person: Person, parts: Iterable[Part], kept: Sequence[Kept]) -> dict[str, Any]:
    """Returns the manifest. Parts without rows are named too: that nothing is held is an answer."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest = {
            "format": FORMAT,
            "subject": person.subject,
            "organisation_id": str(person.organisation_id),
            "generated_at": now().isoformat(),
            "parts": [_add(archive, part) for part in parts],
            "kept_after_erasure": [kept_as_dict(one) for one in kept],
        }
        archive.writestr(MANIFEST, _json(manifest))
    return manifest


def _add(archive: zipfile.ZipFile, part: Part) -> dict[str, Any]:
    name, data = f"{part.name}.json", _json(part.rows)
    archive.writestr(name, data)
    return {
        "name": part.name,
        "title": str(part.title),
        "file": name,
        "rows": len(part.rows),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def kept_as_dict(one: Kept) -> dict[str, Any]:
    return {
        "what": str(one.what),
        "count": one.count,
        "why": str(one.why),
        "duty": one.duty,
        "until": one.until.isoformat() if one.until else None,
    }


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=2, cls=DjangoJSONEncoder).encode()

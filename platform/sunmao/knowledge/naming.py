"""What a document is called: its file's name, without the personal data that people put there."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from sunmao.core.crypto.sealing import blind_indexes
from sunmao.guards.personal import protect
from sunmao.guards.personal.kinds import NAMES
from sunmao.guards.personal.selectors import policy_for
from sunmao.guards.personal.services import PersonalDataRefused
from sunmao.knowledge.models import Document
from sunmao.knowledge.text.language import language_of

_REPLACED = re.compile(r"<[A-Z_]+(?:_\d+)?>")
DIGITS = 8


def nameless(name: str, *, base: str) -> str:
    """The name as the policies of the base want it. Runs in the organisation's scope.

    Files of two people must not become one document: a keyed digest of the whole name tells them apart, and
    is the same when the file comes again. Raises `PersonalDataRefused`.
    """
    found = protect(name, policy=policy_for(place="knowledge", bases=[base]), language=language_of(name))
    if found.refused:
        raise PersonalDataRefused(fields={"file": ", ".join(str(NAMES[kind]) for kind in found.refused)})
    if not found.found:
        return name
    shown = PurePosixPath(_REPLACED.sub("…", found.text))
    digests = (one.rpartition(".")[2][:DIGITS] for one in blind_indexes(name, context="document"))
    names = [str(shown.with_name(f"{shown.stem}-{digest}{shown.suffix}")) for digest in digests]
    known = Document.objects.filter(base__slug=base, name__in=names, deleted_at=None).values_list(
        "name", flat=True
    )
    return known.first() or names[0]

"""Personal data in a document: treated as the policies of its base say, before it is split and indexed.

The protected text is the text of the revision, so that passages, vectors and citations all come from it and
every offset fits. A mask has the length of what it hides. The file itself stays as it was received.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import accumulate
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.core import files, tenancy
from sunmao.core.crypto import persons
from sunmao.core.errors import UnreadableFile
from sunmao.guards.images import ProtectedImage
from sunmao.guards.images.confined import protect_confined
from sunmao.guards.personal import Policy, protect
from sunmao.guards.personal import services as personal
from sunmao.guards.personal.analysis import detector
from sunmao.guards.personal.masking import Protected
from sunmao.guards.personal.selectors import policy_for, surrogates_about
from sunmao.jobs.lease import Lease
from sunmao.jobs.tidying import remove_unnamed
from sunmao.knowledge.models import Revision
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.parsing import Parsed
from sunmao.knowledge.text.parsing.parsed import PageSpan, Part, Picture

Spanned = TypeVar("Spanned", PageSpan, Part, Picture)
_SAMPLE = 4_000
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"BM", b"RIFF", b"GIF8")
WORDS = "sunmao.knowledge.picture_words.words"


@dataclass(frozen=True)
class Wishes:
    """What the policies ask of a revision, and what stands for whom in it already."""

    revision: Revision
    policy: Policy
    surrogates: dict[str, str]


def wishes_of(revision: Revision) -> Wishes:
    """Runs in the organisation's scope; the revision comes with its document and base."""
    asked = policy_for(place="knowledge", bases=[revision.document.base.slug])
    return Wishes(revision, asked, surrogates_about(revision.pk) if asked.modes else {})


def protected_document(*, lease: Lease, wishes: Wishes, parsed: Parsed) -> tuple[Parsed, dict[str, Any]]:
    """The document without what its policies take out, and what the job's result says of that.

    Raises `UnreadableFile` with `personal_data_refused` where a policy accepts no such document.
    """
    revision, policy, known = wishes.revision, wishes.policy, wishes.surrogates
    if not policy.modes:
        return parsed, {}
    text = _protected(parsed.text, policy, known)
    title = _protected(parsed.title, policy, text.surrogates)
    hidden = tuple(_protected(one, policy, text.surrogates).text for one in parsed.hidden)
    aside = (_protected("\n".join(parsed.aside), policy, text.surrogates).text,) if parsed.aside else ()
    if title.surrogates:
        with tenancy.scope(lease.organisation_id):
            key = persons.key_of(f"revision:{revision.pk}")
            personal.keep_surrogates(about=revision.pk, person_key=key, surrogates=title.surrogates)
    kept = {"hidden": hidden, "aside": aside, **_spans(parsed, text)}
    shown = replace(parsed, text=text.text, title=title.text, **kept)
    return shown, _result(text)


def protected_picture(*, lease: Lease, data: bytes) -> bytes:
    """A picture without faces and identifiers, where a policy asks for it; it takes the original's place.

    The original goes at once, unless another document is kept in it.
    """
    if not data.startswith(_PICTURES):
        return data
    revision_id = lease.payload["revision"]
    with tenancy.scope(lease.organisation_id):
        base = Revision.objects.values_list("document__base__slug", flat=True).get(pk=revision_id)
    made = _pixels(organisation_id=lease.organisation_id, bases=[base], data=data)
    if made.refused:
        raise _refused()
    if made.data != data:
        stored = files.store(
            organisation_id=lease.organisation_id, chunks=[made.data], limit=settings.SUNMAO_MAX_UPLOAD
        )
        since = time.time()
        with tenancy.scope(lease.organisation_id):
            lease.confirm()
            shown = Revision.objects.select_for_update().get(pk=revision_id)
            original = shown.sha256
            Revision.objects.filter(pk=revision_id).update(sha256=stored.sha256, size=stored.size)
        remove_unnamed(organisation_id=lease.organisation_id, names=[original], since=since)
    return made.data


def protected_pixels(*, lease: Lease, base: str, data: bytes) -> bytes:
    """A picture inside a document, as the policies of its base want it; nothing where they refuse it."""
    if not data:
        return b""
    made = _pixels(organisation_id=lease.organisation_id, bases=[base], data=data)
    return b"" if made.refused else made.data


def picture_to_ask_with(*, organisation_id: UUID, bases: Sequence[str], data: bytes) -> bytes:
    """What somebody asks with is treated as it would be in these bases. Raises `UnreadableFile`."""
    made = _pixels(organisation_id=organisation_id, bases=bases, data=data)
    if made.refused:
        raise UnreadableFile(
            _("The picture shows personal data that the policy refuses. It was not looked at."),
            code="personal_data_refused",
        )
    return made.data


def _pixels(*, organisation_id: UUID, bases: Sequence[str], data: bytes) -> ProtectedImage:
    with tenancy.scope(organisation_id):
        mode = policy_for(place="knowledge", bases=list(bases)).images
    return protect_confined(data, mode, words=WORDS if find_spec("rapidocr") else "")


def _refused() -> UnreadableFile:
    return UnreadableFile(
        _("The document holds personal data that this base does not accept. Nothing of it was indexed."),
        code="personal_data_refused",
    )


def _protected(text: str, policy: Policy, known: Any) -> Protected:
    made = protect(
        text,
        policy=policy,
        language=language_of(text[:_SAMPLE]),
        surrogates=known,
        detector=detector(wait=True),
        keep_length=True,
    )
    if made.refused:
        raise _refused()
    return made


def _spans(parsed: Parsed, made: Protected) -> dict[str, Any]:
    """Masks keep the length; a surrogate moves what comes after it."""
    if len(made.text) == len(parsed.text) and not made.surrogates:
        return {}
    moved = _Moved(made)
    return {
        "pages": moved.all(parsed.pages),
        "parts": moved.all(parsed.parts),
        "pictures": moved.all(parsed.pictures),
    }


class _Moved:
    """Where a place of the original text is in the protected one."""

    def __init__(self, made: Protected) -> None:
        self.ends = [one.end for one in made.found]
        self.shifts = list(accumulate(made.grown))

    def place(self, offset: int) -> int:
        passed = bisect_right(self.ends, offset)
        return offset + (self.shifts[passed - 1] if passed else 0)

    def all(self, spans: Sequence[Spanned]) -> tuple[Spanned, ...]:
        return tuple(replace(one, start=self.place(one.start), end=self.place(one.end)) for one in spans)


def _result(made: Protected) -> dict[str, Any]:
    found: Counter[str] = Counter(one.kind for one in made.found)
    if not found and not made.partial:
        return {}
    return {"personal_data": {"replaced": dict(sorted(found.items())), "partial": made.partial}}


__all__ = [
    "Wishes",
    "picture_to_ask_with",
    "protected_document",
    "protected_picture",
    "protected_pixels",
    "wishes_of",
]

"""Reading a file into passages: parse → split → vectors → examine → publish as a new version of the base.

All of the slow work happens before the publishing transaction, which confirms the lease, so that a killed,
cancelled or superseded worker leaves nothing behind and a document becomes ready exactly once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import files, tenancy
from sunmao.core.errors import Conflict, UnreadableFile
from sunmao.jobs.lease import Lease
from sunmao.knowledge import faults, vectors
from sunmao.knowledge.embedding.spaces import encode_passages
from sunmao.knowledge.graph import extraction
from sunmao.knowledge.learning.confirming import follow
from sunmao.knowledge.models import Document, KnowledgeBase, Passage, Quarantine, Revision
from sunmao.knowledge.privacy import protected_document, protected_picture
from sunmao.knowledge.quarantine import Suspicion, examine
from sunmao.knowledge.sandbox.reading import parse_safely
from sunmao.knowledge.services import retire_passages
from sunmao.knowledge.text.indexing import fields_of
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.lexical import document_vector
from sunmao.knowledge.text.parsing import Parsed
from sunmao.knowledge.text.splitting import Split, Unit, split

REPORT_EVERY = 200


class Superseded(Conflict):
    code = "superseded"
    default_message = _("A newer upload or a removal has taken the place of this file. Nothing was changed.")


@dataclass(frozen=True)
class Prepared:
    """Everything that publishing writes, computed beforehand."""

    parsed: Parsed
    split: Split
    lexical: list[dict[int, float]]
    dense: list[Sequence[float] | None]
    suspicions: list[Suspicion | None]
    noted: dict[str, Any]

    @property
    def searchable(self) -> list[dict[int, float]]:
        """The words of the passages that are not held."""
        return [words for words, held in zip(self.lexical, self.suspicions, strict=True) if not held]

    @property
    def held(self) -> int:
        return len(self.lexical) - len(self.searchable)


def ingest(lease: Lease) -> dict[str, Any]:
    """The job `knowledge.ingest`: its subject is a document, its payload names the revision."""
    with tenancy.scope(lease.organisation_id):
        revision = Revision.objects.select_related("document").get(pk=lease.payload["revision"])
    faults.point("before_read")
    data = files.read(organisation_id=lease.organisation_id, sha256=revision.sha256)
    data = protected_picture(lease=lease, data=data)
    prepared = prepare(lease=lease, document=revision.document, data=data)
    faults.point("before_publish")
    return publish(lease=lease, revision_id=revision.pk, prepared=prepared)


def prepare(*, lease: Lease, document: Document, data: bytes) -> Prepared:
    read = parse_safely(name=document.name, data=data, still_wanted=lease.renew)
    parsed, noted = protected_document(lease=lease, parsed=read)
    pieces = split(parsed)
    if not pieces.units:
        raise UnreadableFile(code="empty_file")
    faults.point("after_split")
    lexical = []
    for index, unit in enumerate(pieces.units):
        if index % REPORT_EVERY == 0:
            lease.progress(index, len(pieces.units))
        lexical.append(document_vector(fields_of(unit, title=parsed.title)))
    dense = encode_passages(
        [(language_of(unit.text), passage_text(unit, parsed.title)) for unit in pieces.units],
        document=document,
    )
    suspicions = examine(parsed, pieces.units)
    lease.progress(len(pieces.units), len(pieces.units))
    return Prepared(
        parsed=parsed, split=pieces, lexical=lexical, dense=dense, suspicions=suspicions, noted=noted
    )


def passage_text(unit: Unit | Passage, title: str) -> str:
    """What an encoder reads of a passage, before it is stored and after."""
    return "\n".join(part for part in (title, *unit.heading_path, unit.text) if part)


def publish(*, lease: Lease, revision_id: uuid.UUID, prepared: Prepared) -> dict[str, Any]:
    """One transaction: the old passages die, the new ones are born, the job succeeds."""
    with tenancy.scope(lease.organisation_id):
        # The base before the job, as uploads and deletions lock them.
        bases = KnowledgeBase.objects.select_for_update(of=("self",))
        base = bases.get(documents__revisions=revision_id)
        lease.confirm()
        revision = Revision.objects.select_for_update().select_related("document").get(pk=revision_id)
        document = revision.document
        if document.deleted_at or document.job_id != lease.job_id:
            raise Superseded
        version = base.version + 1
        retire_passages(base=base, document=document, version=version)
        passages = _passages(base=base, revision=revision, version=version, prepared=prepared)
        Passage.objects.bulk_create(passages, batch_size=500)
        vectors.insert(base=base, passages=passages, lexical=prepared.lexical, dense=prepared.dense)
        vectors.count_terms(base=base, lexical=prepared.searchable)
        follow(base=base, document=document, passages=passages, version=version)
        extraction.read(base=base, document=document, passages=passages, title=prepared.parsed.title)
        faults.point("inside_publish")
        _close(base=base, document=document, revision=revision, prepared=prepared, version=version)
        result: dict[str, Any] = {
            "passages": len(passages),
            "units": dict(prepared.split.counts),
            "version": version,
            "quarantined": prepared.held,
            **prepared.noted,
        }
        audit.record(actor=lease.worker, verb="document.published", subject=document, **result)
        lease.succeed(result)
    return result


def _passages(*, base: KnowledgeBase, revision: Revision, version: int, prepared: Prepared) -> list[Passage]:
    return [
        Passage(
            base_id=base.pk,
            document_id=revision.document_id,
            revision=revision,
            ordinal=ordinal,
            kind=unit.kind,
            label=unit.label[:300],
            heading_path=[heading[:300] for heading in unit.heading_path],
            text=unit.text,
            start=unit.start,
            end=unit.end,
            page=unit.page,
            language=language_of(unit.text),
            born=version,
            quarantine=Quarantine.HELD if suspicion else Quarantine.NEVER,
            suspicion=suspicion.as_dict() if suspicion else {},
        )
        for ordinal, (unit, suspicion) in enumerate(
            zip(prepared.split.units, prepared.suspicions, strict=True)
        )
    ]


def _close(
    *, base: KnowledgeBase, document: Document, revision: Revision, prepared: Prepared, version: int
) -> None:
    parsed = prepared.parsed
    revision.text, revision.title = parsed.text, parsed.title[:300]
    revision.media_type, revision.encoding = parsed.media_type, parsed.encoding
    revision.counts, revision.published_in = dict(prepared.split.counts), version
    revision.save(update_fields=["text", "title", "media_type", "encoding", "counts", "published_in"])
    document.current = revision
    document.save(update_fields=["current"])
    base.refresh_from_db(fields=["passage_count"])
    base.version, base.passage_count = version, base.passage_count + len(prepared.searchable)
    base.save(update_fields=["version", "passage_count"])

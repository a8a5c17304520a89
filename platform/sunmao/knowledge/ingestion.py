"""Reading a file into passages: parse → split → examine → vectors → publish as a new version of the base.

All of the slow work happens before the publishing transaction, which confirms the lease, so that a killed,
cancelled or superseded worker leaves nothing behind and a document becomes ready exactly once.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db.models import F
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.errors import Conflict, UnreadableFile
from sunmao.jobs.lease import Lease
from sunmao.knowledge import encoders, faults, members, vectors
from sunmao.knowledge.embedding import spaces
from sunmao.knowledge.graph import extraction
from sunmao.knowledge.learning.confirming import follow
from sunmao.knowledge.models import ChangeKind, Document, KnowledgeBase, Passage, Quarantine, Revision
from sunmao.knowledge.pictures import with_pictures
from sunmao.knowledge.privacy import Wishes, protected_document, protected_picture, wishes_of
from sunmao.knowledge.quarantine import examine, hidden_orders
from sunmao.knowledge.reuse import (
    Donor,
    ReadBefore,
    content_hash,
    donors_of,
    passage_text,
    read_before,
    reading_of,
)
from sunmao.knowledge.sandbox.reading import parse_safely
from sunmao.knowledge.text.indexing import fields_of
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.lexical import document_vector
from sunmao.knowledge.text.parsing import Parsed
from sunmao.knowledge.text.parsing.formats.zip import MEDIA_TYPE as ARCHIVE
from sunmao.knowledge.text.splitting import Split, split
from sunmao.knowledge.trials import expecting
from sunmao.knowledge.versions import copying
from sunmao.knowledge.versions.editions import Settled, heirs, newest_applying, settle, standing
from sunmao.knowledge.versions.history import advance, starter_of
from sunmao.knowledge.versions.windows import Standing, Window, dates_without, lined_up

REPORT_EVERY = 200


class Superseded(Conflict):
    code = "superseded"
    default_message = _("A newer upload or a removal has taken the place of this file. Nothing was changed.")


@dataclass(frozen=True)
class Prepared:
    """Everything that publishing writes, computed beforehand. A unit with a donor takes over its vectors; its
    own stand empty."""

    parsed: Parsed
    split: Split
    hashes: list[str]
    donors: list[Donor | None]
    lexical: list[dict[int, float]]
    dense: list[Sequence[float] | None]
    suspicions: list[dict[str, Any] | None]
    noted: dict[str, Any]
    reading: dict[str, Any]

    @property
    def held(self) -> int:
        return sum(1 for suspicion in self.suspicions if suspicion)

    @property
    def reused(self) -> int:
        return sum(1 for donor in self.donors if donor)

    @property
    def own(self) -> list[int]:
        """The places of the units that have vectors of their own."""
        return [place for place, donor in enumerate(self.donors) if donor is None]


def ingest(lease: Lease) -> dict[str, Any]:
    """The job `knowledge.ingest`: its subject is a document, its payload names the revision."""
    members.take_again(lease)
    with tenancy.scope(lease.organisation_id):
        revision = Revision.objects.select_related("document__base").get(pk=lease.payload["revision"])
        wishes = wishes_of(revision)
        reading = reading_of(name=revision.document.name, policy=wishes.policy)
        known = read_before(revision=revision, reading=reading)
    faults.point("before_read", lease.job_id)
    if known:
        prepared = _with_vectors(
            lease, revision.document, known, noted={"read_before": True}, reading=reading
        )
    else:
        data = protected_picture(lease=lease, data=members.content_of(revision))
        prepared = prepare(lease=lease, revision=revision, wishes=wishes, data=data, reading=reading)
    prepared = _with_members(lease, revision, prepared)
    faults.point("before_publish", lease.job_id)
    result = publish(lease=lease, revision_id=revision.pk, prepared=prepared)
    faults.point("after_publish", lease.job_id)
    return result


def prepare(
    *, lease: Lease, revision: Revision, wishes: Wishes, data: bytes, reading: dict[str, Any]
) -> Prepared:
    read = parse_safely(
        name=revision.document.name,
        data=data,
        still_wanted=lease.renew,
        apart=True,
        wordless=bool(encoders.of_pictures()),
    )
    parsed, noted = protected_document(lease=lease, wishes=wishes, parsed=read)
    pieces = _pieces(lease, parsed)
    faults.point("after_split", lease.job_id)
    found = examine(parsed, pieces.units)
    suspicions = [suspicion.as_dict() if suspicion else None for suspicion in found]
    told = hidden_orders(parsed)
    parsed = replace(parsed, remarks=(*parsed.remarks, *told))
    noted = {**noted, **({"hidden_orders": len(told)} if told else {})}
    # What was protected in part only is to be read again as soon as that is possible.
    partial = bool(noted.get("personal_data", {}).get("partial"))
    kept = {} if partial else reading
    known = ReadBefore(parsed, pieces, suspicions)
    return _with_vectors(lease, revision.document, known, noted=noted, reading=kept)


def _pieces(lease: Lease, parsed: Parsed) -> Split:
    """An archive has no words of its own: those of its members are in their own documents."""
    if parsed.media_type == ARCHIVE:
        return Split(units=(), counts={})
    pieces = with_pictures(lease=lease, parsed=parsed, pieces=split(parsed))
    if not pieces.units:
        raise UnreadableFile(code="empty_file")
    return pieces


def _with_members(lease: Lease, revision: Revision, prepared: Prepared) -> Prepared:
    """What the file holds becomes documents of their own; how many is said where its units are."""
    if prepared.parsed.media_type not in members.CONTAINERS:
        return prepared
    brought = members.bring(lease=lease, revision=revision)
    counts = {**prepared.split.counts, **({"member": brought.count} if brought.count else {})}
    return replace(
        prepared,
        parsed=replace(prepared.parsed, remarks=(*prepared.parsed.remarks, *brought.remarks)),
        split=replace(prepared.split, counts=counts),
        noted={**prepared.noted, **({"members": brought.count} if brought.count else {})},
    )


def _with_vectors(
    lease: Lease, document: Document, read: ReadBefore, *, noted: dict[str, Any], reading: dict[str, Any]
) -> Prepared:
    """Only words that nobody has vectors of yet are indexed and encoded."""
    units, title = read.split.units, read.parsed.title
    hashes = [content_hash(unit, title) for unit in units]
    languages = [language_of(unit.text) for unit in units]
    with tenancy.scope(lease.organisation_id, durable=False):
        known = donors_of(base=document.base_id, hashes=dict(zip(hashes, languages, strict=True)))
        readers = spaces.readers_of(document.base_id, set(languages))
        lease.report(len(units) - sum(one not in known for one in hashes), len(units))
    donors = [known.get(one) for one in hashes]
    lexical: list[dict[int, float]] = [{} for _ in units]
    dense: list[Sequence[float] | None] = [None for _ in units]
    fresh = [place for place, donor in enumerate(donors) if donor is None]
    for done, place in enumerate(fresh):
        if done and done % REPORT_EVERY == 0:
            lease.progress(len(units) - len(fresh) + done, len(units))
        lexical[place] = document_vector(fields_of(units[place], title=title))
    texts = [(languages[place], passage_text(units[place], title)) for place in fresh]
    for place, vector in zip(fresh, spaces.encode_passages(texts, readers=readers), strict=True):
        dense[place] = vector
    return Prepared(
        parsed=read.parsed,
        split=read.split,
        hashes=hashes,
        donors=donors,
        lexical=lexical,
        dense=dense,
        suspicions=read.suspicions,
        noted=noted,
        reading=reading,
    )


def publish(*, lease: Lease, revision_id: uuid.UUID, prepared: Prepared) -> dict[str, Any]:
    """One transaction: the old passages die, the new ones are born, the job succeeds."""
    with tenancy.scope(lease.organisation_id):
        # The base before the job, as uploads and deletions lock them.
        bases = KnowledgeBase.objects.select_for_update(of=("self",))
        base = bases.get(documents__revisions=revision_id)
        lease.confirm()
        revisions = Revision.objects.select_for_update(of=("self",)).select_related("document__job")
        revision = revisions.get(pk=revision_id)
        document = revision.document
        if document.deleted_at or document.left_in or document.job_id != lease.job_id:
            raise Superseded
        version = base.version + 1
        window, settled, gained = _make_room(base=base, revision=revision, version=version)
        passages = _passages(base=base, revision=revision, version=version, prepared=prepared, window=window)
        if passages:
            Passage.objects.bulk_create(passages, batch_size=500)
            _index(base=base, passages=passages, prepared=prepared, window=window)
        copies = heirs(settled.copies)
        extraction.read(base=base, document=document, passages=passages, title=prepared.parsed.title)
        faults.point("inside_publish", lease.job_id)
        if revision.number > 1:
            follow(base=base, document=document, passages=passages, copies=copies, version=version)
            expecting.follow(document=document, passages=passages)
        _close(base=base, document=document, revision=revision, prepared=prepared, version=version)
        advance(
            base=base,
            kind=ChangeKind.PUBLISHED,
            by=starter_of(document.job, lease.worker),
            document=document,
            revision=revision,
            gained=gained,
            added=len(passages) + len(copies),
            removed=settled.ended,
        )
        result: dict[str, Any] = {
            "passages": len(passages),
            "units": dict(prepared.split.counts),
            "version": version,
            "quarantined": prepared.held,
            **({"reused": prepared.reused} if prepared.reused else {}),
            **prepared.noted,
        }
        audit.record(actor=lease.worker, verb="document.published", subject=document, **result)
        lease.succeed(result)
    return result


def _make_room(*, base: KnowledgeBase, revision: Revision, version: int) -> tuple[Window, Settled, int]:
    """Let the document's other revisions give way. Content without dates takes those of what it replaces.
    The number is 1 where the base gains a document."""
    document = revision.document
    others = standing(document) if revision.number > 1 else []
    if not (revision.effective_from or revision.effective_until):
        revision.effective_from, revision.effective_until = dates_without(others, localdate())
    new = Standing(revision.pk, revision.number, revision.effective_from, revision.effective_until)
    wanted = lined_up([*others, new])
    settled = settle(
        base=base, document=document, wanted=wanted, version=version, before=others, new=revision.pk
    )
    document.current_id = newest_applying(wanted)
    window = next(one.window or Window() for one in wanted if one.number == revision.number)
    return window, settled, int(not any(one.window for one in others))


def _passages(
    *, base: KnowledgeBase, revision: Revision, version: int, prepared: Prepared, window: Window
) -> list[Passage]:
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
            parent_start=unit.parent[0] if unit.parent else None,
            parent_end=unit.parent[1] if unit.parent else None,
            page=unit.page,
            image=dict(unit.image) if unit.image else None,
            language=language_of(unit.text),
            born=version,
            applies_from=window.first,
            applies_until=window.end,
            quarantine=Quarantine.HELD if suspicion else Quarantine.NEVER,
            suspicion=suspicion or {},
            content_hash=known_as,
        )
        for ordinal, (unit, suspicion, known_as) in enumerate(
            zip(prepared.split.units, prepared.suspicions, prepared.hashes, strict=True)
        )
    ]


def _index(*, base: KnowledgeBase, passages: Sequence[Passage], prepared: Prepared, window: Window) -> None:
    """Write the vectors that are new, copy those that are known, and count the words of both."""
    own = prepared.own
    lexical = [prepared.lexical[place] for place in own]
    vectors.insert(
        base=base,
        passages=[passages[place] for place in own],
        lexical=lexical,
        dense=[prepared.dense[place] for place in own],
    )
    searchable = [words for place, words in zip(own, lexical, strict=True) if not prepared.suspicions[place]]
    vectors.count_terms(base=base, lexical=searchable)
    pairs = [
        (donor.passage_id, passage.pk)
        for donor, passage in zip(prepared.donors, passages, strict=True)
        if donor
    ]
    if not pairs:
        return
    sources = {donor.base_id for donor in prepared.donors if donor}
    copying.copy_vectors(base=base, pairs=pairs, sources=sources, window=window, version=passages[0].born)
    copying.count_terms(base=base, passages=[new for _, new in pairs])


def _close(
    *, base: KnowledgeBase, document: Document, revision: Revision, prepared: Prepared, version: int
) -> None:
    parsed = prepared.parsed
    revision.text, revision.title = parsed.text, parsed.title[:300]
    revision.media_type, revision.encoding = parsed.media_type, parsed.encoding
    revision.counts, revision.published_in = dict(prepared.split.counts), version
    revision.remarks = [asdict(remark) for remark in parsed.remarks]
    revision.reading = prepared.reading
    revision.save(update_fields=_READ)
    document.save(update_fields=["current"])
    searchable = len(prepared.hashes) - prepared.held
    KnowledgeBase.objects.filter(pk=base.pk).update(passage_count=F("passage_count") + searchable)


_READ = [
    "text", "title", "media_type", "encoding", "counts", "remarks", "reading",
    "published_in", "effective_from", "effective_until",
]  # fmt: skip

"""Taking one entry: a page or a file becomes a document, or the entry says why not.

Whatever asks the network or the disk happens first. Then one transaction confirms the right to work on the
job and writes the document, its reading and the entry together, so that a worker that is killed between two
entries has lost nothing and does nothing twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.clock import now
from sunmao.core.errors import SunmaoError
from sunmao.jobs.lease import Lease
from sunmao.jobs.services import in_every_language
from sunmao.knowledge import services as knowledge
from sunmao.knowledge.fetching import Fetched, fetch_changed
from sunmao.knowledge.models import Document, KnowledgeBase
from sunmao.knowledge.sources import addresses, folders, naming
from sunmao.knowledge.sources.models import EntryState, Source, SourceEntry, SourceKind
from sunmao.knowledge.sources.problems import EntryRefused
from sunmao.knowledge.sources.robots import Allows

AskChanged = Callable[..., Fetched | None]
NEW, CHANGED, UNCHANGED, RENAMED, FAILED, SKIPPED = (
    "new", "changed", "unchanged", "renamed", "failed", "skipped",
)  # fmt: skip


@dataclass(frozen=True)
class Content:
    """What an entry holds now, and how to ask again whether it still does."""

    data: bytes
    name: str
    folders: list[str]
    fingerprint: str = ""
    etag: str = ""
    last_modified: str = ""
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.data).hexdigest())

    @property
    def label(self) -> str:
        return naming.label(self.name, self.folders)


def take(
    *,
    lease: Lease,
    source: Source,
    entry: SourceEntry,
    allows: Allows = lambda _: True,
    ask: AskChanged = fetch_changed,
) -> str:
    """What came of an entry in this round; its row says the same."""
    if _was_removed(entry):
        return _note(lease, entry, EntryState.REMOVED, EntryRefused(code="document_removed"))
    try:
        content = _content(source, entry, allows, ask)
        return _keep(lease, source, entry, content)
    except SunmaoError as error:
        if error.code == "unsupported_type":
            return _note(lease, entry, EntryState.SKIPPED, error)
        outcome = _note(lease, entry, EntryState.FAILED, error)
        if error.code == "site_is_busy":
            raise
        return outcome


def _was_removed(entry: SourceEntry) -> bool:
    """A person took the document out of the base: it does not come back by itself."""
    return entry.document is not None and entry.document.deleted_at is not None


def _content(source: Source, entry: SourceEntry, allows: Allows, ask: AskChanged) -> Content | None:
    """None when it is what was taken before."""
    if source.kind == SourceKind.FOLDER:
        return _file(Path(source.address), entry)
    return _page(source, entry, allows, ask)


def _file(folder: Path, entry: SourceEntry) -> Content | None:
    if _is_kept(entry) and entry.offered == entry.fingerprint:
        return None
    data, fingerprint = folders.content_of(folder, entry.address)
    name, inside = naming.of_file(folder, entry.address)
    return Content(data=data, name=name, folders=inside, fingerprint=fingerprint)


def _page(source: Source, entry: SourceEntry, allows: Allows, ask: AskChanged) -> Content | None:
    if not allows(entry.address):
        raise EntryRefused(code="robots_forbid")
    known = _is_kept(entry)
    page = ask(
        entry.address,
        etag=entry.etag if known else "",
        last_modified=entry.last_modified if known else "",
    )
    if page is None:
        return None
    if source.kind == SourceKind.SITEMAP and addresses.host_of(page.url) != addresses.host_of(source.address):
        raise EntryRefused(code="other_host")
    name, inside = naming.of_page(entry.address, file_name=page.name)
    return Content(
        data=page.data, name=name, folders=inside, etag=page.etag, last_modified=page.last_modified
    )


def _is_kept(entry: SourceEntry) -> bool:
    return bool(entry.sha256 and entry.document and entry.document.deleted_at is None)


def _keep(lease: Lease, source: Source, entry: SourceEntry, content: Content | None) -> str:
    if content is None:
        return _note(lease, entry, EntryState.TAKEN)
    same = _is_kept(entry) and entry.sha256 == content.sha256
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        outcome = UNCHANGED if same else _received(lease, source, entry, content)
        entry.state, entry.error_code, entry.error_texts = EntryState.TAKEN, "", {}
        entry.looked, entry.sha256, entry.fingerprint = entry.listed, content.sha256, content.fingerprint
        entry.etag, entry.last_modified = content.etag, content.last_modified
        if outcome != UNCHANGED:
            entry.changed_at = now()
        entry.save()
    return outcome


def _received(lease: Lease, source: Source, entry: SourceEntry, content: Content) -> str:
    """Inside the transaction that keeps the entry."""
    old = _moved_from(source, entry, content)
    if old is not None and _rename(lease, entry, old, content):
        return RENAMED
    _refuse_taken_name(source, entry, content)
    received = knowledge.receive(
        actor=lease.worker,
        base=source.base,
        name=content.name,
        folder=content.folders,
        chunks=[content.data],
        origin=knowledge.Origin.SOURCE,
        source=source.address if source.kind == SourceKind.FOLDER else entry.address,
    )
    if (before := entry.document) is not None and before.pk != received.document.pk and not before.deleted_at:
        # The page has become another kind of file, whose document has another name.
        knowledge.delete_document(actor=lease.worker, document=before)
    entry.document = received.document
    return received.outcome


def _refuse_taken_name(source: Source, entry: SourceEntry, content: Content) -> None:
    """Two sources that fill one document would undo each other at every look."""
    others = SourceEntry.objects.filter(
        document__base_id=source.base_id, document__name=content.label, document__deleted_at=None
    )
    if source.kind != SourceKind.FOLDER:
        # The same page may be in two lists.
        others = others.exclude(address=entry.address)
    if others.exclude(pk=entry.pk).exists():
        raise EntryRefused(code="name_taken")


def _moved_from(source: Source, entry: SourceEntry, content: Content) -> SourceEntry | None:
    """A file of the same content that was here at the last look and is not any more."""
    if source.kind != SourceKind.FOLDER or entry.document_id:
        return None
    missing = source.entries.select_related("document").filter(
        listed__lt=entry.listed, sha256=content.sha256, document__deleted_at=None
    )
    return missing.exclude(document=None).order_by("address").first()


def _rename(lease: Lease, entry: SourceEntry, old: SourceEntry, content: Content) -> bool:
    """The document keeps its passages; only its name follows. False when another has that name."""
    document = old.document
    if document is None:
        return False
    KnowledgeBase.objects.select_for_update().get(pk=document.base_id)
    if Document.objects.filter(base_id=document.base_id, name=content.label, deleted_at=None).exists():
        return False
    before, document.name = document.name, content.label
    document.save(update_fields=["name"])
    audit.record(
        actor=lease.worker,
        verb="document.renamed",
        subject=document,
        personal={"from": before, "to": content.label},
    )
    old.delete()
    entry.document = document
    return True


def _note(lease: Lease, entry: SourceEntry, state: str, error: SunmaoError | None = None) -> str:
    """The entry was dealt with in this round and brought nothing new."""
    with tenancy.scope(lease.organisation_id):
        lease.confirm()
        entry.state, entry.looked = state, entry.listed
        entry.error_code = error.code if error else ""
        entry.error_texts = in_every_language(error.message) if error else {}
        entry.save(update_fields=["state", "looked", "error_code", "error_texts"])
    return {EntryState.FAILED: FAILED, EntryState.TAKEN: UNCHANGED}.get(EntryState(state), SKIPPED)

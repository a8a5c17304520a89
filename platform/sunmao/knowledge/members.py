"""What an archive or a mail holds: every file inside is a document of its own, with its state and its reason.

    take some files out where nothing can be opened (`sandbox.unpacking`), keep each on disk
    a few at a time, one transaction: confirm the right to the job; document, revision and job of each
    at the end: what the newest content no longer holds goes, from the day on which that content applies

A worker that is killed between is followed by one that finds unchanged what is there already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePosixPath
from uuid import UUID

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import files, tenancy
from sunmao.core.errors import EmptyInput, SunmaoError, UnreadableFile
from sunmao.guards.personal.services import PersonalDataRefused
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.jobs.models import Job
from sunmao.knowledge import faults
from sunmao.knowledge.dating import set_dates
from sunmao.knowledge.models import Document, KnowledgeBase, Origin, Revision
from sunmao.knowledge.naming import nameless
from sunmao.knowledge.sandbox.unpacking import Inside, Portion, portions
from sunmao.knowledge.selectors import is_there
from sunmao.knowledge.services import (
    INGEST,
    NAME_OF_DOCUMENT,
    Came,
    add_revision,
    delete_document,
    inside_of,
    keep,
    safe_name,
    standing_document,
)
from sunmao.knowledge.text.parsing import FORMATS, Remark
from sunmao.knowledge.text.parsing.source import MAX_DEPTH, MAX_ENTRIES, MAX_UNPACKED
from sunmao.knowledge.versions.dates import Dates
from sunmao.knowledge.versions.editions import standing

CONTAINERS = frozenset(known.media_type for known in FORMATS if known.unpack)
AT_ONCE = 20
"""Files that are written while the base is locked."""


@dataclass
class Brought:
    """The documents that a content holds, and the files of it that could not become one."""

    documents: set[UUID] = field(default_factory=set)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.documents)


@dataclass(frozen=True)
class _Container:
    """A file that holds others, on its way into its base."""

    lease: Lease
    revision: Revision
    job: Job

    @property
    def document(self) -> Document:
        return self.revision.document

    @property
    def base(self) -> KnowledgeBase:
        return self.document.base

    @property
    def dates(self) -> Dates:
        return Dates(self.revision.effective_from, self.revision.effective_until)


def bring(*, lease: Lease, revision: Revision) -> Brought:
    """Make documents of what a content holds. Raises `UnreadableFile` as `parse_safely`, and where too much
    is packed in what holds this file."""
    with tenancy.scope(lease.organisation_id):
        container = _Container(lease, revision, Job.objects.get(pk=lease.job_id))
        _check_depth(container.document)
    names, brought, done = _Names(container), Brought(), 0
    for portion in _portions(lease, revision):
        _check_room(container, portion)
        for some in _in_parts(portion.members):
            _take_some(container, [(names.of(one.path), one) for one in some], brought)
            done += len(some)
            faults.point(faults.BETWEEN_MEMBERS, lease.job_id)
            lease.progress(done, portion.count)
    _let_go(container, brought.documents)
    return brought


def content_of(revision: Revision) -> bytes:
    return files.read(organisation_id=revision.organisation_id, sha256=revision.sha256)


def take_again(lease: Lease) -> None:
    """A file that could not be taken out of what holds it has no revision: try to make it one."""
    if "revision" in lease.payload:
        return
    with tenancy.scope(lease.organisation_id):
        revision = Revision.objects.select_related("document__base").get(pk=lease.payload["inside"])
        document = Document.objects.get(pk=str(lease.subject_id))
    found = (one for portion in _portions(lease, revision) for one in portion.members)
    member = next((one for place, one in enumerate(found) if place == lease.payload["place"]), None)
    if member is None:
        raise _gone()
    stored = _stored(lease, member)
    with tenancy.scope(lease.organisation_id):
        KnowledgeBase.objects.select_for_update().get(pk=document.base_id)
        lease.confirm()
        made = add_revision(document, stored, Dates(revision.effective_from, revision.effective_until))
        lease.payload = {"revision": str(made.pk)}
        Job.objects.filter(pk=lease.job_id).update(payload=lease.payload)


def _portions(lease: Lease, revision: Revision) -> Iterator[Portion]:
    return portions(
        name=revision.document.name,
        data=content_of(revision),
        largest=settings.SUNMAO_MAX_UPLOAD,
        still_wanted=lease.renew,
    )


def _in_parts(members: Sequence[Inside]) -> Iterator[Sequence[Inside]]:
    for start in range(0, len(members), AT_ONCE):
        yield members[start : start + AT_ONCE]


# Limits


def _check_depth(document: Document) -> None:
    depth, above = 0, document.member_of
    while above is not None:
        depth, above = depth + 1, above.member_of
    if depth >= MAX_DEPTH:
        raise UnreadableFile(
            _("Files are packed in files more than three deep. Unpack them, then upload the documents."),
            code="file_too_complex",
        )


def _check_room(container: _Container, portion: Portion) -> None:
    """What one uploaded file may unpack to holds for all depths together: nesting multiplies nothing."""
    with tenancy.scope(container.lease.organisation_id):
        top = container.document
        while top.member_of is not None:
            top = top.member_of
        others = set(inside_of(top)) - set(inside_of(container.document))
        known = Revision.objects.filter(document__in=others).aggregate(size=Sum("size"))["size"] or 0
    if len(others) + portion.count > MAX_ENTRIES or known + portion.unpacked > MAX_UNPACKED:
        raise UnreadableFile(
            _("The file unpacks to far more than its size. Split it into smaller documents."),
            code="file_too_large_inside",
        )


# Names


class _Names:
    """What each file inside is called: the name of what holds it, then its own path, and no two alike."""

    def __init__(self, container: _Container) -> None:
        self._container, self._used, self._place = container, set[str](), -1

    def of(self, path: str) -> _Name:
        self._place += 1
        above = self._container.document.name
        try:
            with tenancy.scope(self._container.lease.organisation_id):
                name = nameless(f"{above}/{_path(path, self._place)}", base=self._container.base.slug)
        except PersonalDataRefused as error:
            return _Name(self._alone(f"{above}/{self._place + 1}"), self._place, error)
        return _Name(self._alone(name), self._place)

    def _alone(self, name: str) -> str:
        wanted, number = PurePosixPath(name), 1
        chosen = _shortened(name)
        while chosen in self._used:
            number += 1
            chosen = _shortened(str(wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")))
        self._used.add(chosen)
        return chosen


@dataclass(frozen=True)
class _Name:
    """`place` is that of the file in what holds it, from 0."""

    text: str
    place: int
    refused: SunmaoError | None = None


def _path(path: str, place: int) -> str:
    """Every component as a file name on its own; it is a label and never touches the disk."""
    return "/".join(_safe(path.replace("\\", "/").split("/"))) or str(place + 1)


def _safe(parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        try:
            yield safe_name(part)
        except EmptyInput:
            continue


def _shortened(name: str) -> str:
    """Long paths that begin alike stay apart."""
    if len(name) <= NAME_OF_DOCUMENT:
        return name
    tail = f"-{hashlib.sha256(name.encode()).hexdigest()[:8]}{PurePosixPath(name).suffix[:16]}"
    return name[: NAME_OF_DOCUMENT - len(tail)] + tail


# Documents


def _take_some(container: _Container, some: Sequence[tuple[_Name, Inside]], brought: Brought) -> None:
    kept = [(name, member, _stored_or_why(container, name, member)) for name, member in some]
    with tenancy.scope(container.lease.organisation_id):
        KnowledgeBase.objects.select_for_update().get(pk=container.base.pk)
        container.lease.confirm()
        for name, member, stored in kept:
            _take(container, name, member, stored, brought)


def _stored_or_why(container: _Container, name: _Name, member: Inside) -> files.StoredFile | SunmaoError:
    if name.refused:
        return name.refused
    try:
        return _stored(container.lease, member)
    except UnreadableFile as error:
        return error


def _stored(lease: Lease, member: Inside) -> files.StoredFile:
    if member.failure:
        raise member.failure
    return files.store(
        organisation_id=lease.organisation_id, chunks=[member.data], limit=settings.SUNMAO_MAX_UPLOAD
    )


def _take(
    container: _Container,
    name: _Name,
    member: Inside,
    stored: files.StoredFile | SunmaoError,
    brought: Brought,
) -> None:
    known = standing_document(container.base, name.text)
    if known and not _belongs(known, container.document):
        brought.remarks.append(Remark("skipped_part", member.path, "name_taken"))
        return
    if isinstance(stored, SunmaoError):
        brought.documents.add(_refuse(container, known, name, stored).pk)
        return
    came = Came(Origin.MEMBER, is_of=container.document, for_job=container.job)
    received = keep(
        actor=container.lease.worker,
        base=container.base,
        name=name.text,
        stored=stored,
        dates=container.dates,
        came=came,
    )
    if received.document.member_of_id != container.document.pk:
        # It stayed when an archive of this name was removed, and is as it was.
        Document.objects.filter(pk=received.document.pk).update(member_of=container.document)
    brought.documents.add(received.document.pk)


def _belongs(document: Document, container: Document) -> bool:
    """It was brought by this file, or by one of its name that was removed without it."""
    above = document.member_of
    if above is None or above.pk == container.pk:
        return above is not None
    return above.name == container.name and not is_there(above)


def _refuse(container: _Container, known: Document | None, name: _Name, error: SunmaoError) -> Document:
    """A file that cannot be taken out has its reason, and what it held before stays."""
    document = known or Document(base=container.base, name=name.text, origin=Origin.MEMBER)
    document.member_of = container.document
    document.save()
    if document.job and not document.job.has_ended:
        jobs.supersede(job=document.job)
    document.job = jobs.refuse(
        actor=container.lease.worker,
        kind=INGEST,
        subject_id=document.pk,
        payload={"inside": str(container.revision.pk), "place": name.place},
        error=error,
        like=container.job,
    )
    document.save(update_fields=["job"])
    audit.record(
        actor=container.lease.worker,
        verb="document.received",
        subject=document,
        personal={"name": name.text},
        base=container.base.slug,
        refused=error.code,
    )
    return document


def _let_go(container: _Container, kept: set[UUID]) -> None:
    """What is no longer inside."""
    with tenancy.scope(container.lease.organisation_id):
        members = Document.objects.filter(member_of=container.document, deleted_at=None, left_in=None)
        gone = list(members.exclude(pk__in=kept).select_related("base"))
    for document in gone:
        with tenancy.scope(container.lease.organisation_id):
            KnowledgeBase.objects.select_for_update().get(pk=container.base.pk)
            container.lease.confirm()
            _end(container, document)


def _end(container: _Container, document: Document) -> None:
    """Of a content that applies from a day on, what it leaves out applies through the day before."""
    first, revisions = container.dates.first, standing(document)
    if first is None or all(one.since == first for one in revisions):
        delete_document(actor=container.lease.worker, document=document)
        return
    for one in revisions:
        begins_before = one.since is None or one.since < first
        if begins_before and (one.until is None or one.until >= first):
            last = first - timedelta(days=1)
            set_dates(
                actor=container.lease.worker,
                document=document,
                revision=one.number,
                dates=Dates(one.since, last),
            )


def _gone() -> UnreadableFile:
    return UnreadableFile(
        _("The file that held this one has changed. Upload that again."), code="member_gone"
    )


__all__ = ["CONTAINERS", "Brought", "bring", "content_of", "take_again"]

"""A person's rights: everything about them in one file, and everything about them gone.

Erasing runs the holders (`core.people`), then destroys the person's keys: what lies in append-only rows stays
where it is and can no longer be opened. What a law makes the organisation keep is sealed with a key of its
own per duty; that key goes when the duty has ended, and until then the report names both. Doing it again does
no harm, and takes what has come since and what may go by now.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.personal_data import member_called, require_rank
from sunmao.answering.people import archive
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.crypto import persons
from sunmao.core.errors import NotFound
from sunmao.core.ids import new_id
from sunmao.core.people import KINDS, Erased, Kept, Part, Person, holders
from sunmao.guards.personal import services as personal_data

EXPORT, ERASE, REVERSE = "privacy.person.export", "privacy.person.erase", "privacy.surrogate.reverse"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What an erasure took, and what stays and why. `erased_before` is when keys were destroyed already."""

    subject: str
    dry_run: bool
    erased: list[Erased]
    kept: list[Kept]
    keys_destroyed: int
    erased_before: datetime | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "dry_run": self.dry_run,
            "erased": [{"what": str(one.what), "count": one.count} for one in self.erased],
            "kept": [archive.kept_as_dict(one) for one in self.kept],
            "keys_destroyed": self.keys_destroyed,
            "erased_before": self.erased_before.isoformat() if self.erased_before else None,
        }


def export(*, actor: Actor, subject: str, to: IO[bytes], reason: str = "") -> dict[str, Any]:
    """Write everything that the organisation holds about a person; returns the manifest.

    What placeholders stand for comes with it only for whoever may turn them back, and says why: that is a
    reversal, and an entry of its own.
    """
    actor.require(EXPORT)
    if reason.strip():
        actor.require(REVERSE)
    with tenancy.scope(actor.organisation_id):
        person = replace(_person(actor, subject), with_replaced=bool(reason.strip()))
        parts, kept = _known(person), _kept(person)
        require_rank(actor, person)
        manifest = archive.write(to, person=person, parts=parts, kept=kept)
        counts = [[part.name, len(part.rows)] for part in parts]
        _note(actor, "person.exported", person, parts=counts)
        if person.with_replaced:
            personal_data.note_reversal(actor=actor, person_keys=person.key_ids, reason=reason)
    return manifest


def erase(*, actor: Actor, subject: str, dry_run: bool = False, with_documents: bool = False) -> Report:
    """A rehearsal (`dry_run`) does all of it and takes it back, so that its report is exact."""
    actor.require(ERASE)
    with tenancy.scope(actor.organisation_id), transaction.atomic():
        person = replace(_person(actor, subject), with_documents=with_documents)
        if not person.keys:
            _known(person)
        require_rank(actor, person)
        report = _erase(actor, person, dry_run=dry_run)
        transaction.set_rollback(dry_run)
    return report


def _erase(actor: Actor, person: Person, *, dry_run: bool) -> Report:
    kept = _kept(person)
    lasting = {one.duty for one in kept if one.duty and (one.until is None or one.until > now())}
    duties = {"", *person.duties} - lasting
    living = [key for key in person.keys if key.destroyed_at is None and key.duty in duties]
    person = replace(person, going=frozenset(key.pk for key in living))
    taken = [one for holder in holders() for one in holder.erase(person) if one.count]
    # Before the keys go: whoever erases themself is named with a key that is destroyed, not with a new one.
    _note(
        actor,
        "person.erased",
        person,
        erased={str(one.what): one.count for one in taken},
        kept_for=sorted(lasting),
    )
    return Report(
        subject=person.subject,
        dry_run=dry_run,
        erased=taken,
        kept=[one for one in kept if not one.duty or one.duty in lasting],
        keys_destroyed=persons.destroy(person.subject, duties=duties),
        erased_before=max((key.destroyed_at for key in person.keys if key.destroyed_at), default=None),
    )


def _person(actor: Actor, subject: str) -> Person:
    """`user:…`, `api_key:…`, `subject:…`, or the user name of a member."""
    if subject.partition(":")[0] not in KINDS:
        subject = f"user:{member_called(subject)}"
    keys = list(persons.keys_of(subject))
    return Person(subject=subject, organisation_id=actor.organisation_id, keys=keys)


def _known(person: Person) -> list[Part]:
    parts = [part for holder in holders() for part in holder.export(person)]
    if not person.keys and not any(part.rows for part in parts):
        raise NotFound(_("Nothing is held here about such a person."), code="unknown_person")
    return parts


def _kept(person: Person) -> list[Kept]:
    return [one for holder in holders() for one in holder.kept(person)]


def _note(actor: Actor, verb: str, person: Person, **detail: Any) -> None:
    """The entry names a number: it must outlive what it tells of."""
    audit.record(actor=actor, verb=verb, subject=Subject(_number(person)), **detail)


def _number(person: Person) -> uuid.UUID:
    return person.keys[0].pk if person.keys else person.id or new_id()


@dataclass(frozen=True)
class Subject:
    """A person as the subject of audit entries."""

    pk: uuid.UUID


__all__ = ["ERASE", "EXPORT", "Report", "erase", "export"]

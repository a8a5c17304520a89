"""Reads of the log, for those who may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from sunmao.audit.models import Entry, Seal, Waiting
from sunmao.audit.sinks import SinkState, state_of_sink
from sunmao.audit.verbs import verbs
from sunmao.core.actor import Actor
from sunmao.core.crypto import persons
from sunmao.core.errors import NotFound
from sunmao.core.ids import parse_id, reference

READ = "audit.entry.read"
_CLOCKS_APART = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What to look for; empty means all. `actor` is an id or `kind:id`, `verb` may end with `*`."""

    since: datetime | None = None
    until: datetime | None = None
    verb: str = ""
    actor: str = ""
    subject: str = ""
    request: str = ""

    def query(self) -> Q:
        found = Q()
        if self.since:
            found &= Q(at__gte=self.since)
        if self.until:
            found &= Q(at__lt=self.until)
        if self.verb.endswith("*"):
            found &= Q(verb__startswith=self.verb[:-1])
        elif self.verb:
            found &= Q(verb=self.verb)
        if self.subject:
            kind, _colon, subject = self.subject.rpartition(":")
            found &= Q(subject_id=subject) & (Q(subject_kind=kind) if kind else Q())
        if self.request:
            found &= Q(request_id=self.request)
        return found & self._by_actor()

    def _by_actor(self) -> Q:
        kind, _colon, actor = self.actor.rpartition(":")
        if not self.actor:
            return Q()
        if parse_id(actor) is None:
            return Q(actor_kind=actor, actor_id=None)  # `system`
        return Q(actor_id=actor) & (Q(actor_kind=kind) if kind else Q())

    def as_dict(self) -> dict[str, str]:
        told = {
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "verb": self.verb,
            "actor": self.actor,
            "subject": self.subject,
            "request": self.request,
        }
        return {name: value for name, value in told.items() if value}


def entries(actor: Actor, wanted: Filter = Filter()) -> QuerySet[Entry]:  # noqa: B008  frozen
    """Newest first."""
    actor.require(READ)
    return Entry.objects.filter(wanted.query())


def verbs_in_use(actor: Actor) -> list[str]:
    """Each verb is looked up in the index; asking for all distinct ones would read all of it."""
    actor.require(READ)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v FROM unnest(%s::text[]) v WHERE EXISTS (SELECT 1 FROM audit_entry e WHERE e.verb = v)",
            [sorted(verbs())],
        )
        return [row[0] for row in cursor.fetchall()]


def visible_entry(*, actor: Actor, entry_id: object) -> Entry:
    found = entries(actor).filter(pk=reference(entry_id)).first()
    if found is None:
        raise NotFound
    return found


def opened(found: Iterable[Entry], organisation_id: UUID) -> list[Entry]:
    """A page of entries, with the keys of everybody on it fetched at once."""
    page = list(found)
    keys = [key for entry in page for key in (entry.actor_key, entry.person_key)]
    persons.preload(keys, organisation_id=organisation_id)
    return page


@dataclass(frozen=True)
class Place:
    """Where in the chain an entry stands."""

    number: int
    seal: int
    sealed_at: datetime
    hash: str


def place_of(entry: Entry) -> Place | None:
    """None while it waits for its seal."""
    sealed = Seal.objects.filter(sealed_at__gte=entry.at - _CLOCKS_APART, entries__contains=[entry.pk])
    seal = sealed.order_by("number").first()
    if seal is None:
        return None
    index = seal.entries.index(entry.pk)
    digest = bytes(seal.hashes[index * 32 : (index + 1) * 32]).hex()
    return Place(seal.first + index, seal.number, seal.sealed_at, digest)


@dataclass(frozen=True)
class Status:
    """How the chain stands: until when it is sealed, what waits, what the last verification said."""

    seals: int
    entries: int
    sealed_at: datetime | None
    waiting: int
    waiting_since: datetime | None
    verified_at: datetime | None
    verified: dict[str, Any] | None
    sink: SinkState | None


def status(actor: Actor) -> Status:
    actor.require(READ)
    newest = Seal.objects.order_by("-number").defer("entries", "hashes").first()
    oldest = Waiting.objects.order_by("pk").values_list("entry_id", flat=True).first()
    verified = Entry.objects.filter(verb="audit.verified").order_by("-at").first()
    return Status(
        seals=newest.number if newest else 0,
        entries=newest.last if newest else 0,
        sealed_at=newest.sealed_at if newest else None,
        waiting=Waiting.objects.count(),
        waiting_since=_time_of(oldest),
        verified_at=verified.at if verified else None,
        verified=verified.detail if verified else None,
        sink=state_of_sink(),
    )


def _time_of(entry_id: UUID | None) -> datetime | None:
    if entry_id is None:
        return None
    return Entry.objects.filter(pk=entry_id).values_list("at", flat=True).first()

"""Verbs on sources. Looking at one is a job (see `looking`)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.clock import now
from sunmao.core.errors import Conflict, InvalidInput
from sunmao.jobs import services as jobs
from sunmao.jobs.models import Job
from sunmao.knowledge.models import KnowledgeBase
from sunmao.knowledge.sources import addresses
from sunmao.knowledge.sources.models import Source, SourceKind, SourceState
from sunmao.knowledge.sources.problems import InvalidSource

MANAGE = "sources.source.manage"
KIND = "sources.look"
SHORTEST = {SourceKind.FOLDER: 1, SourceKind.URL: 15, SourceKind.SITEMAP: 60}
"""Minutes between two looks: a folder is ours, a site is somebody else's."""
LONGEST = 366 * 24 * 60


class SourceBusy(Conflict):
    code = "source_busy"
    default_message = _("The source is being looked at or removed. Wait until that has ended.")


def add(
    *,
    actor: Actor,
    base: KnowledgeBase,
    kind: str,
    address: str,
    every_minutes: int = 0,
    limit: int | None = None,
    removes: bool = True,
) -> Source:
    """Keep a source and look at it at once. Raises `InvalidSource`."""
    actor.require(MANAGE, base=base.slug)
    actor.require("knowledge.document.upload", base=base.slug)
    kind = _kind(kind)
    values: dict[str, Any] = {
        "every_minutes": _every(kind, every_minutes),
        "limit": _limit(limit),
        "removes": removes,
    }
    with tenancy.scope(actor.organisation_id):
        clean = addresses.clean(kind=kind, address=address, organisation_id=actor.organisation_id)
        source, created = Source.objects.get_or_create(
            base=base, address=clean, defaults={"kind": kind, **values}
        )
        if not created:
            raise InvalidSource(code="duplicate_source", fields={"address": clean})
        audit.record(
            actor=actor,
            verb="source.added",
            subject=source,
            base=base.slug,
            kind=kind,
            address=clean,
            **values,
        )
        start(actor=actor, source=source)
    return source


def refresh(*, actor: Actor, source: Source) -> Source:
    """Look now, whatever the plan says."""
    with _locked(actor, source) as own:
        if own.state == SourceState.ENDING or own.is_being_looked_at:
            raise SourceBusy
        audit.record(actor=actor, verb="source.refreshed", subject=own)
        start(actor=actor, source=own)
    return own


def start(*, actor: Actor, source: Source, payload: dict[str, Any] | None = None) -> Job:
    """Queue a look in the caller's transaction; a paused source may still be looked at by hand."""
    source.job = jobs.enqueue(actor=actor, kind=KIND, subject_id=source.pk, payload=payload)
    # A look sets the next one when it ends. One that cannot end must not be the last.
    source.due_at = source.next_look()
    source.save(update_fields=["job", "due_at"])
    return source.job


def change(
    *,
    actor: Actor,
    source: Source,
    every_minutes: int | None = None,
    limit: int | None = None,
    removes: bool | None = None,
) -> Source:
    with _locked(actor, source) as own:
        before = {"every_minutes": own.every_minutes, "limit": own.limit, "removes": own.removes}
        after = {
            "every_minutes": own.every_minutes if every_minutes is None else _every(own.kind, every_minutes),
            "limit": own.limit if limit is None else _limit(limit),
            "removes": own.removes if removes is None else removes,
        }
        if after != before:
            for name, value in after.items():
                setattr(own, name, value)
            own.due_at = None if not own.every_minutes or own.is_being_looked_at else now()
            own.save(update_fields=[*after, "due_at"])
            audit.record(actor=actor, verb="source.changed", subject=own, before=before, after=after)
    return own


def pause(*, actor: Actor, source: Source) -> Source:
    """No more looks by plan; one that is under way stops at its next entry."""
    with _locked(actor, source) as own:
        if own.state != SourceState.ACTIVE:
            raise SourceBusy(_("Only an active source can be paused."), code="source_not_active")
        _stop(own)
        _switch(actor, own, SourceState.PAUSED, "source.paused")
    return own


def resume(*, actor: Actor, source: Source) -> Source:
    with _locked(actor, source) as own:
        if own.state != SourceState.PAUSED:
            raise SourceBusy(_("Only a paused source can be resumed."), code="source_not_paused")
        own.due_at = now() if own.every_minutes else None
        _switch(actor, own, SourceState.ACTIVE, "source.resumed")
    return own


def remove(*, actor: Actor, source: Source, with_documents: bool = False) -> None:
    """The documents stay, unless they are to go as well: then a job takes them out, and the source last."""
    with _locked(actor, source) as own:
        if with_documents:
            actor.require("knowledge.document.delete", base=own.base.slug)
        _stop(own)
        if with_documents:
            own.state = SourceState.ENDING
            own.save(update_fields=["state"])
            start(actor=actor, source=own)
        else:
            audit.record(actor=actor, verb="source.removed", subject=own, address=own.address, documents=0)
            own.delete()


def _stop(source: Source) -> None:
    if source.job and not source.job.has_ended:
        jobs.supersede(job=source.job)


def _switch(actor: Actor, source: Source, state: SourceState, verb: str) -> None:
    source.state = state
    source.save(update_fields=["state", "due_at"])
    audit.record(actor=actor, verb=verb, subject=source)


class _locked:  # noqa: N801  reads as a verb
    """The source's row, locked, for whoever may manage its base's sources."""

    def __init__(self, actor: Actor, source: Source) -> None:
        self._actor, self._source = actor, source
        self._scope = tenancy.scope(actor.organisation_id)

    def __enter__(self) -> Source:
        self._actor.require(MANAGE, base=self._source.base.slug)
        self._scope.__enter__()
        rows = Source.objects.select_for_update(of=("self",)).select_related("base", "job")
        return rows.get(pk=self._source.pk)

    def __exit__(self, *error: Any) -> Any:
        return self._scope.__exit__(*error)


def _kind(kind: str) -> SourceKind:
    if kind not in SourceKind.values:
        raise InvalidInput(fields={"kind": _("is not one of url, sitemap, folder")})
    return SourceKind(kind)


def _every(kind: str, minutes: int) -> int:
    least = SHORTEST[SourceKind(kind)]
    if minutes and not least <= minutes <= LONGEST:
        text = _("Give 0 for no plan, or at least %(least)d minutes.") % {"least": least}
        raise InvalidInput(fields={"every_minutes": text})
    return minutes


def _limit(limit: int | None) -> int:
    most = settings.SUNMAO_SOURCE_ENTRIES
    if limit is not None and not 1 <= limit <= most:
        raise InvalidInput(fields={"limit": _("Give a number from 1 to %(most)d.") % {"most": most}})
    return limit or most


__all__ = ["add", "change", "pause", "refresh", "remove", "resume", "start"]

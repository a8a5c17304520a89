"""Verbs on base models: add, change, keep, share, retire. The operator's files are only ever read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.models import Organisation
from sunmao.accounts.services import system_actor
from sunmao.audit import services as audit
from sunmao.core import tenancy
from sunmao.core.actor import Actor
from sunmao.core.errors import InvalidInput
from sunmao.jobs import services as jobs
from sunmao.modelhub import names
from sunmao.modelhub.errors import ModelConflict
from sunmao.modelhub.files import folders
from sunmao.modelhub.models import BaseModel, BaseState, Quantisation
from sunmao.modelhub.selectors import MANAGE

READ_BASE, KEEP_BASE = "modelhub.read_base", "modelhub.keep_base"
TEXTS = {"licence": 120, "provider": 200, "filing_number": 120}


@transaction.atomic
def add_base(
    *,
    actor: Actor,
    name: str,
    source: str,
    quantisation: str = Quantisation.NONE,
    told: Mapping[str, Any] | None = None,
    keep: bool = False,
) -> BaseModel:
    """Name a model; a job reads its files, and with `keep` puts them into our store.

    `told` are licence, provider and filing number.
    """
    actor.require(MANAGE)
    slug, place = names.checked(name), names.text(source, field="source", longest=500)
    folders.check_place(place)
    fields = _told(told or {}) | _quantised(quantisation)
    with tenancy.scope(actor.organisation_id):
        if BaseModel.objects.filter(organisation_id=actor.organisation_id, slug=slug).exists():
            raise ModelConflict(code="name_taken", fields={"name": slug})
        made = BaseModel.objects.create(slug=slug, source=place, **fields)
        made.job = jobs.enqueue(actor=actor, kind=KEEP_BASE if keep else READ_BASE, subject_id=made.pk)
        made.save(update_fields=["job"])
        audit.record(actor=actor, verb="base_model.added", subject=made, name=slug, source=place, keep=keep)
    return made


@transaction.atomic
def change_base(*, actor: Actor, base: BaseModel, **changes: Any) -> BaseModel:
    """What people say of it; what its files say changes only when they are read."""
    actor.require(MANAGE)
    quantised = _quantised(changes.pop("quantisation")) if "quantisation" in changes else {}
    fields = _told(changes) | quantised
    with tenancy.scope(actor.organisation_id):
        found = BaseModel.objects.select_for_update().get(pk=base.pk, organisation_id=actor.organisation_id)
        before = {name: getattr(found, name) for name in fields}
        for name, value in fields.items():
            setattr(found, name, value)
        found.save(update_fields=[*fields])
        audit.record(actor=actor, verb="base_model.changed", subject=found, before=before, after=fields)
    return found


@transaction.atomic
def read_again(*, actor: Actor, base: BaseModel) -> BaseModel:
    """After its files were changed: adapters for what they were no longer fit it."""
    return _read(actor=actor, base=base, keep=False, verb="base_model.added", again=True)


@transaction.atomic
def keep_base(*, actor: Actor, base: BaseModel) -> BaseModel:
    """Its files come into our store, under the key ring; those at its source may go then."""
    return _read(actor=actor, base=base, keep=True, verb="base_model.kept")


def _read(*, actor: Actor, base: BaseModel, keep: bool, verb: str, **told: Any) -> BaseModel:
    actor.require(MANAGE)
    with tenancy.scope(actor.organisation_id):
        found = BaseModel.objects.select_for_update().get(pk=base.pk, organisation_id=actor.organisation_id)
        found.state = BaseState.READING
        found.job = jobs.enqueue(
            actor=actor, kind=KEEP_BASE if keep or found.kept else READ_BASE, subject_id=found.pk
        )
        found.save(update_fields=["state", "job"])
        audit.record(actor=actor, verb=verb, subject=found, name=found.slug, **told)
    return found


@transaction.atomic
def share(*, organisation: Organisation, base: BaseModel) -> BaseModel:
    """The operator's word, from the shell: every organisation may make adapters for it."""
    with tenancy.scope(organisation.pk):
        found = BaseModel.objects.select_for_update().get(pk=base.pk, organisation_id=organisation.pk)
        if not found.shared:
            found.shared = True
            found.save(update_fields=["shared"])
            audit.record(
                actor=system_actor(organisation), verb="base_model.shared", subject=found, name=found.slug
            )
    return found


@transaction.atomic
def retire_base(*, actor: Actor, base: BaseModel) -> None:
    """No new adapters for it; those that there are answer on."""
    actor.require(MANAGE)
    with tenancy.scope(actor.organisation_id):
        own = BaseModel.objects.filter(pk=base.pk, organisation_id=actor.organisation_id)
        if own.exclude(state=BaseState.RETIRED).update(state=BaseState.RETIRED):
            audit.record(actor=actor, verb="base_model.retired", subject=base, name=base.slug)


def _told(given: Mapping[str, Any]) -> dict[str, str]:
    unknown = set(given) - set(TEXTS)
    if unknown:
        raise InvalidInput(fields={str(name): _("is not known") for name in unknown})
    return {
        name: names.text(value, field=name, longest=TEXTS[name])
        for name, value in given.items()
        if value is not None
    }


def _quantised(value: object) -> dict[str, str]:
    if value not in Quantisation.values:
        raise InvalidInput(fields={"quantisation": _("must be none, int8 or nf4")})
    return {"quantisation": str(value)}


__all__ = ["add_base", "change_base", "keep_base", "read_again", "retire_base", "share"]

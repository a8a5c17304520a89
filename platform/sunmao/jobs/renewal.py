"""The keys of the installation: who uses them, changing the current one, and letting one go.

Sealing anew is one job for each organisation. Meanwhile both keys open.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunmao.accounts.models import Organisation
from sunmao.accounts.services import system_actor
from sunmao.audit import services as audit
from sunmao.core import renewal, tenancy
from sunmao.core.actor import Actor
from sunmao.core.crypto import keyring
from sunmao.core.crypto.keyring import Key, KeyRing
from sunmao.core.errors import Conflict, NotFound
from sunmao.jobs import services as jobs
from sunmao.jobs.lease import Lease
from sunmao.jobs.models import Job

KIND = "jobs.renew_seals"
REPORT_EVERY = 50


@dataclass(frozen=True)
class KeyUse:
    key: Key
    current: bool
    uses: int


@dataclass(frozen=True)
class Overview:
    """`lost` counts what keys sealed that are not in the ring; `plain` counts files that no key sealed."""

    keys: list[KeyUse]
    lost: dict[str, int]
    plain: int


def overview() -> Overview:
    uses = renewal.keys_used_elsewhere()
    for organisation in Organisation.objects.all():
        uses.update(renewal.used_keys(organisation.pk))
    plain, keys = uses.pop("", 0), keyring.ring().keys
    return Overview(
        keys=[KeyUse(key, number == 0, uses.pop(key.id, 0)) for number, key in enumerate(keys)],
        lost=dict(uses),
        plain=plain,
    )


def add_key() -> Key:
    """Make a key that every process learns of before anything is sealed with it: it is not current yet."""
    key = Key.fresh(f"k{secrets.token_hex(4)}")
    if not given_by_environment():
        keyring.write(KeyRing((*keyring.ring().keys, key)))
        _note("encryption_key.added", key=key.id)
    return key


def rotate(*, key_id: str = "") -> list[Job]:
    """Make a key current, by default the one that was added last, and seal everything anew with it."""
    keys = keyring.ring().keys
    chosen = _find(key_id or keys[-1].id) if keys else keyring.ring().current
    if chosen != keys[0]:
        if given_by_environment():
            raise Conflict(
                _("The keys are given in the environment: put the new one first there, then rotate."),
                code="keys_not_writable",
            )
        keyring.write(KeyRing((chosen, *(key for key in keys if key != chosen))))
        _note("encryption_key.made_current", key=chosen.id)
    return start()


def start() -> list[Job]:
    """One job for each organisation that seals anew whatever the current key did not seal."""
    return [_start(organisation) for organisation in Organisation.objects.order_by("created_at")]


def _start(organisation: Organisation) -> Job:
    actor = _operator(organisation)
    with tenancy.scope(organisation.pk):
        job = jobs.enqueue(actor=actor, kind=KIND, subject_id=organisation.pk)
        audit.record(
            actor=actor, verb="encryption.renewal_started", subject=job, key=keyring.ring().current.id
        )
    return job


def work(lease: Lease) -> dict[str, Any]:
    """The handler of `jobs.renew_seals`; a worker that dies is followed by one that goes on."""
    key, done, since = keyring.ring().current.id, 0, REPORT_EVERY
    total = renewal.pending(lease.organisation_id)
    for count in renewal.renew(lease.organisation_id):
        done, since = done + count, since + count
        if since >= REPORT_EVERY:
            lease.progress(min(done, total), total)
            since = 0
    result = {"key": key, "looked_at": done}
    organisation = Organisation.objects.get(pk=lease.organisation_id)
    with tenancy.scope(lease.organisation_id):
        lease.succeed(result)
        audit.record(
            actor=_operator(organisation),
            verb="encryption.renewed",
            subject=Job.objects.get(pk=lease.job_id),
            key=key,
            looked_at=done,
        )
    return result


def retire(*, key_id: str) -> None:
    """Take a key out of the ring; refused while it is current or anything was sealed with it."""
    key = _find(key_id)
    if key == keyring.ring().current:
        raise Conflict(_("This is the current key. Rotate to another one first."), code="key_is_current")
    uses = renewal.keys_used_elsewhere()[key_id]
    uses += sum(renewal.used_keys(one.pk)[key_id] for one in Organisation.objects.all())
    if uses:
        raise Conflict(
            _("This key is still needed. Rotate, and wait until the jobs have ended."),
            code="key_in_use",
            fields={"uses": str(uses)},
        )
    if given_by_environment():
        raise Conflict(
            _("Nothing needs this key any more; take it out of the environment."), code="keys_not_writable"
        )
    keyring.write(KeyRing(tuple(one for one in keyring.ring().keys if one != key)))
    _note("encryption_key.retired", key=key_id)


def given_by_environment() -> bool:
    return bool(settings.SUNMAO_ENCRYPTION_KEYS)


def _find(key_id: str) -> Key:
    key = keyring.ring().find(key_id)
    if key is None:
        raise NotFound(
            _("There is no key of this name in the ring."), code="unknown_key", fields={"key": key_id}
        )
    return key


def _operator(organisation: Organisation) -> Actor:
    return system_actor(organisation, name="operator")


@transaction.atomic
def _note(verb: str, *, key: str) -> None:
    """The ring belongs to no organisation; each is told in its own log."""
    for organisation in Organisation.objects.order_by("created_at"):
        with tenancy.scope(organisation.pk):
            audit.record(actor=_operator(organisation), verb=verb, subject=Ring(organisation.pk), key=key)


@dataclass(frozen=True)
class Ring:
    """The key ring as the subject of audit entries."""

    pk: uuid.UUID

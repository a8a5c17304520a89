"""A key for each person, so that destroying it erases what only it can open, append-only rows included.

`person` is `Actor.subject`. The key is 256 random bits, made when the person's first text is sealed, and kept
in a row that the installation's key ring locks (`core.crypto.person_key`). Rotating the ring locks that row
anew; what the person's key sealed stays untouched.

What the law makes an organisation keep is sealed with another key of the same person, one for each `duty`:
erasing destroys the ordinary key and leaves those of a duty that still lasts.

A process remembers a key for `REMEMBERED_SECONDS`; that is how long after `destroy` another process may still
open what it knew. Only keys that are committed are remembered: the key of a transaction that fails must not
seal anything afterwards.
"""

from __future__ import annotations

import base64
import os
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from sunmao.core import tenancy
from sunmao.core.crypto.keyring import SealedDataUnreadable
from sunmao.core.crypto.person_key import PersonKey
from sunmao.core.crypto.sealed import context_of
from sunmao.core.crypto.sealing import locked, opened, unseal
from sunmao.core.ids import new_id, parse_id

VERSION = "p1"
KEY_BYTES = 32
REMEMBERED_SECONDS = 4.0
REMEMBERED_KEYS = 4096


class Erased(str):
    """What stands where an erased person's text was, in the language of whoever reads it."""

    def __new__(cls) -> Erased:
        return super().__new__(cls, _("Erased at the person's request"))


@dataclass(frozen=True)
class _Known:
    """`secret` is None when the key was destroyed."""

    id: uuid.UUID
    organisation_id: uuid.UUID
    person: str | None
    secret: bytes | None
    until: float


_by_id: dict[uuid.UUID, _Known] = {}
_by_person: dict[tuple[uuid.UUID, str, str], _Known] = {}


def seal_for(person: str, text: str, *, context: str, duty: str = "") -> str:
    """In the current organisation; makes the person's key when there is none yet."""
    known = _key_of(tenancy.current_organisation_id(), person, duty)
    return _sealed(known, text, context)


def open_for(person: str, token: str, *, context: str) -> str | None:
    """None when the person was erased; `SealedDataUnreadable` for a token of somebody or something else."""
    known = _of_token(token, tenancy.current_organisation_id())
    if known.secret is not None and known.person != person:
        raise SealedDataUnreadable
    return _opened(known, token, context)


def key_of(person: str, *, duty: str = "") -> uuid.UUID:
    """The id of the person's key in the current organisation, for rows that name it (`PersonTextField`)."""
    return _key_of(tenancy.current_organisation_id(), person, duty).id


def seal_with(key_id: uuid.UUID, text: str, *, context: str, organisation_id: uuid.UUID) -> str:
    return _sealed(_by_key(key_id, organisation_id), text, context)


def open_token(token: str, *, context: str, organisation_id: uuid.UUID) -> str | None:
    return _opened(_of_token(token, organisation_id), token, context)


def keys_of(person: str) -> QuerySet[PersonKey]:
    """All keys of a person in the current organisation, destroyed ones included."""
    return PersonKey.objects.filter(person_index__in=PersonKey.index_of(person)).order_by("created_at")


def destroy(person: str, *, duties: Iterable[str] = ("",)) -> int:
    """Nothing that these keys sealed can be opened again. Returns how many keys were destroyed."""
    living = keys_of(person).filter(duty__in=list(duties), destroyed_at=None)
    ids = list(living.select_for_update().values_list("pk", flat=True))
    PersonKey.objects.filter(pk__in=ids).update(secret=None, person=None, destroyed_at=Now())
    forget()
    connection.on_commit(forget)  # another thread may have read a key again before the commit
    return len(ids)


def forget() -> None:
    """Let go of every key that this process remembers."""
    _by_id.clear()
    _by_person.clear()


def preload(key_ids: Iterable[uuid.UUID | None], *, organisation_id: uuid.UUID) -> None:
    """One statement for a page of rows instead of one for each person on it."""
    now = time.monotonic()
    wanted = {one for one in key_ids if one is not None and not _fresh(_by_id.get(one), now)}
    if wanted:
        with tenancy.scope(organisation_id):
            _select("id = ANY(%s)", [list(wanted)])


def _sealed(known: _Known, text: str, context: str) -> str:
    if known.secret is None:
        raise SealedDataUnreadable(fields={"person_key": str(known.id)})
    return locked(known.secret, text, head=f"{VERSION}.{known.id.hex}", context=context)


def _opened(known: _Known, token: str, context: str) -> str | None:
    return None if known.secret is None else opened(known.secret, token, context=context)


def _of_token(token: str, organisation_id: uuid.UUID) -> _Known:
    version, _dot, rest = token.partition(".")
    key_id = parse_id(rest.partition(".")[0])
    if version != VERSION or key_id is None:
        raise SealedDataUnreadable
    return _by_key(key_id, organisation_id)


def _by_key(key_id: uuid.UUID, organisation_id: uuid.UUID) -> _Known:
    known = _by_id.get(key_id)
    if known is None or not _fresh(known, time.monotonic()):
        with tenancy.scope(organisation_id):
            found = _select("id = %s", [key_id])
        if not found:
            raise SealedDataUnreadable(fields={"person_key": str(key_id)})
        known = found[0]
    if known.organisation_id != organisation_id:
        raise SealedDataUnreadable(fields={"person_key": str(key_id)})
    return known


def _key_of(organisation_id: uuid.UUID, person: str, duty: str) -> _Known:
    known = _by_person.get((organisation_id, person, duty))
    if known is not None and _fresh(known, time.monotonic()):
        return known
    which: tuple[str, list[Any]] = (
        "person_index = ANY(%s) AND duty = %s AND destroyed_at IS NULL",
        [PersonKey.index_of(person), duty],
    )
    found = _select(*which)
    if not found:
        _make(person, duty)
        found = _select(*which)
    return found[0]


def _make(person: str, duty: str) -> None:
    """Whoever comes second waits for the first to commit, and then finds the first one's key."""
    secret = base64.b64encode(os.urandom(KEY_BYTES)).decode()
    PersonKey.objects.bulk_create(
        [PersonKey(id=new_id(), person=person, secret=secret, duty=duty)], ignore_conflicts=True
    )


def _select(which: str, values: Sequence[Any]) -> list[_Known]:
    """Every question asks this, so it goes past the ORM, which would take as long again."""
    with connection.cursor() as cursor:
        cursor.execute(_KEYS.format(which=which), values)
        return [_remember(*row) for row in cursor.fetchall()]


# Only what was committed before this transaction began is remembered. A row of this very transaction cannot
# be older than the transaction; one that is older and visible is somebody's committed one.
_KEYS = """
    SELECT id, organisation_id, duty, person, secret, created_at < transaction_timestamp()
    FROM core_personkey WHERE {which} ORDER BY created_at
"""


def _remember(
    key_id: uuid.UUID,
    organisation_id: uuid.UUID,
    duty: str,
    person: str | None,
    secret: str | None,
    settled: bool,
) -> _Known:
    known = _Known(
        id=key_id,
        organisation_id=organisation_id,
        person=_unsealed("person", key_id, person),
        secret=base64.b64decode(_unsealed("secret", key_id, secret) or "") or None,
        until=time.monotonic() + REMEMBERED_SECONDS,
    )
    if settled:
        if len(_by_id) >= REMEMBERED_KEYS:
            forget()
        _by_id[key_id] = known
        if known.person is not None:
            _by_person[(organisation_id, known.person, duty)] = known
    return known


def _unsealed(column: str, key_id: uuid.UUID, token: str | None) -> str | None:
    return None if token is None else unseal(token, context=context_of(PersonKey, column, key_id))


def _fresh(known: _Known | None, moment: float) -> bool:
    return known is not None and moment < known.until


__all__ = [
    "Erased",
    "destroy",
    "forget",
    "key_of",
    "keys_of",
    "open_for",
    "open_token",
    "preload",
    "seal_for",
    "seal_with",
]

"""Whose rows a database statement may see.

Every tenant table carries `organisation_id` and a FORCEd row-level security policy on
`current_setting('app.organisation_id')` (see `core.rls`). The setting is transaction-local, so it is safe
behind any pooler; without it a query returns nothing.

`presenting` opens exactly one more door: a row may be seen by whoever holds its key (an API key's hash, a
user's own memberships) before the organisation is known.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

ORGANISATION = "app.organisation_id"
API_KEY = "app.api_key_hash"
USER = "app.user_id"
MAINTENANCE = "app.maintenance"

_NOT_WAITED_FOR = ", set_config('synchronous_commit', 'off', true)"

_current: ContextVar[uuid.UUID | None] = ContextVar("organisation_id", default=None)


class NoOrganisation(RuntimeError):
    """A tenant row was written outside `scope`; a programming error, not a user's."""


def current_organisation_id() -> uuid.UUID:
    organisation_id = _current.get()
    if organisation_id is None:
        raise NoOrganisation("Open sunmao.core.tenancy.scope(organisation_id) first.")
    return organisation_id


@contextmanager
def scope(organisation_id: uuid.UUID, *, durable: bool = True) -> Iterator[None]:
    """A transaction that sees and writes the rows of one organisation.

    One that is not durable ends without waiting for the disk, unless it stands inside another: for notes that
    are made again when a server loses its last moment (how far a job is, that it was sent).
    """
    token = _current.set(organisation_id)
    try:
        with _setting(ORGANISATION, str(organisation_id), durable=durable):
            yield
    finally:
        _current.reset(token)


def give_back() -> None:
    """Before waiting for somebody else: a pool has few connections, and a request would keep its own to the
    end. The next statement takes one again."""
    if not connection.in_atomic_block:
        connection.close()


@contextmanager
def presenting(setting: str, value: str) -> Iterator[None]:
    """A transaction that also sees the rows whose key is `value`."""
    with _setting(setting, value):
        yield


@contextmanager
def _setting(name: str, value: str, *, durable: bool = True) -> Iterator[None]:
    is_inner = connection.in_atomic_block
    with transaction.atomic():
        previous = _replace(name, value, also="" if durable or is_inner else _NOT_WAITED_FOR)
        yield
        # Inside an outer transaction the setting would outlive this block; the outermost one takes it along
        # when it ends. When the block failed, the savepoint takes it back instead.
        if is_inner:
            _replace(name, previous)


def _replace(name: str, value: str, *, also: str = "") -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT current_setting(%s, true), set_config(%s, %s, true){also}",
            [name, name, value],
        )
        row = cursor.fetchone()
    return row[0] or "" if row else ""

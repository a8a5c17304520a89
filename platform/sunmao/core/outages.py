"""What to tell when the ground gives way: a database that does not answer, a disk that is full."""

from __future__ import annotations

import threading
from typing import Any

from django.db import OperationalError, connections
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import StorageFull, SunmaoError, Unavailable
from sunmao.core.files import is_full_disk

_shedding = threading.Lock()


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"
    default_message = _("The database does not answer at the moment. Nothing was changed; try again shortly.")


def database_is_away() -> DatabaseUnavailable:
    """The error to tell, after throwing away a pool whose connections are dead.

    A pool sheds them one at a time with growing pauses; a new one connects at once when the database is back.
    """
    if _shedding.acquire(blocking=False):  # one of the many who notice
        try:
            _shed()
        finally:
            _shedding.release()
    return DatabaseUnavailable()


def _shed() -> None:
    """A pool that is only busy stays: others hold its connections, or wait for one."""
    connection: Any = connections["default"]
    if not getattr(connection, "pool", None):
        return
    try:
        connection.Database.connect(**connection.get_connection_params(), connect_timeout=2).close()
    except connection.Database.OperationalError:
        connection.close_pool()


def outage(raised: BaseException | None) -> SunmaoError | None:
    """The error of ours behind an exception that no view expects; None when it is a fault of the code."""
    if is_full_disk(raised):  # an upload is written to the disk before any view sees it
        return StorageFull()
    return database_is_away() if isinstance(raised, OperationalError) else None

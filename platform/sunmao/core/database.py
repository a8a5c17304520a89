"""What to do when the database does not answer."""

from __future__ import annotations

from django.db import connections
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import Unavailable


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"
    default_message = _("The database does not answer at the moment. Nothing was changed; try again shortly.")


def database_is_away() -> DatabaseUnavailable:
    """The error to tell, after throwing away a pool whose connections are dead.

    A pool sheds them one at a time with growing pauses; a new one connects at once when the database is back.
    """
    close_pool = getattr(connections["default"], "close_pool", None)
    if close_pool:
        close_pool()
    return DatabaseUnavailable()

"""An answer that says "no" comes after a fixed time, so that how long it took tells nothing.

Hashing takes the same time for everybody; finding a person and writing to their organisation's log does not.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.db import connection


def begin() -> float:
    return time.monotonic()


def hold(began: float) -> None:
    """Wait for the rest of the time, without a database connection that others could use."""
    left = began + settings.SUNMAO_SIGN_IN_MILLISECONDS / 1000 - time.monotonic()
    if left <= 0:
        return
    if not connection.in_atomic_block:
        connection.close()
    time.sleep(left)

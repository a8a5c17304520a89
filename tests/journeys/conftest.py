"""Only journeys have the running product: it takes half a minute to start and ends with the last of them."""

from __future__ import annotations

from tests.fixtures.stack import administrator, stack

__all__ = ["administrator", "stack"]

from __future__ import annotations

from tests.fixtures.embedding_server import embedding_server

__all__ = ["embedding_server"]

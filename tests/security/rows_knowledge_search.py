"""Vectors of bases, and what passages refer to."""

from __future__ import annotations

from tests.security.matrix import Row, get, post_json

READ, REBUILD = "embedding.space.read", "embedding.space.rebuild"
_VECTORS = "api/v1/bases/<str:slug>/vectors"

KNOWLEDGE_SEARCH = (
    Row(route=_VECTORS, method="GET", needs=READ, gives=200, names="shelf",
        send=get("api/v1/bases/{base}/vectors")),
    Row(route=_VECTORS, method="POST", needs=REBUILD, gives=202, names="shelf", writes=("space.requested",),
        send=post_json("api/v1/bases/{base}/vectors", lambda _: {"encoder": "minilm"})),
)  # fmt: skip

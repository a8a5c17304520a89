"""Vectors of bases, and what passages refer to."""

from __future__ import annotations

from tests.security.matrix import Row, get, post, post_json, send_json
from tests.security.rows_console import Model

READ, REBUILD = "embedding.space.read", "embedding.space.rebuild"
BASE, PASSAGE, SWITCH = "knowledge.base.read", "knowledge.passage.read", "graph.base.switch"
_VECTORS, _REFERENCES = "api/v1/bases/<str:slug>/vectors", "api/v1/bases/<str:slug>/references"

KNOWLEDGE_SEARCH = (
    Row(route=_VECTORS, method="GET", needs=READ, gives=200, names="shelf",
        send=get("api/v1/bases/{base}/vectors")),
    Row(route=_VECTORS, method="POST", needs=REBUILD, gives=202, names="shelf", writes=("space.requested",),
        send=post_json("api/v1/bases/{base}/vectors", lambda _: {"encoder": "minilm"})),
    Row(route=_REFERENCES, method="GET", needs=BASE, gives=200, names="shelf",
        send=get("api/v1/bases/{base}/references")),
    Row(route=_REFERENCES, method="PUT", needs=SWITCH, gives=200, names="shelf", writes=("graph.turned_on",),
        send=send_json("PUT", "api/v1/bases/{base}/references", lambda _: {"active": True})),
    Row(route="api/v1/passages/<str:passage_id>/references", method="GET", needs=PASSAGE, gives=200,
        names="shelf", send=get("api/v1/passages/{passage}/references")),
    Row(route="passages/<uuid:passage_id>/references/", method="GET", needs=PASSAGE, gives=200, names="shelf",
        send=get("passages/{passage}/references/")),
    Row(route="console/embedding/space/add/", method="POST", needs=REBUILD, gives=302, names="shelf",
        foreign=200, writes=("space.requested",),
        send=post("console/embedding/space/add/", lambda target: {
            "base": target.shelf.base_id, "encoder": "minilm", "language": "en"})),
)  # fmt: skip
MODELS_OF_SEARCH = {
    "embedding/space": Model(READ, "{space}", add=REBUILD, names="shelf"),
}

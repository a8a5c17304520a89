"""Vectors of bases, synonyms, and what passages refer to."""

from __future__ import annotations

from tests.security.matrix import Row, delete, get, post, post_json, send_json
from tests.security.rows_console import Model

READ, REBUILD = "embedding.space.read", "embedding.space.rebuild"
WORDS, GROUP = "learning.synonym.manage", ["deposit", "down payment"]
BASE, PASSAGE, SWITCH = "knowledge.base.read", "knowledge.passage.read", "graph.base.switch"
_SYNONYMS = "api/v1/bases/<str:slug>/synonyms"
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
    Row(route=_SYNONYMS, method="GET", needs=WORDS, gives=200, names="shelf",
        send=get("api/v1/bases/{base}/synonyms")),
    Row(route=_SYNONYMS, method="POST", needs=WORDS, gives=201, names="shelf", writes=("synonyms.added",),
        send=post_json("api/v1/bases/{base}/synonyms", lambda _: {"words": GROUP})),
    Row(route="api/v1/synonyms/<str:synonyms_id>", method="DELETE", needs=WORDS, gives=204, names="shelf",
        writes=("synonyms.withdrawn",), send=delete("api/v1/synonyms/{synonyms}")),
    Row(route="console/learning/synonyms/add/", method="POST", needs=WORDS, gives=302, names="shelf",
        foreign=200, writes=("synonyms.added",),
        send=post("console/learning/synonyms/add/", lambda target: {
            "base": target.shelf.base_id, "words": "\n".join(GROUP)})),
    Row(route="console/learning/synonyms/", method="POST", needs=WORDS, gives=302, names="shelf",
        foreign=200, writes=("synonyms.withdrawn",),
        send=post("console/learning/synonyms/", lambda target: {
            "action": "withdraw", "_selected_action": str(target.shelf.synonyms)})),
    Row(route="console/embedding/space/add/", method="POST", needs=REBUILD, gives=302, names="shelf",
        foreign=200, writes=("space.requested",),
        send=post("console/embedding/space/add/", lambda target: {
            "base": target.shelf.base_id, "encoder": "minilm", "language": "en"})),
)  # fmt: skip
MODELS_OF_SEARCH = {
    "embedding/space": Model(READ, "{space}", add=REBUILD, names="shelf"),
    "learning/synonyms": Model(WORDS, "{synonyms}", add=WORDS, names="shelf"),
}

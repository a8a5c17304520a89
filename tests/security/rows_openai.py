"""What OpenAI's clients call."""

from __future__ import annotations

from tests.security.matrix import OPEN, Row, get, post_json
from tests.security.world import QUESTION

_RUN = "answering.task.run"
_ASKED = ("answer.intended", "answer.recorded")
_NO_ENCODER = "no encoder is loaded where the matrix runs; its own test says what is written"
_SAID = [{"role": "user", "content": QUESTION}]

OPENAI = (
    Row(route="v1/models", method="GET", needs=_RUN, gives=200, send=get("v1/models")),
    Row(route="v1/models/<path:name>", method="GET", needs=_RUN, gives=200,
        send=get("v1/models/customer_service.ask")),
    Row(route="v1/chat/completions", method="POST", needs=_RUN, gives=200, writes=_ASKED,
        send=post_json("v1/chat/completions",
                       lambda _: {"model": "customer_service.ask", "messages": _SAID})),
    Row(route="v1/embeddings", method="POST", needs="answering.text.embed", gives=404, silent=_NO_ENCODER,
        send=post_json("v1/embeddings", lambda _: {"model": "all-MiniLM-L6-v2", "input": "a sofa"})),
    Row(route="v1/<rest>", method="GET", needs=OPEN, gives=404, send=get("v1/nothing/here")),
)  # fmt: skip

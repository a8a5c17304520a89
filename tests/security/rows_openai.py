"""What OpenAI's clients call."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.fixtures.media_models import tone
from tests.security.matrix import OPEN, Row, get, post, post_json
from tests.security.world import QUESTION

_RUN = "answering.task.run"
_ASKED = ("answer.intended", "answer.recorded")
_NO_ENCODER = "no encoder is loaded where the matrix runs; its own test says what is written"
_NO_MODEL = "no model is named where the matrix runs; its own test says what is written"
_SAID = [{"role": "user", "content": QUESTION}]


def _recording() -> SimpleUploadedFile:
    return SimpleUploadedFile("hum.wav", tone(440, seconds=0.1), content_type="audio/wav")


OPENAI = (
    Row(route="v1/models", method="GET", needs=_RUN, gives=200, send=get("v1/models")),
    Row(route="v1/models/<path:name>", method="GET", needs=_RUN, gives=200,
        send=get("v1/models/customer_service.ask")),
    Row(route="v1/chat/completions", method="POST", needs=_RUN, gives=200, writes=_ASKED,
        send=post_json("v1/chat/completions",
                       lambda _: {"model": "customer_service.ask", "messages": _SAID})),
    Row(route="v1/embeddings", method="POST", needs="answering.text.embed", gives=404, silent=_NO_ENCODER,
        send=post_json("v1/embeddings", lambda _: {"model": "all-MiniLM-L6-v2", "input": "a sofa"})),
    Row(route="v1/audio/speech", method="POST", needs="answering.media.make", gives=404, silent=_NO_MODEL,
        send=post_json("v1/audio/speech", lambda _: {"model": "tiny", "input": "good morning"})),
    Row(route="v1/audio/transcriptions", method="POST", needs="answering.media.make", gives=404,
        silent=_NO_MODEL,
        send=post("v1/audio/transcriptions", lambda _: {"model": "tiny", "file": _recording()})),
    Row(route="v1/images/generations", method="POST", needs="answering.media.make", gives=404,
        silent=_NO_MODEL,
        send=post_json("v1/images/generations", lambda _: {"model": "tiny", "prompt": "a sofa"})),
    Row(route="v1/<rest>", method="GET", needs=OPEN, gives=404, send=get("v1/nothing/here")),
)  # fmt: skip

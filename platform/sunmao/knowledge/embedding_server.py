"""OpenAI's `/embeddings` as any server speaks it: vLLM, Ollama, TEI, a cloud.

OpenAI's own takes no pictures. They are sent as vLLM takes them: as the message of a chat whose only content
is the picture.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import EngineFailure

ATTEMPTS = 3
AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
LONGEST_WAIT = 20.0
LONGEST_TEXT = 20_000
CONNECT_SECONDS = 5.0


class EmbeddingsFailed(EngineFailure):
    code = "embeddings_failed"
    default_message = _("The server of the encoder did not answer well. Check its address, model and log.")


@dataclass(frozen=True)
class Endpoint:
    """One model of one server. A refusal for good (401, 400) is told at once; a passing one is tried again,
    after as long as the server asks for."""

    url: str
    model: str
    key: str = ""
    batch: int = 64
    seconds: float = 30.0
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def from_settings(cls, model: str) -> Endpoint:
        return cls(
            url=settings.SUNMAO_EMBEDDINGS_URL,
            model=model,
            key=settings.SUNMAO_EMBEDDINGS_KEY,
            batch=settings.SUNMAO_EMBEDDINGS_BATCH,
            seconds=settings.SUNMAO_EMBEDDINGS_SECONDS,
        )

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """In the order of the texts."""
        rows: list[list[float]] = []
        for start in range(0, len(texts), self.batch):
            part = [text[:LONGEST_TEXT] or " " for text in texts[start : start + self.batch]]
            rows += self._asked({"input": part}, len(part))
        return _alike(rows)

    def embed_pictures(self, addresses: Sequence[str]) -> list[list[float]]:
        """Of pictures as `data:` addresses, in their order. A message holds one."""
        rows: list[list[float]] = []
        for address in addresses:
            shown = {"type": "image_url", "image_url": {"url": address}}
            rows += self._asked({"messages": [{"role": "user", "content": [shown]}]}, 1)
        return _alike(rows)

    def _asked(self, what: dict[str, Any], count: int) -> list[list[float]]:
        body = {"model": self.model, "encoding_format": "float", **what}
        for attempt in range(ATTEMPTS):
            last = attempt == ATTEMPTS - 1
            try:
                answer = self._client.post("embeddings", json=body)
            except httpx.TransportError as error:
                if last:
                    raise EmbeddingsFailed from error
                self.sleep(2.0**attempt)
                continue
            if answer.status_code == httpx.codes.OK:
                return _read(answer, count)
            if last or answer.status_code not in AGAIN:
                raise EmbeddingsFailed(fields={"status": str(answer.status_code)})
            self.sleep(_wait(answer, attempt))
        raise EmbeddingsFailed  # pragma: no cover  the last attempt has returned or raised

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {self.key}"} if self.key else {},
            timeout=httpx.Timeout(self.seconds, connect=CONNECT_SECONDS),
            follow_redirects=False,
        )


def _alike(rows: list[list[float]]) -> list[list[float]]:
    if len({len(row) for row in rows}) > 1:
        raise EmbeddingsFailed
    return rows


def _wait(answer: httpx.Response, attempt: int) -> float:
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked) if asked.isdigit() else 2.0**attempt, LONGEST_WAIT)


def _read(answer: httpx.Response, count: int) -> list[list[float]]:
    try:
        data: Any = answer.json()["data"]
        rows = {int(one["index"]): [float(value) for value in one["embedding"]] for one in data}
        found = [rows[place] for place in range(count)]
    except (KeyError, TypeError, ValueError) as error:
        raise EmbeddingsFailed from error
    if not all(found):
        raise EmbeddingsFailed
    return found

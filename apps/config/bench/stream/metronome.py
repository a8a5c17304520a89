"""An engine that costs nothing itself: it writes words at a given pace and notes when."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import ClassVar

from sunmao.inference.engine import Capabilities, Event, Finished, GenerationRequest, Token, in_turn

FIRST = "第一句话已经写完。"
WORDS = 12
"""Guards let out whole sentences: the first token is one, later ones are of twelve tokens."""


class MetronomeEngine:
    """The question says how: `TOKENS PAUSE`. `began` and `stopped` are when, by the question."""

    name = "metronome"
    model = "metronome"
    generative = True
    capabilities = Capabilities()
    began: ClassVar[dict[str, float]] = {}
    stopped: ClassVar[dict[str, float]] = {}
    writing = threading.Event()

    def generate(self, requests: Sequence[GenerationRequest]) -> Iterator[tuple[int, Event]]:
        return in_turn(self._write, requests)

    @classmethod
    def alone(cls, tokens: int, pause: float) -> None:
        """Writes for nobody, in a thread, as it does in a worker."""
        request = GenerationRequest(
            prompt="", question=f"alone {tokens} {pause}", language="zh", passages=(), stopped=lambda: False
        )
        writing = threading.Thread(target=lambda: [None for _event in cls().generate([request])])
        writing.start()
        writing.join()

    def _write(self, request: GenerationRequest) -> Iterator[Event]:
        name, tokens, pause = request.question.split()
        self.began[name] = time.perf_counter()
        yield Token(FIRST)
        for number in range(1, int(tokens)):
            if request.stopped():
                self.stopped[name] = time.perf_counter()
                yield Finished("cancelled", number)
                return
            if float(pause):
                time.sleep(float(pause))
            yield Token("好。" if number % WORDS == 0 else "词")
        yield Finished("stop", int(tokens))


__all__ = ["FIRST", "MetronomeEngine"]

"""An engine that answers by a rule of the test, several requests at once and in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sunmao.inference.engine import Capabilities, Event, Finished, GenerationRequest, Token
from sunmao.inference.strategies import Told, events
from sunmao.prompts.source import PromptSource, read, render

Rule = Callable[[GenerationRequest], str]


class Ruled:
    name, model, generative = "ruled", "ruled-1", True

    def __init__(self, rule: Rule, *, pieces: int = 3, **can: bool) -> None:
        self.rule, self.pieces = rule, pieces
        self.capabilities = Capabilities(**can)
        self.asked: list[GenerationRequest] = []

    def generate(self, requests: Sequence[GenerationRequest]) -> Iterator[tuple[int, Event]]:
        self.asked += requests
        for index, request in reversed(list(enumerate(requests))):
            text = self.rule(request)
            for start in range(0, len(text), self.pieces):
                if request.stopped():
                    yield index, Finished("cancelled", 0)
                    break
                yield index, Token(text[start : start + self.pieces])
            else:
                yield index, Finished("stop", len(text), len(request.prompt))


def asked(source: PromptSource, question: str, **given: object) -> GenerationRequest:
    values = dict.fromkeys(source.variables, question)
    return GenerationRequest(
        prompt=render(source, values),
        question=question,
        language=source.language,
        passages=(),
        **given,  # type: ignore[arg-type]
    )


def said(engine: Ruled, text: str, question: str = "?", **given: object) -> tuple[str, Told]:
    """What comes out of a prompt with this front matter, and what was told."""
    source = read(text)
    told = Told()
    images = given.pop("images", ())
    out = events(engine, asked(source, question, **given), source, told=told, images=images)  # type: ignore[arg-type]
    return "".join(event.text for event in out if isinstance(event, Token)), told


__all__ = ["Ruled", "asked", "said"]

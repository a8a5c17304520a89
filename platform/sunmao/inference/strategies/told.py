"""What happened on the way to an answer: for the record, and for limits of use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sunmao.inference.engine import Event, Finished, GenerationRequest, Token


@dataclass
class Told:
    """`notes` say what the strategy did; `read` and `written` are all texts that went in and came out."""

    notes: dict[str, Any] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    calls: int = 0
    prompt_tokens: int = 0
    tokens: int = 0

    def asked(self, request: GenerationRequest) -> None:
        self.calls += 1
        self.read.append("\n".join(message.content for message in request.conversation))

    def finished(self, event: Finished) -> None:
        self.tokens += event.tokens
        self.prompt_tokens += event.prompt_tokens

    def watched(self, events: Iterator[Event], request: GenerationRequest) -> Iterator[Event]:
        """One call, with what it said kept."""
        self.asked(request)
        said: list[str] = []
        for event in events:
            if isinstance(event, Token):
                said.append(event.text)
            elif isinstance(event, Finished):
                self.finished(event)
            yield event
        self.written.append("".join(said))


def text_of(events: Iterator[Event]) -> tuple[str, Finished]:
    """A whole text and how it ended; what else an engine asks for is left out."""
    said: list[str] = []
    end = Finished("stop")
    for event in events:
        if isinstance(event, Token):
            said.append(event.text)
        elif isinstance(event, Finished):
            end = event
    return "".join(said), end


__all__ = ["Told", "text_of"]

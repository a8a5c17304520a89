"""Chain of thought: the model thinks between two marks, and only what comes after them is the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sunmao.inference.engine import Engine, Event, Finished, GenerationRequest, Token, events_of
from sunmao.inference.strategies.told import Told

OPEN = ("<reasoning>", "<think>")
CLOSE = ("</reasoning>", "</think>")
ASK = {
    "zh": (
        "先在 <reasoning> 与 </reasoning> 之间分步推理，每一步说明理由；"
        "然后在 </reasoning> 之后只写最终答案。"
    ),
    "en": (
        "First reason step by step between <reasoning> and </reasoning>, giving a reason for each step; "
        "then, after </reasoning>, write the final answer only."
    ),
}


def think_once(request: GenerationRequest) -> GenerationRequest:
    ask = ASK["zh" if request.language == "zh" else "en"]
    last = request.conversation[-1]
    messages = (*request.conversation[:-1], replace(last, content=f"{last.content}\n\n{ask}"))
    return replace(request, prompt=messages[-1].content, messages=messages)


def think(engine: Engine, request: GenerationRequest, *, told: Told) -> Iterator[Event]:
    """A model that spends all its room on thinking is asked once more, for the answer alone."""
    asked = think_once(request)
    hidden = Hidden()
    said, end = False, Finished("stop")
    for event in told.watched(events_of(engine, asked), asked):
        if isinstance(event, Finished):
            end = event
        elif isinstance(event, Token):
            text = hidden.through(event.text)
            said = said or bool(text)
            if text:
                yield replace(event, text=text)
        else:
            yield event
    if rest := hidden.rest():
        said = True
        yield Token(rest)
    told.notes["reasoned"] = hidden.length
    silent = not hidden.length and end.reason != "length"
    if said or silent or end.reason == "cancelled" or request.stopped():
        yield end
        return
    told.notes["asked_again"] = True
    yield from told.watched(events_of(engine, request), request)


def answer_of(text: str) -> str:
    """A whole text without what was thought aloud."""
    hidden = Hidden()
    return (hidden.through(text) + hidden.rest()).strip()


class Hidden:
    """Takes a text in pieces and gives back what stands outside the marks; a mark may come in pieces, too."""

    def __init__(self) -> None:
        self._held = ""
        self._inside = False
        self._lead = True
        self.length = 0

    def through(self, piece: str) -> str:
        self._held += piece
        out: list[str] = []
        while (found := self._next()) is not None:
            before, after = found
            if self._inside:
                self.length += len(before)
            else:
                out.append(before)
            self._inside, self._held = not self._inside, after
        keep = _beginning_of(self._held, CLOSE if self._inside else OPEN)
        sure = self._held[: len(self._held) - keep]
        self._held = self._held[len(sure) :]
        if self._inside:
            self.length += len(sure)
        else:
            out.append(sure)
        return self._without_lead("".join(out))

    def rest(self) -> str:
        """What was held back at the end because a mark might have begun."""
        rest, self._held = ("" if self._inside else self._held), ""
        return self._without_lead(rest)

    def _next(self) -> tuple[str, str] | None:
        marks = CLOSE if self._inside else OPEN
        places = [(at, mark) for mark in marks if (at := self._held.find(mark)) >= 0]
        if not places:
            return None
        at, mark = min(places)
        return self._held[:at], self._held[at + len(mark) :]

    def _without_lead(self, text: str) -> str:
        """The lines between the thinking and the answer belong to neither."""
        if self._lead:
            text = text.lstrip()
            self._lead = not text
        return text


def _beginning_of(text: str, marks: tuple[str, ...]) -> int:
    """How many characters at the end may be the beginning of a mark."""
    longest = max(map(len, marks)) - 1
    for length in range(min(longest, len(text)), 0, -1):
        if any(mark.startswith(text[-length:]) for mark in marks):
            return length
    return 0


__all__ = ["Hidden", "answer_of", "think", "think_once"]

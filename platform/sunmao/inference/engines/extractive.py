"""No model: the best sentences of the passages, word for word, each with its source."""

from __future__ import annotations

from collections.abc import Iterator

from sunmao.inference.engine import Event, Finished, GenerationRequest, Token
from sunmao.knowledge.text.picking import Candidate, pick

SENTENCES = 4


class ExtractiveEngine:
    name = "extractive"
    model = "extractive"
    generative = False

    def generate(self, request: GenerationRequest) -> Iterator[Event]:
        rarest = max(request.idf.values(), default=1.0)
        candidates = [
            Candidate(key=str(p.number), text=p.text, heading=p.heading, score=p.score)
            for p in request.passages
        ]
        picked = pick(
            request.question,
            candidates,
            limit=SENTENCES,
            frequencies=lambda token: request.idf.get(token, rarest),
        )
        for number, choice in enumerate(picked, start=1):
            if request.stopped():
                yield Finished("cancelled", number - 1)
                return
            sentence = choice.sentence
            yield Token(sentence.text, passage=int(choice.key), start=sentence.start, end=sentence.end)
        yield Finished("stop", len(picked))

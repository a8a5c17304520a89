"""No model: the best sentences of the passages, word for word, each with its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sunmao.inference.engine import Event, Finished, GenerationRequest, SourcePassage, Token
from sunmao.knowledge.text.picking import PATH_MARK, Candidate, pick
from sunmao.knowledge.text.sentences import Sentence, sentences

SENTENCES = 4


class ExtractiveEngine:
    name = "extractive"
    model = "extractive"
    generative = False

    def generate(self, request: GenerationRequest) -> Iterator[Event]:
        chosen = list(_whole(request.passages) or _picked(request))
        for number, token in enumerate(chosen, start=1):
            if request.stopped():
                yield Finished("cancelled", number - 1)
                return
            yield token
        yield Finished("stop", len(chosen))


def _whole(passages: Sequence[SourcePassage]) -> list[Token]:
    """All of the passages that the question named."""
    named = (passage for passage in passages if passage.whole)
    return [_token(passage.number, sentence) for passage in named for sentence in sentences(passage.text)]


def _picked(request: GenerationRequest) -> Iterator[Token]:
    """The best sentences of the best passages; a line that only repeats a heading says nothing."""
    rarest = max(request.idf.values(), default=1.0)
    headings = {part for passage in request.passages for part in passage.heading.split(PATH_MARK)}
    candidates = [
        Candidate(key=str(p.number), text=p.text, heading=p.heading, score=p.score) for p in request.passages
    ]
    for choice in pick(
        request.question,
        candidates,
        limit=SENTENCES,
        frequencies=lambda token: request.idf.get(token, rarest),
    ):
        if choice.sentence.text.strip("# ") not in headings:
            yield _token(int(choice.key), choice.sentence)


def _token(passage: int, sentence: Sentence) -> Token:
    return Token(sentence.text, passage=passage, start=sentence.start, end=sentence.end)

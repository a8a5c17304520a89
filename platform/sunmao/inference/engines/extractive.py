"""No model: the best sentences of the passages, word for word, each with its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sunmao.inference.engine import (
    Capabilities,
    Event,
    Finished,
    GenerationRequest,
    SourcePassage,
    Token,
    in_turn,
)
from sunmao.knowledge.text.picking import PATH_MARK, Candidate, pick
from sunmao.knowledge.text.sentences import Sentence, sentences

SENTENCES = 4
LONGEST = 300  # characters of a sentence that is put together from its clauses


class ExtractiveEngine:
    name = "extractive"
    model = "extractive"
    generative = False
    capabilities = Capabilities()

    def generate(self, requests: Sequence[GenerationRequest]) -> Iterator[tuple[int, Event]]:
        return in_turn(self._quote, requests)

    def _quote(self, request: GenerationRequest) -> Iterator[Event]:
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
    texts = {candidate.key: candidate.text for candidate in candidates}
    said: dict[str, int] = {}  # how far each passage was quoted
    for choice in pick(
        request.question,
        candidates,
        limit=SENTENCES,
        frequencies=lambda token: request.idf.get(token, rarest),
    ):
        sentence = _completed(texts[choice.key], choice.sentence)
        if sentence.text.strip("# ") in headings or sentence.end <= said.get(choice.key, 0):
            continue
        said[choice.key] = sentence.end
        yield _token(int(choice.key), sentence)


def _completed(text: str, sentence: Sentence) -> Sentence:
    """With the clauses before and after it: one between semicolons says half, and sometimes the opposite."""
    whole: list[Sentence] = []
    for clause in sentences(text):
        before = whole[-1] if whole else None
        if before and before.text.endswith("；") and "\n" not in text[before.end : clause.start]:
            whole[-1] = Sentence(text[before.start : clause.end], before.start, clause.end)
        else:
            whole.append(clause)
    around = next((one for one in whole if one.start <= sentence.start < one.end), sentence)
    end = max(around.end, sentence.end)
    if end - around.start > LONGEST:
        return sentence
    return Sentence(text[around.start : end], around.start, end)


def _token(passage: int, sentence: Sentence) -> Token:
    return Token(sentence.text, passage=passage, start=sentence.start, end=sentence.end)

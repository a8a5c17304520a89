"""Questions with answers: `Q: … A: …`, `问：… 答：…`, or headings that ask.

The question is the label and the answer is the text, so that an answer never repeats the question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sunmao.knowledge.text import asking
from sunmao.knowledge.text.headings import Line
from sunmao.knowledge.text.parsing.parsed import Parsed
from sunmao.knowledge.text.splitting.length import pieces, scaled
from sunmao.knowledge.text.splitting.markdown import LONGEST_SECTION, Section, section_spans, sections_of
from sunmao.knowledge.text.splitting.units import Span

LEAST_PAIRS = 2
LONGEST_ANSWER = 1500
_ASKING_SHARE = 0.5


@dataclass(frozen=True)
class Pair:
    """The answer is `text[start:end]`."""

    question: str
    start: int
    end: int


def is_faq(parsed: Parsed) -> bool:
    """Two marked pairs, or at least two headings and half of all headings asking something."""
    sections = list(sections_of(parsed))
    marked = sum(asking.has_answer(line.text) for section in sections for line in section.lines)
    asked = [asking.is_question(section.label) for section in sections if section.path]
    return min(marked, sum(_questions_in(section) for section in sections)) >= LEAST_PAIRS or sum(
        asked
    ) >= max(LEAST_PAIRS, _ASKING_SHARE * len(asked))


def spans(parsed: Parsed) -> Iterator[Span]:
    limit = scaled(LONGEST_SECTION, parsed.text)
    for section in sections_of(parsed):
        first = next(
            (i for i, line in enumerate(section.lines) if asking.asks(line.text)), len(section.lines)
        )
        before = replace(section, lines=section.lines[:first])
        if before.path and asking.is_question(before.label):
            yield from _answer(parsed, _under_heading(before), before.path[:-1])
        elif before.lines:
            yield from section_spans(parsed, before, limit=limit)
        for pair in _pairs(section.lines[first:]):
            yield from _answer(parsed, pair, section.path)


def _questions_in(section: Section) -> int:
    asked = sum(asking.asks(line.text) is not None for line in section.lines)
    return asked + bool(section.path and asking.is_question(section.label))


def _under_heading(section: Section) -> Pair:
    lines = section.lines
    said = next((i for i, line in enumerate(lines) if line.text.strip()), 0)
    start = lines[said].start + (asking.answers(lines[said].text) or 0) if lines else 0
    return Pair(asking.question_in(section.label), start, lines[-1].end if lines else 0)


def _pairs(lines: Sequence[Line]) -> Iterator[Pair]:
    """`lines` starts with a question; each pair lasts until the next question."""
    starts = [i for i, line in enumerate(lines) if asking.asks(line.text)]
    if not starts:
        return
    for here, following in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield _pair(lines[here:following])


def _pair(lines: Sequence[Line]) -> Pair:
    end = lines[-1].end
    asked = asking.asks(lines[0].text) or 0
    if inline := asking.inline_answer(lines[0].text):
        return Pair(asking.question_in(lines[0].text[: inline[0]]), lines[0].start + inline[1], end)
    for i, line in enumerate(lines[1:], start=1):
        if (mark := asking.answers(line.text)) is not None:
            question = " ".join([lines[0].text[asked:], *(other.text for other in lines[1:i])])
            return Pair(asking.question_in(question), line.start + mark, end)
    start = lines[1].start if len(lines) > 1 else end
    return Pair(asking.question_in(lines[0].text), start, end)


def _answer(parsed: Parsed, pair: Pair, path: tuple[str, ...]) -> Iterator[Span]:
    if not parsed.text[pair.start : pair.end].strip():
        # A question nobody answered still belongs to the document.
        yield from _unanswered(parsed, pair, path)
    elif pair.end - pair.start <= LONGEST_ANSWER:
        yield Span("qa", pair.question, path, pair.start, pair.end)
    else:
        for start, end in pieces(parsed.text, pair.start, pair.end, target=LONGEST_ANSWER):
            yield Span("qa", pair.question, path, start, end)


def _unanswered(parsed: Parsed, pair: Pair, path: tuple[str, ...]) -> Iterator[Span]:
    start = parsed.text.rfind("\n", 0, pair.start) + 1
    yield Span("section", pair.question, path, start, pair.end)


__all__ = ["LEAST_PAIRS", "LONGEST_ANSWER", "is_faq", "spans"]

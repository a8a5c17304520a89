"""Text → retrievable spans. One file here for each way; in `STRATEGIES` the first that fits wins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from sunmao.knowledge.text.parsing.parsed import Parsed, Part
from sunmao.knowledge.text.splitting import length, markdown, parent_child, qa, records, statute
from sunmao.knowledge.text.splitting.units import Kind, Span, Split, Unit, units_of


@dataclass(frozen=True)
class Strategy:
    fits: Callable[[Parsed], bool]
    spans: Callable[[Parsed], Iterable[Span]]


STRATEGIES: dict[str, Strategy] = {
    "statute": Strategy(
        lambda parsed: statute.article_count(parsed) >= statute.LEAST_ARTICLES, statute.spans
    ),
    "qa": Strategy(qa.is_faq, qa.spans),
    "records": Strategy(records.is_table, records.spans),
    "markdown": Strategy(markdown.has_headings, markdown.spans),
    "length": Strategy(lambda parsed: True, length.spans),
}
PARENT_CHILD = "parent_child"
WAYS = (*STRATEGIES, PARENT_CHILD)
"""What `split` takes as `way`: one strategy for all texts, or children of whichever strategy fits."""


def split(parsed: Parsed, *, way: str = "") -> Split:
    """Split by the structure the text has, or in the `way` that was chosen. Every word outside headings and
    Q/A marks is in at least one unit. A file within the file is split by its own structure."""
    units = tuple(_split(parsed, way))
    return Split(units=units, counts=dict(Counter(unit.kind for unit in units)))


def _split(parsed: Parsed, way: str) -> list[Unit]:
    found = list(_with_parts(parsed, way)) if parsed.parts else units_of(parsed, _spans(parsed, way))
    # A text of nothing but headings is still a text.
    return found or units_of(parsed, length.spans(parsed))


def _with_parts(parsed: Parsed, way: str) -> Iterator[Unit]:
    at = 0
    for part in _outermost(parsed.parts):
        yield from _between(parsed, at, part.start, way)
        inner = replace(_cut(parsed, part.start, part.end, part.name), media_type=part.media_type)
        for unit in _split(inner, way):
            yield unit.moved(part.start, below=part.name)
        at = part.end
    yield from _between(parsed, at, len(parsed.text), way)


def _between(parsed: Parsed, start: int, end: int, way: str) -> Iterator[Unit]:
    """What stands around the parts: the body of a mail; of an archive only the parts' names, as headings."""
    around = _cut(parsed, start, end, parsed.title)
    for unit in units_of(around, _spans(around, way)):
        yield unit.moved(start)


def _cut(parsed: Parsed, start: int, end: int, title: str) -> Parsed:
    """A piece of the text, with the pages and the inner files that lie in it."""
    pages = [page for page in parsed.pages if start <= page.start and page.end <= end]
    held = [part for part in parsed.parts if start <= part.start and part.end <= end]
    parts = [part for part in held if (part.start, part.end) != (start, end)]
    return Parsed(
        text=parsed.text[start:end],
        title=title,
        media_type=parsed.media_type,
        pages=tuple(replace(page, start=page.start - start, end=page.end - start) for page in pages),
        parts=tuple(
            replace(
                part,
                name=part.name.removeprefix(f"{title}/"),
                start=part.start - start,
                end=part.end - start,
            )
            for part in parts
        ),
    )


def _spans(parsed: Parsed, way: str) -> Iterable[Span]:
    if way == PARENT_CHILD:
        return parent_child.children_of(parsed, _spans(parsed, ""))
    if way:
        return STRATEGIES[way].spans(parsed)
    return next(strategy for strategy in STRATEGIES.values() if strategy.fits(parsed)).spans(parsed)


def _outermost(parts: Iterable[Part]) -> Iterator[Part]:
    """A part of a part is split with the part that it is in."""
    end = -1
    for part in sorted(parts, key=lambda part: (part.start, -part.end)):
        if part.start >= end:
            yield part
            end = part.end


__all__ = ["STRATEGIES", "WAYS", "Kind", "Split", "Strategy", "Unit", "split"]

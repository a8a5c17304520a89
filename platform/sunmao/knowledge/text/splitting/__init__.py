"""Text → retrievable spans. One file here for each way; in `STRATEGIES` the first that fits wins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sunmao.knowledge.text.parsing.parsed import Parsed
from sunmao.knowledge.text.splitting import length, markdown, qa, statute
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
    "markdown": Strategy(markdown.has_headings, markdown.spans),
    "length": Strategy(lambda parsed: True, length.spans),
}


def split(parsed: Parsed) -> Split:
    """Split by the structure the text has. Every word outside headings and Q/A marks is in at least one
    unit."""
    strategy = next(strategy for strategy in STRATEGIES.values() if strategy.fits(parsed))
    # A text of nothing but headings is still a text.
    units = tuple(units_of(parsed, strategy.spans(parsed)) or units_of(parsed, length.spans(parsed)))
    return Split(units=units, counts=dict(Counter(unit.kind for unit in units)))


__all__ = ["STRATEGIES", "Kind", "Split", "Strategy", "Unit", "split"]

"""Running heads, feet and page numbers: lines of the paper, not of the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_EDGE = 2
"""Lines at the top and at the bottom of a page that may be furniture."""
_LEAST_PAGES = 3
_SHARE = 0.5
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"[-–—\s]{0,4}(?:第\s?)?\d{1,4}(?:\s?页)?(?:\s?[/／]\s?\d{1,4})?[-–—\s]{0,4}")


def without_furniture(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """Lines of each page without bare page numbers and repeated edges.

    Repeated is what stands at the edge of half of the pages and of at least three; digits count as equal.
    """
    repeated = Counter(shape for lines in pages for shape in {_shape(lines[i]) for i in _edge(lines)})
    often = max(_LEAST_PAGES, _SHARE * len(pages))
    return [_kept(lines, {shape for shape, count in repeated.items() if count >= often}) for lines in pages]


def is_page_number(line: str) -> bool:
    return _PAGE_NUMBER.fullmatch(line) is not None


def _kept(lines: Sequence[str], furniture: set[str]) -> list[str]:
    dropped = {i for i in _edge(lines) if _shape(lines[i]) in furniture or is_page_number(lines[i])}
    return [line for i, line in enumerate(lines) if i not in dropped]


def _edge(lines: Sequence[str]) -> set[int]:
    said = [i for i, line in enumerate(lines) if line.strip()]
    return {*said[:_EDGE], *said[-_EDGE:]}


def _shape(line: str) -> str:
    return _DIGITS.sub("0", "".join(line.split()))


__all__ = ["is_page_number", "without_furniture"]

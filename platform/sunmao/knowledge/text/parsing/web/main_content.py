"""Which blocks of a page are its content and which its furniture, where the page itself does not say.

trafilatura was measured to drop navigation and footers best, but it writes headings and tables down as plain
lines. So it chooses, and what is chosen is written by the walk that keeps the structure.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

try:
    import trafilatura
except ImportError:
    # It stands on a part of lxml that comes in a wheel of its own; without that a page is read as a whole.
    trafilatura = None  # type: ignore[assignment]

_SHINGLE, _FOUND = 10, 0.6
"""A block is in the content when this share of its runs of ten letters is: both write the same words, but not
always every sign between them."""
_LEAST_SHARE = 0.4
"""A choice with fewer of the words has lost something; a menu too much is better than a paragraph too few."""


def chosen(blocks: Sequence[str], html: str) -> list[str]:
    """The blocks that belong to the main content; all of them when it cannot be told."""
    content = _bare(_extracted(html))
    known = {content[at : at + _SHINGLE] for at in range(len(content))}
    kept = [_is_in(_bare(block), content, known) for block in blocks]
    words = sum(len(block) for block, keep in zip(blocks, kept, strict=True) if keep)
    if words < _LEAST_SHARE * sum(map(len, blocks)):
        return list(blocks)
    kept = _whole_tables(blocks, kept)
    return [block for place, block in enumerate(blocks) if kept[place] or _leads(blocks, kept, place)]


def _whole_tables(blocks: Sequence[str], kept: Sequence[bool]) -> list[bool]:
    """Rows that stand together are kept together: one repeats what reaches down from another."""
    whole: list[bool] = []
    for is_row, run in groupby(zip(blocks, kept, strict=True), key=lambda pair: " | " in pair[0]):
        of_run = [keep for _block, keep in run]
        whole += [any(of_run)] * len(of_run) if is_row else of_run
    return whole


def _is_in(block: str, content: str, known: set[str]) -> bool:
    if len(block) < 2 * _SHINGLE:
        return bool(block) and block in content
    shingles = [block[at : at + _SHINGLE] for at in range(0, len(block) - _SHINGLE, 3)]
    return sum(shingle in known for shingle in shingles) >= _FOUND * len(shingles)


def _extracted(html: str) -> str:
    if trafilatura is None:
        return ""
    return (
        trafilatura.extract(html, include_comments=False, include_tables=True, favor_recall=True, fast=True)
        or ""
    )


def _leads(blocks: Sequence[str], kept: Sequence[bool], place: int) -> bool:
    """A heading stays with the first block below it."""
    return blocks[place].startswith("#") and any(kept[place + 1 : place + 2])


def _bare(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


__all__ = ["chosen"]

"""Sentences grouped so that each group can be read on its own.

"有下列情形之一的：" says nothing without its list, and "（三）其他情形" nothing without the line above.
"""

from __future__ import annotations

from collections.abc import Iterable

from sunmao.knowledge.text.sentences import Sentence, is_list_item, sentences

LONGEST_BLOCK = 400
"""Characters. A longer list is cut after the item that still fits; the rest stands item by item."""

_OPENS_LIST = ("：", ":")
_ASKS = ("？", "?")


def blocks_of(text: str, *, without: Iterable[str] = ()) -> list[Sentence]:
    """The parts of `text` that may answer something, in reading order; headings and texts in `without` are
    left out."""
    unwanted = {_plain(said) for said in without}
    said = [s for s in sentences(text) if not s.text.startswith("#") and _plain(s.text) not in unwanted]
    grouped: list[Sentence] = []
    collecting = False
    for sentence in said:
        joins = (
            collecting and is_list_item(sentence.text) and sentence.end - grouped[-1].start <= LONGEST_BLOCK
        )
        if joins:
            start = grouped[-1].start
            grouped[-1] = Sentence(text[start : sentence.end], start, sentence.end)
        else:
            grouped.append(sentence)
            collecting = sentence.text.endswith(_OPENS_LIST)
    statements = [block for block in grouped if not block.text.endswith(_ASKS)]
    return statements or grouped


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


__all__ = ["LONGEST_BLOCK", "blocks_of"]

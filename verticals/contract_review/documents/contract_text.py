"""A contract as text, and where each piece of the text stands in its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sunmao.knowledge.text.parsing import PageSpan, Remark

FileKind = Literal["text", "docx", "pdf", "picture"]
Story = Literal["body", "box", "note", "margin"]


@dataclass(frozen=True)
class Piece:
    """`text[start:end]` stands in one run of a Word document; pieces are in order and do not overlap.

    `locked` says why it cannot be changed there, and is empty where it can: `number` (counted by Word),
    `field`, `link`, `control`, `moved`, `math`, `symbol`, `note`, `box`, `margin`.
    """

    start: int
    end: int
    story: Story = "body"
    locked: str = ""


@dataclass(frozen=True)
class Box:
    """`text[start:end]`, one printed line or part of it, lies here on its page.

    In points from the page's upper left corner; `page` counts from 1.
    """

    page: int
    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class ContractText:
    """All offsets count characters of `text`. A line of it is a paragraph, or a row of a table with tabs
    between its cells.

    `pieces` is filled for DOCX, `pages` and `boxes` for PDF. `needs_ocr` is true when there are pages of
    pictures that were not read; `remarks` are worded by `sunmao.knowledge.text.parsing.remarks.said`
    and, for codes of our own, by `reading.said`.
    """

    text: str
    kind: FileKind
    title: str = ""
    pieces: tuple[Piece, ...] = ()
    pages: tuple[PageSpan, ...] = ()
    page_sizes: tuple[tuple[float, float], ...] = ()
    boxes: tuple[Box, ...] = ()
    remarks: tuple[Remark, ...] = ()
    needs_ocr: bool = False
    hidden: tuple[str, ...] = ()

    @property
    def page_count(self) -> int:
        """0 for formats without pages of their own."""
        return len(self.page_sizes)


__all__ = ["Box", "ContractText", "FileKind", "PageSpan", "Piece", "Remark", "Story"]

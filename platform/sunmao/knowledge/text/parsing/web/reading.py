"""What is seen of a page, as Markdown-like text: headings, paragraphs, items, table rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from sunmao.knowledge.text.parsing.web.columns import Columns

_SPACES = re.compile(r"[ \t\r\n\f\u00a0]+")
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCK_TAGS = """
address article blockquote body caption center dd details div dl dt fieldset figcaption figure footer form
header hr li main ol p pre section summary table tbody tfoot thead tr ul h1 h2 h3 h4 h5 h6
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_SKIPPED_TAGS = """
-comment audio button canvas datalist dialog head iframe input link math meta nav object optgroup option
script select style svg template textarea video footer aside
"""
_SKIPPED = frozenset(_SKIPPED_TAGS.split())
_ASIDE_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search", "dialog"})
_LAYOUT = "table, h1, h2, h3, p + p, ul, ol"
_MAIN = ("main", "[role=main]", "article")
_MAIN_SHARE = 0.4
"""A main part that holds less of the words is a teaser."""
DEEPEST = 200


def blocks_of(tree: LexborHTMLParser) -> tuple[list[str], bool]:
    """What is seen, and whether the page itself says where its main part is."""
    body = tree.body
    if body is None:
        return [], True
    main = _main_of(body)
    return _Writer().write(main), main is not body


def joined(blocks: list[str]) -> str:
    """Rows of a table and items of a list stay together, everything else is a paragraph of its own."""
    said = []
    for before, block in zip(["", *blocks], blocks, strict=False):
        together = (" | " in before and " | " in block) or (
            before.startswith("- ") and block.startswith("- ")
        )
        said += ["\n" if together else "\n\n" if before else "", block]
    return "".join(said)


def is_deep(tree: LexborHTMLParser) -> bool:
    """libxml2, which trafilatura stands on, walks a tree by recursion."""
    depth, node = 0, tree.body
    while node is not None and depth <= DEEPEST:
        if node.first_child is not None:
            node, depth = node.first_child, depth + 1
            continue
        while node is not None and node.next is None:
            node, depth = node.parent, depth - 1
        node = node.next if node is not None and depth > 0 else None
    return depth > DEEPEST


def _main_of(body: LexborNode) -> LexborNode:
    whole = len(body.text_content or "")
    for selector in _MAIN:
        found = body.css(selector)
        if len(found) == 1 and len(found[0].text_content or "") >= _MAIN_SHARE * whole:
            return found[0]
    return body


@dataclass
class _Writer:
    """Walks without recursion: how deep a page is nested is its author's choice."""

    blocks: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    prefix: str = ""
    cells: list[str] | None = None
    columns: Columns = field(default_factory=Columns)
    in_cell: bool = False
    level: int = 0
    fixed: int = 0

    def write(self, root: LexborNode) -> list[str]:
        node: LexborNode | None = root
        while node is not None:
            inside = self._enter(node)
            if inside and node.first_child is not None:
                node = node.first_child
                continue
            while node is not None:
                if inside or node.tag not in _SKIPPED:
                    self._leave(node)
                if node.mem_id == root.mem_id:
                    self._flush()
                    return self.blocks
                if node.next is not None:
                    node = node.next
                    break
                node, inside = node.parent, True
        return self.blocks

    def _enter(self, node: LexborNode) -> bool:
        """Whether to go on to what is inside."""
        tag = node.tag
        if tag == "-text":
            self._say(node.text_content or "")
            return False
        if tag in _SKIPPED or (node.attributes.get("role") or "") in _ASIDE_ROLES:
            return False
        if tag == "br":
            self.line.append(" " if self.in_cell else "\n")
        elif tag in ("td", "th") and self.cells is not None:
            self.cells += self.columns.before_cell()
            self.in_cell = True
        elif tag == "tr" and not _is_layout(node):
            self._flush()
            self.cells = []
        elif tag in _BLOCKS or tag in ("td", "th"):
            self._open(tag or "")
        return True

    def _open(self, tag: str) -> None:
        if tag == "table":
            self.columns = Columns()
        if self.in_cell:
            self.line.append(" ")
            return
        self._flush()
        self.fixed += tag == "pre"
        if tag in _HEADINGS:
            self.level = _HEADINGS[tag]
            self.prefix = "#" * self.level + " "
        elif tag == "summary":
            self.prefix = "#" * min(6, self.level + 1) + " "
        elif tag == "li":
            self.prefix = "- "

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag
        if tag in ("td", "th") and self.in_cell and self.cells is not None:
            said = _SPACES.sub(" ", "".join(self.line)).replace("|", "¦").strip()
            self.columns.cell(node, said)
            self.cells.append(said)
            self.line, self.in_cell = [], False
        elif tag == "tr" and self.cells is not None:
            self.cells += self.columns.after_row()
            if any(self.cells):
                self.blocks.append(" | ".join(self.cells))
            self.cells, self.line = None, []
        elif tag in _BLOCKS or tag in ("td", "th"):
            if self.in_cell:
                self.line.append(" ")
            else:
                self._flush()
                self.fixed -= tag == "pre"

    def _say(self, text: str) -> None:
        self.line.append(text if self.fixed else _SPACES.sub(" ", text))

    def _flush(self) -> None:
        if self.cells is not None:
            return
        raw = "".join(self.line)
        said = raw.strip("\n") if self.fixed else "\n".join(part.strip() for part in raw.split("\n")).strip()
        if said.strip():
            if self.prefix.startswith("#"):
                said = _SPACES.sub(" ", said)
            self.blocks.append(self.prefix + said)
            self.prefix = ""
        elif self.prefix != "- ":
            self.prefix = ""
        self.line = []


def _is_layout(row: LexborNode) -> bool:
    """Old pages lay out columns with tables: such a cell is a place, not a value."""
    return row.css_first(_LAYOUT) is not None


__all__ = ["blocks_of", "is_deep", "joined"]

"""Web pages: the main content as a reader sees it, and apart from it what no reader sees."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from sunmao.knowledge.text.decode import decode
from sunmao.knowledge.text.headings import first_heading
from sunmao.knowledge.text.parsing import pictures
from sunmao.knowledge.text.parsing.naming import title_from
from sunmao.knowledge.text.parsing.parsed import Parsed, Remark, unreadable
from sunmao.knowledge.text.parsing.pictures import LARGEST, NEEDS, Gallery
from sunmao.knowledge.text.parsing.source import Content, Format, Source
from sunmao.knowledge.text.parsing.writing import Text

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MEDIA_TYPE = "text/html"

MAX_DEPTH = 3000
"""A parser's work on elements that are never closed grows with the square of their number."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_CLOSE_THEMSELVES = frozenset(
    (
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source"),
        *("track", "wbr", "p", "li", "dt", "dd", "option", "tr", "td", "th", "thead", "tbody", "tfoot"),
    )
)
_OPENING = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,100}(?:<\?xml[^>]{0,200}>\s{0,100})?(?:<!--.{0,500}?-->\s{0,100})?"
    rb"<(?:!doctype\s+html|html[\s>])",
    re.IGNORECASE | re.DOTALL,
)


def parse(source: Source) -> Parsed:
    """Raises `UnreadableFile` as `decode` does, `file_too_complex` or `empty_file`."""
    from selectolax.lexbor import LexborHTMLParser

    from sunmao.knowledge.text.parsing.web.unseen import said_aside, take_out

    decoded = decode(source.data)
    if _depth_of(decoded.text) > MAX_DEPTH:
        raise unreadable(
            "file_too_complex", _("The page is nested too deep to be read. Print it to PDF and upload that.")
        )
    tree = LexborHTMLParser(decoded.text)
    named = tree.css_first("title")
    hidden = take_out(tree)
    aside = said_aside(tree)
    gallery, written = Gallery.of(source), Text()
    written.add(_text_of(tree))
    for node in tree.css("img[src^='data:image/']"):
        pictures.add(written, gallery.shot(_inside(node.attributes.get("src") or ""), _caption(node)))
    shown = written.parsed(title="", media_type=MEDIA_TYPE)
    text = shown.text
    if not text:
        raise unreadable(
            "empty_file",
            _("The page holds no text. If a script draws it, print it to PDF and upload that."),
        )
    remarks = (Remark("hidden_text", str(sum(map(len, hidden)))),) if hidden else ()
    # The page's own heading; its title usually names the site as well.
    heading = first_heading(text) if text.startswith("# ") or "\n# " in text else ""
    title = heading or (" ".join(named.text().split()) if named else "")
    return Parsed(
        text=text,
        title=title or title_from(source.name),
        media_type=MEDIA_TYPE,
        encoding=decoded.encoding,
        hidden=tuple(hidden),
        aside=tuple(aside),
        remarks=(*remarks, *gallery.remarks),
        pictures=shown.pictures,
    )


def _inside(address: str) -> bytes:
    """The bytes that a page carries in the address of a picture."""
    head, _comma, data = address.partition(",")
    if not head.endswith(";base64") or len(data) > 2 * LARGEST:
        return b""
    try:
        return base64.b64decode(data, validate=False)
    except ValueError:
        return b""


def _caption(node: LexborNode) -> str:
    """What the page says of a picture: under it, or in place of it."""
    around = node.parent
    under = around.css_first("figcaption") if around is not None and around.tag == "figure" else None
    return " ".join((under.text() if under is not None else node.attributes.get("alt") or "").split())


def _depth_of(html: str) -> int:
    """Elements opened and not closed, at most; those that close by themselves do not count."""
    depth = deepest = 0
    for closing, name in _TAG.findall(html):
        if name.lower() not in _CLOSE_THEMSELVES:
            depth = max(0, depth - 1) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest


def _text_of(tree: LexborHTMLParser) -> str:
    from sunmao.knowledge.text.parsing.web import main_content, reading

    blocks, is_marked = reading.blocks_of(tree)
    if not is_marked and not reading.is_deep(tree):
        blocks = main_content.chosen(blocks, tree.html or "")
    return reading.joined(blocks)


def _is_page(content: Content) -> bool:
    return _OPENING.match(content.data[:2048]) is not None


FORMAT = Format(
    MEDIA_TYPE,
    (".html", ".htm", ".xhtml"),
    parse,
    _is_page,
    is_marked=False,
    needs=(
        "selectolax.lexbor",
        "sunmao.knowledge.text.parsing.web.main_content",
        "sunmao.knowledge.text.parsing.web.reading",
        "sunmao.knowledge.text.parsing.web.unseen",
        *NEEDS,
    ),
)
__all__ = ["FORMAT"]

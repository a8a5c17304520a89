"""An answer's text as HTML.

The text is untrusted, whoever wrote it: Markdown without raw HTML, then an allow-list without attributes, and
only then our own citation links, drawn from stored citations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import nh3
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

TAGS = {
    "p", "br", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "h3", "h4",
    "table", "thead", "tbody", "tr", "th", "td", "hr",
}  # fmt: skip
_MARK = re.compile(r"\[(\d{1,3})\]")
_markdown = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable("table")
    .disable(["link", "image", "autolink"])
)


def render(text: str, citations: list[dict[str, Any]], *, record_id: object) -> SafeString:
    known = {citation["number"]: citation for citation in citations}
    clean = nh3.clean(_markdown.render(text), tags=TAGS, attributes={})
    linked = _MARK.sub(lambda mark: _link(int(mark[1]), known, record_id), clean)
    return mark_safe(linked)  # noqa: S308  sanitised above; the links are built by format_html


def _link(number: int, known: Mapping[int, dict[str, Any]], record_id: object) -> str:
    citation = known.get(number)
    if citation is None:
        return f"[{number}]"
    url = passage_url(citation, record_id)
    return format_html(
        '<a class="cite" href="{}" hx-get="{}" hx-target="#evidence" aria-label="{}">{}</a>',
        url,
        url,
        _("Source %(number)d: %(title)s") % {"number": number, "title": citation["document"]},
        number,
    )


def passage_url(citation: Mapping[str, Any], record_id: object) -> str:
    return f"{reverse('portal:passage', args=[citation['passage_id']])}?record={record_id}"

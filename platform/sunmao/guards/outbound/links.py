"""Taking out of a text what a browser could act on: images, links, tags, addresses that no source has.

A talked-over model leaks by an address: whoever renders it, sends it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

_IMAGE = re.compile(r"!\[([^\]\n]*)\](?:\([^)\n]*\)?|\[[^\]\n]*\])")
_LINK = re.compile(r"(?<!!)\[([^\]\n]*)\]\(\s*<?([^)\s>]*)>?[^)\n]*\)?")
_REFERENCE = re.compile(r"^[ \t]{0,3}\[[^\]\n]{1,80}\]:[ \t]*\S+.*$", re.MULTILINE)
# A placeholder of personal data (<MOBILE_1>) is no tag.
_TAG = re.compile(
    r"(?!(?-i:<[A-Z_]+(?:_\d{1,4})?>))</?[a-zA-Z][\w:-]*(?:[\s/][^<>\n]*=[^<>\n]*|\s*/?)>|<!--[^\n]*?-->|<\?[^<>\n]*>"
    r"|<(?=(?:script|img|svg|iframe|object|embed|link|style|a|form|base|meta|video|audio)\b)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:(?<![\w/])(?:[a-z][a-z0-9+.-]{1,20}:)?//|(?<!\w)www\.|\b(?:https?|ftp|javascript|vbscript|data|blob|file|ipfs):)"
    r"[\w.~:/?#\[\]@!$&'()*+,;=%{}|-]+",
    re.IGNORECASE | re.ASCII,
)
REMOVED = "[…]"
_TAIL = ".,;:!?)]}。"


@dataclass(frozen=True)
class Plain:
    text: str
    removed: tuple[str, ...]


def plain(text: str, *, allowed: Iterable[str]) -> Plain:
    """The text with words only; an address stays when it stands in `allowed` just so."""
    removed: list[str] = []
    sources = tuple(allowed)

    def gone(match: re.Match[str]) -> str:
        removed.append(match[0][:200])
        return match[1] if match.re.groups else ""

    def linked(match: re.Match[str]) -> str:
        if _is_known(match[2], sources):
            return f"{match[1]} ({match[2]})"
        return gone(match)

    def addressed(match: re.Match[str]) -> str:
        # What follows at once would become part of the address where it is made a link.
        following = match.string[match.end() : match.end() + 1]
        if _is_known(match[0], sources) and not following.isalnum():
            return match[0]
        removed.append(match[0][:200])
        return REMOVED + match[0][len(match[0].rstrip(_TAIL)) :]

    text = _IMAGE.sub(gone, _REFERENCES.sub(_as_it_reads, text))
    text = _LINK.sub(linked, text)
    text = _REFERENCE.sub(gone, text)
    text = _TAG.sub(gone, text)
    return Plain(_ADDRESS.sub(addressed, text), tuple(removed))


# Written so that only a browser sees the sign.
_REFERENCES = re.compile(
    r"&(?:#0*(?:3[3-9]|[4-9]\d|1[01]\d|12[0-6])|#x0*[2-7][0-9a-f]|lt|gt|colon|sol|lpar|rpar|lsqb|rsqb);",
    re.IGNORECASE,
)


def _as_it_reads(match: re.Match[str]) -> str:
    return html.unescape(match[0])


def _is_known(address: str, sources: tuple[str, ...]) -> bool:
    """Word for word in a source, and not the beginning of something longer there."""
    bare = address.rstrip(_TAIL)
    return bool(re.match(r"https?://", bare, re.IGNORECASE)) and any(
        re.search(re.escape(bare) + r"(?![\w/?&=%#-])", source) for source in sources
    )


def unfinished(text: str) -> int:
    """Where at the end of a text something begins that may still become a link, a tag or an address."""
    address = _OPEN_ADDRESS.search(text)
    return min(open_markup(text), address.start() if address else len(text))


def open_markup(text: str) -> int:
    """Where a link or a tag was opened that has not been closed; the text's length when none was."""
    starts = [match.start() for pattern in (_OPEN_LINK, _OPEN_TAG) if (match := pattern.search(text))]
    return min(starts, default=len(text))


_OPEN_LINK = re.compile(r"!?\[[^\]\n]*(?:\](?:\([^)\n]*)?)?$|!$")
_OPEN_TAG = re.compile(r"<[a-zA-Z/!?][^<>\n]*$|<$")
_OPEN_ADDRESS = re.compile(r"[\w.~:/?#@!$&'()*+,;=%{}|-]+$", re.ASCII)

"""Which pages a list names: a sitemap, a text with an address on each line, or a page with links.

The list is a stranger's. It is looked through as text, without a reader of XML that could be led elsewhere.
"""

from __future__ import annotations

import html
import re
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.conf import settings

from sunmao.knowledge.fetching import Fetched, Unfetchable, fetch
from sunmao.knowledge.sources import addresses
from sunmao.knowledge.sources.problems import InvalidSource, SourceFailed

MOST_LISTS, LARGEST = 50, 50 << 20
"""A sitemap may name others; its own rules allow 50 MB."""
_LOCATION = re.compile(r"<(/?)(?:\w+:)?loc>", re.IGNORECASE)
LONGEST_LOCATION = 4_000
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_INDEX = re.compile(r"<(?:\w+:)?sitemapindex[\s>]", re.IGNORECASE)
_MAP = re.compile(r"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]", re.IGNORECASE)
_GZIP = b"\x1f\x8b"

Ask = Callable[[str], Fetched]


@dataclass
class Listed:
    """Addresses in their order, each once; `cut` when there were more than the limit."""

    found: list[str] = field(default_factory=list)
    cut: bool = False


def pages_of(address: str, *, limit: int, ask: Ask = fetch) -> Listed:
    """The pages of the same host that the list at `address` names. Raises `SourceFailed`, `Unfetchable`."""
    host, known, listed = addresses.host_of(address), set[str](), Listed()
    for found in _named(address, host=host, ask=ask):
        if found in known:
            continue
        if len(listed.found) >= limit:
            listed.cut = True
            return listed
        known.add(found)
        listed.found.append(found)
    return listed


def _named(address: str, *, host: str, ask: Ask) -> Iterator[str]:
    waiting, asked = [address], set[str]()
    while waiting and len(asked) < MOST_LISTS:
        here = waiting.pop(0)
        if here in asked:
            continue
        if asked:
            time.sleep(settings.SUNMAO_SOURCE_PAUSE.total_seconds())
        asked.add(here)
        page = ask(here)
        if addresses.host_of(page.url) != host:
            raise SourceFailed(code="no_list")
        text = _text_of(page.data)
        inside = [one for name in _names(text, page) if (one := _kept(name, page.url, host))]
        if _INDEX.search(text):
            waiting += inside
        else:
            yield from inside


def _names(text: str, page: Fetched) -> Iterator[str]:
    if _MAP.search(text):
        for named in _locations(text):
            yield html.unescape(_CDATA.sub(r"\1", named)).strip()
    elif page.media_type == "text/plain" or urlsplit(page.url).path.endswith(".txt"):
        yield from (line.strip() for line in text.splitlines() if line.strip().startswith("http"))
    elif "html" in page.media_type:
        yield from _Links.of(text)
    else:
        raise SourceFailed(code="no_list")


def _locations(text: str) -> Iterator[str]:
    """Each part is looked at once, whatever stands in it."""
    begin = None
    for match in _LOCATION.finditer(text):
        if not match[1]:
            begin = match.end()
        elif begin is not None:
            if match.start() - begin <= LONGEST_LOCATION:
                yield text[begin : match.start()].strip()
            begin = None


def _kept(name: str, where: str, host: str) -> str:
    """A page of the same host that may be asked; anything else is not the list's to name."""
    try:
        address = addresses.page(urljoin(where, name))
    except (InvalidSource, ValueError):
        return ""
    return address if addresses.host_of(address) == host else ""


def _text_of(data: bytes) -> str:
    if data.startswith(_GZIP):
        unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            data = unpack.decompress(data, LARGEST)
        except zlib.error as error:
            raise SourceFailed(code="no_list") from error
    return data[:LARGEST].decode("utf-8", "replace")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def of(cls, text: str) -> list[str]:
        links = cls()
        try:
            links.feed(text)
        except AssertionError as error:  # of the library, at a declaration that it does not know
            raise SourceFailed(code="no_list") from error
        return links.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


__all__ = ["Ask", "Listed", "Unfetchable", "pages_of"]

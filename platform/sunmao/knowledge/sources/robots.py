"""Whether a site wants programs to read a page. It is asked for lists only: one page is a person's wish."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit
from urllib.robotparser import RobotFileParser

from sunmao.knowledge.fetching import Unfetchable
from sunmao.knowledge.sources.listing import Ask

AGENT, LARGEST = "Sunmao", 500 * 1024

Allows = Callable[[str], bool]


def rules_of(address: str, *, ask: Ask) -> Allows:
    """RFC 9309: without a robots.txt everything is open. A site that cannot be asked fails by itself."""
    parts = urlsplit(address)
    rules = RobotFileParser()
    try:
        text = ask(urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))).data[:LARGEST]
    except Unfetchable:
        return lambda _: True
    rules.parse(text.decode("utf-8", "replace").splitlines())
    return lambda page: rules.can_fetch(AGENT, page)

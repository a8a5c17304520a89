"""Words that come fast, several at once: what looks at an answer piece by piece then looks less often."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from sunmao.inference.engine import Event, Token

SECONDS = 0.1


def coalesced(events: Iterable[Event], *, seconds: float = SECONDS) -> Iterator[Event]:
    """The first words at once, later ones ten times a second at most. Quotes stay single."""
    words: list[str] = []
    due = 0.0
    for event in events:
        if isinstance(event, Token) and event.passage is None:
            words.append(event.text)
            if time.monotonic() < due:
                continue
            event, words = Token("".join(words)), []  # noqa: PLW2901
            due = time.monotonic() + seconds
        elif words:
            yield Token("".join(words))
            words = []
        yield event
    if words:
        yield Token("".join(words))


__all__ = ["coalesced"]

"""From tokens to text, piece by piece: whole characters only, and nothing of a stop text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

HALF = "\ufffd"  # what a decoder writes for bytes that are no whole character yet


class Writer:
    """Gives out what can no longer change. `stopped` once a stop text was written; it is not given out."""

    def __init__(self, tokenizer: Any, stops: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        self._stops = [stop for stop in stops if stop]
        self._ids: list[int] = []
        self._from = self._read = 0
        self._held = ""
        self.stopped = False

    def push(self, token: int) -> str:
        self._ids.append(token)
        return self._given(self._new())

    def rest(self) -> str:
        """At the end: what was held back, half characters included."""
        if self.stopped:
            return ""
        before, now = self._decode(self._from, self._read), self._decode(self._from, len(self._ids))
        given, self._held = self._held + now[len(before) :].rstrip(HALF), ""
        cut = min((at for stop in self._stops if (at := given.find(stop)) >= 0), default=-1)
        return given if cut < 0 else given[:cut]

    def _new(self) -> str:
        """A token's text depends on the one before it, so a window is decoded, not the token alone."""
        before, now = self._decode(self._from, self._read), self._decode(self._from, len(self._ids))
        if now.endswith(HALF) or len(now) <= len(before):
            return ""
        self._from, self._read = self._read, len(self._ids)
        return now[len(before) :]

    def _decode(self, start: int, end: int) -> str:
        return str(self._tokenizer.decode(self._ids[start:end], skip_special_tokens=True))

    def _given(self, text: str) -> str:
        self._held += text
        for stop in self._stops:
            if (at := self._held.find(stop)) >= 0:
                given, self._held, self.stopped = self._held[:at], "", True
                return given
        keep = max((_overlap(self._held, stop) for stop in self._stops), default=0)
        given, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return given


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of the text may be the beginning of the stop text."""
    return next((n for n in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:n])), 0)


__all__ = ["Writer"]

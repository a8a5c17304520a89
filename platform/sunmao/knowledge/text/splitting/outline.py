"""Keeping track of the headings above a line."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Outline:
    """The headings that hold at the current line. The title of the document is known anyway and stays out."""

    title: str
    _open: list[tuple[int, str]] = field(default_factory=list)
    _title_seen: bool = False

    def enter(self, level: int, text: str) -> None:
        """A heading closes all headings of its own level and below."""
        self._open = [(known, said) for known, said in self._open if known < level]
        if text == self.title and not self._title_seen:
            self._title_seen = True
        elif text:
            self._open.append((level, text))

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(said for _, said in self._open)


__all__ = ["Outline"]

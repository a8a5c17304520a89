"""Documents of an office's size from made-up words: eight sections of a paragraph each."""

from __future__ import annotations

from dataclasses import dataclass

from apps.config.bench.corpus.layout import layout
from apps.config.bench.corpus.texts import Texts

SECTIONS = 8
LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Paper:
    name: str
    data: bytes


def papers(count: int, *, seed: int, kind: str, language: str = "", sections: int = SECTIONS) -> list[Paper]:
    """Markdown files, English and Chinese in turn unless one is wanted; `kind` tells them apart."""
    texts = Texts(layout(max(1_000, 2 * count * sections)), seed)
    return [
        _paper(texts, number, kind, language or LANGUAGES[number % 2], sections) for number in range(count)
    ]


def _paper(texts: Texts, number: int, kind: str, language: str, sections: int) -> Paper:
    """Rows of even number are English, of odd number Chinese."""
    rows = range(2 * number * sections, 2 * (number + 1) * sections)
    said = texts.texts(rows)[LANGUAGES.index(language) :: 2]
    body = "\n\n".join(f"## {kind} {number}.{part}\n\n{text}." for part, text in enumerate(said, start=1))
    return Paper(f"{kind}-{number}.md", f"# {kind} {number}\n\n{body}\n".encode())

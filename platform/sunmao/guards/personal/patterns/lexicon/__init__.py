"""Lists of words that the recognisers read, one file each."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def words(name: str) -> tuple[str, ...]:
    """The words of `<name>.txt`, without its comments."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


def signs(name: str) -> frozenset[str]:
    """Every single sign of `<name>.txt`."""
    return frozenset("".join(words(name)))

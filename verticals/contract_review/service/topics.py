"""What a question is about, in everyday words or in those of contracts, and which clause speaks of it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Topic:
    name: str
    ask: re.Pattern[str]
    says: re.Pattern[str]
    light: bool


@dataclass(frozen=True)
class Asked:
    """`rest` is the question without the words that named its topics."""

    topics: tuple[Topic, ...]
    rest: str


@cache
def topics() -> tuple[Topic, ...]:
    rows = tomllib.loads(Path(__file__).with_name("topics.toml").read_text(encoding="utf-8"))
    return tuple(
        Topic(
            name,
            re.compile(row["ask"], re.IGNORECASE),
            re.compile(row["says"], re.IGNORECASE),
            row.get("light", False),
        )
        for name, row in rows.items()
    )


def asked(question: str) -> Asked:
    named = [(topic, found.span()) for topic in topics() for found in topic.ask.finditer(question)]
    rest = list(question)
    for _topic, (start, end) in named:
        rest[start:end] = " " * (end - start)
    return Asked(tuple(dict.fromkeys(topic for topic, _span in named)), "".join(rest))


__all__ = ["Asked", "Topic", "asked", "topics"]

"""Laws and questions as files, and which articles answer which question."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from sunmao.knowledge.retrieval import Hit

_DOCS, _QUESTIONS = "laws_cn/docs", "lecoqa_zh_law/train_dev.jsonl"


@dataclass(frozen=True)
class Asked:
    """A question and the articles that answer it, as `民法典第一条`."""

    text: str
    gold: frozenset[str]


def present() -> bool:
    folder: Path = settings.SUNMAO_REFERENCE_DATA
    return (folder / _DOCS).is_dir() and (folder / _QUESTIONS).is_file()


def files() -> list[tuple[str, Path]]:
    return [(file.name, file) for file in sorted((settings.SUNMAO_REFERENCE_DATA / _DOCS).glob("*.md"))]


def questions(known: frozenset[str], *, count: int, seed: int) -> list[Asked]:
    """A sample of the questions that the known articles can answer."""
    lines = (settings.SUNMAO_REFERENCE_DATA / _QUESTIONS).read_text(encoding="utf-8").splitlines()
    asked = [Asked(row["question"], known & frozenset(row["relevant"])) for row in map(json.loads, lines)]
    answerable = [one for one in asked if one.gold]
    return random.Random(seed).sample(answerable, min(count, len(answerable)))  # noqa: S311  reproducible


def article(document: str, label: str) -> str:
    return f"{Path(document).stem}{label}"


def article_of(hit: Hit) -> str:
    return article(hit.passage.document.name, hit.passage.label)


def recall(asked: Iterable[Asked], answers: Iterable[Iterable[object]]) -> float:
    """The mean share of the answering articles that were found."""
    shares = [len(one.gold & set(answer)) / len(one.gold) for one, answer in zip(asked, answers, strict=True)]
    return sum(shares) / len(shares)

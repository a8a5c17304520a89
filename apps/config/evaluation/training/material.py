"""Public sets to learn from, and which part of each is never learnt from.

A passage, and with it every question about it, is set aside when the digest of its id is odd. Of one set
(CMRC 2018, the development file) all is learnt from, of another (its trial file) nothing.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from apps.config.evaluation.material import Given, Question, passages, questions

ALL, HALF = "all", "half"


@dataclass(frozen=True)
class Source:
    """`spans`: the answers stand word for word in the passages. `similar`: neighbours of the right passage
    often answer as well, so that without it the question is not plainly unanswerable. `most` questions of it
    say enough."""

    name: str
    language: str
    passages: tuple[str, ...]
    questions: str
    learnt: str = HALF
    spans: bool = False
    similar: bool = False
    most: int = 500


SOURCES = (
    Source("cmrc", "zh", ("cmrc2018/dev_passages",), "cmrc2018/dev_questions", ALL, spans=True),
    Source("drcd", "zh", ("drcd/dev_passages",), "drcd/dev_questions", spans=True, most=400),
    Source("xquad_zh", "zh", ("xquad_en_zh/dev_zh_passages",), "xquad_en_zh/dev_zh_questions", spans=True,
           most=400),
    Source("finance", "zh", ("fineva_zh/faq_kb",), "fineva_zh/faq_queries_dev"),
    Source("medicine", "zh", ("medical_faq_zh/kb",), "medical_faq_zh/queries_dev", similar=True, most=300),
    Source("law", "zh", ("laws_cn/articles_core", "laws_cn/articles_national"), "lecoqa_zh_law/train_dev",
           similar=True, most=300),
    Source("xquad_en", "en", ("xquad_en_zh/dev_en_passages",), "xquad_en_zh/dev_en_questions", spans=True),
    Source("medquad", "en", ("medquad_en/kb",), "medquad_en/queries_dev", similar=True, most=300),
)  # fmt: skip


@dataclass(frozen=True)
class Material:
    source: Source
    given: Sequence[Given]
    asked: Sequence[Question]

    def is_learnt_from(self, one: Question) -> bool:
        return self.source.learnt == ALL or is_learnt(min(one.relevant))


def is_learnt(key: str) -> bool:
    return sha256(key.encode()).digest()[-1] % 2 == 0


def read(reference: Path, source: Source, draw: random.Random) -> Material:
    given = passages([str(reference / f"{name}.jsonl") for name in source.passages])
    known = {one.id for one in given}
    asked = [one for one in questions([str(reference / f"{source.questions}.jsonl")]) if one.relevant & known]
    draw.shuffle(asked)
    return Material(source, given, asked)

"""Counting how common words are anywhere: see `sunmao.knowledge.text.background`. Counts, no sentences."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from apps.config.evaluation.material import passages
from sunmao.knowledge.text.tokens import tokens

FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "zh": {
        "law": ("laws_cn/articles_core", "laws_cn/articles_national"),
        "medicine": ("medical_faq_zh/kb",),
        "encyclopedia": ("cmrc2018/dev_passages", "xquad_en_zh/dev_zh_passages"),
        "finance": ("fineva_zh/faq_kb",),
    },
    "en": {"medicine": ("medquad_en/kb",), "encyclopedia": ("xquad_en_zh/dev_en_passages",)},
}
COMMON = 0.005
"""Least share of passages, in the mean over the fields of the language."""


def count(reference: Path) -> dict[str, Any]:
    shares: dict[str, int] = {}
    counted: dict[str, int] = {}
    for language, fields in FIELDS.items():
        mean: Counter[str] = Counter()
        for name, files in fields.items():
            given = passages([str(reference / f"{file}.jsonl") for file in files])
            counted[f"{language} {name}"] = len(given)
            often = Counter(
                token
                for one in given
                for token in set(tokens("\n".join((one.title, one.unit.label, one.unit.text))))
            )
            for token, passages_with in often.items():
                mean[token] += passages_with / len(given) / len(fields)  # type: ignore[assignment]
        shares |= {
            token: round(share * 1000)
            for token, share in mean.items()
            if share >= COMMON and token.isascii() == (language == "en")
        }
    order = sorted(shares.items(), key=lambda one: (-one[1], one[0]))
    return {"passages": counted, "per_thousand": dict(order)}

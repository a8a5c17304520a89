"""Public English sets: hypotheses of confidentiality agreements, categories, search for clauses.

Every figure stands beside a floor: the commonest answer, or an order drawn by chance.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sunmao.knowledge.text.lexical import document_vector, query_dimensions, query_vector
from verticals.contract_review.domain.vocabulary import categories, has_category, judge

CHOICES = {"satisfied": "Entailment", "violated": "Contradiction", "absent": "NotMentioned"}


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def contractnli(folder: Path, *, seed: int) -> dict[str, Any]:
    """Present, contradicted or absent, and whether the sentences shown overlap those of the annotators."""
    truth: dict[str, list[str]] = {}
    ours: dict[str, list[str]] = {}
    shown = overlapping = wanted = covered = 0
    for row in _rows(folder / "dev.jsonl"):
        for one in judge(row["text"]):
            gold = row["annotations"][one.code]
            truth.setdefault(one.code, []).append(gold["choice"])
            ours.setdefault(one.code, []).append(CHOICES[one.state])
            marked = [row["spans"][place] for place in gold["spans"]]
            mine = [(span.start, span.end) for span in one.spans]
            shown += len(mine)
            overlapping += sum(any(_overlap(a, b) for b in marked) for a in mine)
            wanted += bool(marked)
            covered += any(_overlap(a, b) for a in mine for b in marked)
    answers = [choice for code in truth for choice in truth[code]]
    commonest = Counter(answers).most_common(1)[0][0]
    each = [Counter(truth[code]).most_common(1)[0][0] for code in truth for _ in truth[code]]
    return {
        "n": len(answers),
        "systems": {
            "floor": _judged(answers, [commonest] * len(answers)),
            "floor per hypothesis": _judged(answers, each),
            "rules": {
                **_judged(answers, [choice for code in truth for choice in ours[code]]),
                "evidence_precision": round(overlapping / max(shown, 1), 4),
                "evidence_found": round(covered / max(wanted, 1), 4),
            },
        },
        "hypotheses": {
            code: round(
                sum(a == b for a, b in zip(truth[code], ours[code], strict=True)) / len(truth[code]), 4
            )
            for code in truth
        },
    }


def _overlap(a: Sequence[int], b: Sequence[int]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _judged(truth: Sequence[str], ours: Sequence[str]) -> dict[str, float]:
    pairs = Counter(zip(truth, ours, strict=True))
    scores = []
    for label in sorted(set(truth)):
        right = pairs[label, label]
        said = sum(count for (_, mine), count in pairs.items() if mine == label)
        meant = sum(count for (gold, _), count in pairs.items() if gold == label)
        scores.append(2 * right / (said + meant) if said + meant else 0.0)
    accuracy = sum(count for (gold, mine), count in pairs.items() if gold == mine) / len(truth)
    return {"accuracy": round(accuracy, 4), "macro_f1": round(sum(scores) / len(scores), 4)}


def cuad_clauses(folder: Path, *, seed: int) -> dict[str, Any]:
    """Does a clause belong to a category."""
    rows = [row for row in _rows(folder / "clause_yesno_dev.jsonl") if row["task"].startswith("cuad_")]
    rows = [row for row in rows if row["task"].removeprefix("cuad_") in categories()]
    truth = [row["answer"] for row in rows]
    ours = ["Yes" if has_category(row["task"].removeprefix("cuad_"), row["text"]) else "No" for row in rows]
    commonest = Counter(truth).most_common(1)[0][0]
    return {
        "n": len(rows),
        "systems": {"floor": _judged(truth, [commonest] * len(truth)), "rules": _judged(truth, ours)},
    }


def acord(folder: Path, *, seed: int) -> dict[str, Any]:
    """Ranking the judged clauses of each query by the words they share with it."""
    texts = {row["doc_id"]: row["text"] for row in _rows(folder / "corpus.jsonl")}
    vectors = {name: document_vector({"body": text}) for name, text in texts.items()}
    spread = Counter(place for vector in vectors.values() for place in vector)
    pools = {row["query"]: row["judged"] for row in _rows(folder / "dev_judged_pools.jsonl")}
    draw = random.Random(seed)  # noqa: S311  reproducible, not secret
    figures: dict[str, list[float]] = {}
    for row in _rows(folder / "dev_queries.jsonl"):
        pool = [name for name in pools[row["query"]] if name in vectors]
        asked = query_vector(query_dimensions(row["query"], ["body"]), spread, len(vectors))
        ranked = sorted(pool, key=lambda name: (-_score(asked, vectors[name]), name))
        drawn = draw.sample(pool, len(pool))
        for system, order in (("floor", drawn), ("rules", ranked)):
            for depth in (5, 10):
                figures.setdefault(f"{system} {depth}", []).append(_gain(order, row["relevance"], depth))
    return {
        "n": len(pools),
        "systems": {
            system: {f"ndcg@{depth}": _mean(figures[f"{system} {depth}"]) for depth in (5, 10)}
            for system in ("floor", "rules")
        },
    }


def _score(asked: Mapping[int, float], vector: Mapping[int, float]) -> float:
    return sum(weight * vector.get(place, 0.0) for place, weight in asked.items())


def _gain(order: Sequence[str], relevance: Mapping[str, int], depth: int) -> float:
    got: float = sum(
        (2 ** relevance.get(name, 0) - 1) / math.log2(rank + 1) for rank, name in enumerate(order[:depth], 1)
    )
    best = sorted(relevance.values(), reverse=True)[:depth]
    ideal: float = sum((2**worth - 1) / math.log2(rank + 1) for rank, worth in enumerate(best, 1))
    return got / ideal


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4)


SETS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "contractnli": contractnli,
    "cuad_clauses": cuad_clauses,
    "acord": acord,
}
COLUMNS = {
    "contractnli": ("accuracy", "macro_f1", "evidence_precision", "evidence_found"),
    "cuad_clauses": ("accuracy", "macro_f1"),
    "acord": ("ndcg@5", "ndcg@10"),
}

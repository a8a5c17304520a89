"""What is counted of a version: by part, origin, review, label and length."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sunmao.knowledge.text.language import language_of
from sunmao.training.datasets.content import texts_of
from sunmao.training.datasets.examples import Kind, Part
from sunmao.training.datasets.models import Row, Version
from sunmao.training.datasets.selectors import rows_of

BINS = (0, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000)
MOST_LABELS = 200


def of(version: Version) -> dict[str, Any]:
    """The rows are read once; nothing of a text is kept."""
    return counted(Kind(version.dataset.kind), rows_of(version).iterator(chunk_size=500))


def counted(kind: Kind, rows: Iterable[Row]) -> dict[str, Any]:
    parts: Counter[str] = Counter()
    origins: Counter[str] = Counter()
    reviews: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    labels: defaultdict[str, Counter[str]] = defaultdict(Counter)
    lengths: list[int] = []
    turns: Counter[int] = Counter()
    groups: set[str] = set()
    for row in rows:
        texts = texts_of(kind, row.data)
        parts[row.part] += 1
        origins[row.origin] += 1
        reviews[row.review] += 1
        languages[language_of("\n".join(texts))] += 1
        lengths.append(sum(map(len, texts)))
        groups.add(row.group)
        if kind == Kind.CLASSIFICATION:
            labels[row.data["label"]][row.part] += 1
        elif kind == Kind.JUDGED:
            labels["good" if row.data["good"] else "bad"][row.part] += 1
        elif kind == Kind.CHAT:
            turns[len(row.data["messages"])] += 1
    found: dict[str, Any] = {
        "examples": len(lengths),
        "groups": len(groups),
        "parts": {part.value: parts[part] for part in Part},
        "origins": dict(sorted(origins.items())),
        "reviews": dict(sorted(reviews.items())),
        "languages": dict(sorted(languages.items())),
        "lengths": _lengths(lengths),
        "warnings": [],
    }
    if labels:
        found["labels"] = _labels(labels)
        found["warnings"] += _about_labels(labels)
    if turns:
        found["turns"] = {str(count): number for count, number in sorted(turns.items())}
    found["warnings"] += [f"empty_{part}" for part in Part if lengths and not parts[part]]
    return found


def _lengths(lengths: Sequence[int]) -> dict[str, Any]:
    ordered = sorted(lengths)
    if not ordered:
        return {"bins": []}
    bins = [0] * len(BINS)
    for length in ordered:
        bins[max(at for at, least in enumerate(BINS) if length >= least)] += 1
    return {
        "least": ordered[0],
        "median": ordered[len(ordered) // 2],
        "p95": ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)],
        "most": ordered[-1],
        "mean": round(sum(ordered) / len(ordered), 1),
        "bins": [[least, count] for least, count in zip(BINS, bins, strict=True)],
    }


def _labels(labels: Mapping[str, Counter[str]]) -> dict[str, dict[str, int]]:
    ranked = sorted(labels.items(), key=lambda one: (-one[1].total(), one[0]))[:MOST_LABELS]
    return {label: {part.value: counts[part] for part in Part} for label, counts in ranked}


def _about_labels(labels: Mapping[str, Counter[str]]) -> list[str]:
    named = {label: counts for label, counts in labels.items() if label}
    told = ["unlabelled"] * ("" in labels) + ["single_class"] * (len(named) == 1)
    sizes = [counts.total() for counts in named.values()]
    told += ["uneven_classes"] * (bool(sizes) and max(sizes) > 20 * min(sizes))
    return told + ["class_without_training"] * any(not counts[Part.TRAIN] for counts in named.values())


__all__ = ["BINS", "counted", "of"]

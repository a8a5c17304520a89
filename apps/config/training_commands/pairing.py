"""What `train retrieval` and `train reranker` take alike: questions, and passages that answer them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.config.evaluation.figures import bootstrap, recall, reciprocal
from apps.config.evaluation.material import Given, Question, named, passages, questions
from sunmao.core.errors import InvalidInput
from sunmao.core.evaluating import Table
from sunmao.knowledge import encoders
from sunmao.knowledge.reuse import passage_text

LIMIT = 100
SHOWN = ("recall@1", "recall@5", "recall@10", "recall@100", "mrr@10")


def arguments(parser: CommandParser) -> None:
    parser.add_argument("--seed", type=int, default=1, help="of everything that is drawn by chance")
    parser.add_argument("--passages", nargs="+", required=True, metavar="FILE")
    parser.add_argument("--queries", nargs="+", required=True, metavar="FILE", help="to learn from")
    parser.add_argument("--test", nargs="+", required=True, metavar="FILE", help="never learnt")
    parser.add_argument("--encoder", default="minilm", metavar="SPEC", help="minilm or st:PATH")
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="keep what was tuned here")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--longest", type=int, default=128, help="tokens of a text that are read")


@dataclass(frozen=True)
class Material:
    """`relevant` are the places of the passages that answer each question that is learnt from."""

    ids: list[str]
    texts: list[str]
    taught: list[str]
    relevant: list[frozenset[int]]
    asked: list[Question]


def material(options: Mapping[str, Any]) -> Material:
    """Raises when a question is both learnt from and tested, or none is about these passages."""
    given, taught = passages(options["passages"]), questions(options["queries"])
    asked = _answerable(questions(options["test"]), given)
    seen = {one.text for one in taught}
    if leaked := sum(one.text in seen for one in asked):
        raise InvalidInput(fields={"test": f"{leaked} questions are learnt from"})
    place = {one.id: number for number, one in enumerate(given)}
    relevant = [frozenset(place[one] for one in question.relevant if one in place) for question in taught]
    if not any(relevant):
        raise InvalidInput(fields={"queries": "no question names a passage of these files"})
    texts = [passage_text(one.unit, one.title) for one in given]
    return Material([one.id for one in given], texts, [one.text for one in taught], relevant, asked)


def _answerable(asked: Sequence[Question], given: Sequence[Given]) -> list[Question]:
    known = {one.id for one in given}
    found = [one for one in asked if one.relevant & known]
    if not found:
        raise InvalidInput(fields={"test": "no question names a passage of these files"})
    return found


def model_of(spec: str) -> Any:
    model = getattr(encoders.encoder(encoders.checked(spec)), "model", None)
    if model is None:
        raise InvalidInput(fields={"encoder": "only one whose weights lie here can be tuned"})
    return model


def ranked(passages: Any, questions: Any) -> list[list[int]]:
    """The places of the best passages for each question."""
    import numpy as np

    order = np.argsort(-(questions @ passages.T), axis=1, kind="stable")[:, :LIMIT]
    return [[int(place) for place in row] for row in order]


def gain(
    before: Sequence[Sequence[str]], after: Sequence[Sequence[str]], asked: Sequence[Question], seed: int
) -> dict[str, list[float]]:
    """The middle 95 % of the mean difference of each question."""
    figures: Mapping[str, Any] = {
        "recall@1": lambda r, g: recall(r, g, 1),
        "recall@5": lambda r, g: recall(r, g, 5),
        "recall@10": lambda r, g: recall(r, g, 10),
        "mrr@10": reciprocal,
    }
    rows = list(zip(before, after, asked, strict=True))
    return {
        name: bootstrap([figure(a, q.relevant) - figure(b, q.relevant) for b, a, q in rows], seed=seed)
        for name, figure in figures.items()
    }


def tables(data: Mapping[str, Any]) -> list[Table]:
    rows = [(name, *(data[name][figure] for figure in SHOWN)) for name in ("before", "after")]
    return [Table(title=f"{data['n']} questions", header=("order", *SHOWN), rows=rows)]


def notes(data: Mapping[str, Any]) -> list[str]:
    low, high = data["gain"]["mrr@10"]
    told = [f"gain of mrr@10: 95 % interval {low}…{high}"]
    return told + ([f"kept as {data['kept']}"] if "kept" in data else [])


def write_card(folder: Path, *, title: str, data: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """What it was made of and what it is worth, beside its weights."""
    lines = [f"# {title}", "", f"- Begun with: {options['encoder']}"]
    for name in ("passages", "queries", "test"):
        lines += [f"- {name.title()}: {named(file)} (sha256 {_hash(file)})" for file in options[name]]
    settings = ("seed", "epochs", "longest", "rate", "rank", "negatives")
    lines.append("- Settings: " + ", ".join(f"{one} {data[one]}" for one in settings if one in data))
    lines.append(f"- Learnt from {data['questions']} questions in {data['pairs']} pairs; {data['n']} tested")
    lines += ["", "| measure | before | after | interval of the gain |", "|---|---|---|---|"]
    for name, (low, high) in data["gain"].items():
        lines.append(f"| {name} | {data['before'][name]} | {data['after'][name]} | {low} to {high} |")
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _hash(file: str) -> str:
    with Path(file).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()

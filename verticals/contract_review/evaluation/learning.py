"""Learning the weights of the second opinion from our own clauses and contracts, and what they are worth."""

from __future__ import annotations

import gzip
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from verticals.contract_review.domain import opinion
from verticals.contract_review.domain.normal import normal
from verticals.contract_review.domain.playbook import rules
from verticals.contract_review.evaluation import authored

SEEN_AT_LEAST, FEWEST = 2, 3
SLACK, WEIGHT_OF_BREACH, WEIGHT_OF_TWIN = 3.0, 8.0, 12.0
_NAME = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Example:
    """A sentence, the rules that it breaks, and those whose lawful twin it is."""

    text: str
    breaks: frozenset[str]
    lawful: frozenset[str]
    source: str


def material(folder: Path) -> list[Example]:
    """All that may be looked at: contracts, clauses, and our own rewrites, which break nothing."""
    codes = {rule.code for rule in rules() if opinion.takes_part(rule)}
    contracts = [
        *authored.read(folder / "dev").items(),
        *authored.read(folder / "strangers").items(),
    ]
    return [
        *(one for name, row in contracts for one in _of_contract(name, row, codes)),
        *_of_clauses(folder / "clauses" / "dev", codes),
        *_of_clauses(folder / "clauses" / "strangers" / "dev", codes),
        *_lawful(folder / "lawful.toml", codes),
        *_of_rewrites(codes),
    ]


def _of_contract(name: str, row: Mapping[str, Any], codes: set[str]) -> Iterator[Example]:
    """The clauses of both twins, each with the names that the contract gives its parties."""
    for twin in ("clean", "planted"):
        texts = [
            one["clean"] if twin == "clean" else one.get("planted", one["clean"]) for one in row["clause"]
        ]
        given = "\n".join(text for text in texts if text)
        copy = normal(given)
        at = 0
        for text, clause in zip(texts, row["clause"], strict=True):
            if not text:
                continue
            start, at = given.index(text, at), given.index(text, at) + len(text)
            said = copy.text[copy.forth(start) : copy.forth(at)]
            own = frozenset(clause.get("rules", ())) & codes
            none: frozenset[str] = frozenset()
            if len(said.strip()) > 5 and (twin == "clean" or "planted" in clause):
                yield Example(
                    said, own if twin == "planted" else none, none if twin == "planted" else own, name
                )


def _of_clauses(folder: Path, codes: set[str]) -> Iterator[Example]:
    for code, text, options, breaks in authored.cases(folder):
        if code.startswith("CN") and not options["whole"]:
            own = frozenset({code} & codes)
            none: frozenset[str] = frozenset()
            yield Example(normal(text).text, own if breaks else none, none if breaks else own, "clauses")


def _lawful(place: Path, codes: set[str]) -> Iterator[Example]:
    """Clauses that come near to some rule and break none."""
    given = tomllib.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    for text in (clause for clauses in given.values() for clause in clauses):
        yield Example(normal(text).text, frozenset(), frozenset(codes), "lawful")


def _of_rewrites(codes: set[str]) -> Iterator[Example]:
    for rule in rules():
        texts = {text for one in rule.outcomes.values() for text in (one.rewrite, one.fallback) if text}
        for text in sorted(texts):
            if rule.code in codes:
                plain = normal(_NAME.sub("甲方", text)).text
                yield Example(plain, frozenset(), frozenset({rule.code}), "rewrites")


def learn(examples: Sequence[Example]) -> dict[str, Any]:
    """What the file of weights says. The aim has one least point, so it is the same each time."""
    found = [opinion.pieces(one.text) for one in examples]
    seen = Counter(piece for one in found for piece in one)
    names = sorted(piece for piece, count in seen.items() if count >= SEEN_AT_LEAST and "\n" not in piece)
    inverse = np.array([np.log(len(found) / seen[piece]) for piece in names])
    matrix = _matrix(found, {piece: at for at, piece in enumerate(names)}, inverse)
    counts = Counter(code for one in examples for code in one.breaks)
    codes = sorted(code for code, count in counts.items() if count >= FEWEST)
    columns = [_fit(matrix, examples, code) for code in codes]
    table = np.array([one[:-1] for one in columns]).T
    scale = (np.abs(table).max(axis=0) / 127).astype(np.float32)
    steps = np.round(table / scale).astype(int).tolist()
    rarity = inverse.astype(np.float16).tolist()
    return {
        "codes": codes,
        "bias": [float(np.float32(one[-1])) for one in columns],
        "scale": scale.tolist(),
        "pieces": {
            name: [rare, *(part for at, many in enumerate(row) if many for part in (at, many))]
            for name, rare, row in zip(names, rarity, steps, strict=True)
        },
    }


def write(weights: Mapping[str, Any], path: Path) -> None:
    """The same weights make the same bytes."""
    text = json.dumps(weights, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _matrix(found: Iterable[set[str]], index: Mapping[str, int], inverse: Any) -> Any:
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for number, one in enumerate(found):
        places = sorted(index[piece] for piece in one if piece in index)
        share = inverse[places]
        length = float(np.sqrt(share @ share)) or 1.0
        rows += [number] * len(places) + [number]
        columns += [*places, len(index)]
        values += [*(share / length), 1.0]
    return csr_matrix((values, (rows, columns)))


def _fit(matrix: Any, examples: Sequence[Example], code: str) -> Any:
    """Squared hinge loss with a squared norm."""
    sign = np.array([1.0 if code in one.breaks else -1.0 for one in examples])
    weight = SLACK * np.array(
        [
            WEIGHT_OF_BREACH if code in one.breaks else WEIGHT_OF_TWIN if code in one.lawful else 1.0
            for one in examples
        ]
    )

    def aim(point: Any) -> tuple[float, Any]:
        short = np.maximum(0.0, 1 - sign * (matrix @ point))
        slope = point - 2 * (matrix.T @ (weight * short * sign))
        return float(0.5 * point @ point + weight @ short**2), slope

    return minimize(aim, np.zeros(matrix.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 120}).x

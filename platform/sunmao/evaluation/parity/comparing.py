"""How far a form is from the first, and where it leaves its bounds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_TOLD = 20


@dataclass(frozen=True)
class Bounds:
    """`agreement` is the least share of equal tokens; `scores` the greatest distance of any token's score."""

    agreement: float
    scores: float | None = None


# By the number format that the model is computed in.
BOUNDS: dict[str, dict[str, Bounds]] = {
    "float32": {
        "merged": Bounds(1.0, 0.05),
        "served": Bounds(1.0),
        "server": Bounds(0.9),
        "quantised": Bounds(0.8),
    },
    "bfloat16": {
        "merged": Bounds(0.97, 1.0),
        "served": Bounds(0.9),
        "server": Bounds(0.85),
        "quantised": Bounds(0.8),
    },
}


@dataclass(frozen=True)
class Apart:
    """Where a form first said something else: prompt and position count from 1."""

    form: str
    prompt: int
    position: int
    wanted: str
    given: str
    distance: float | None = None


@dataclass
class Form:
    """One form, held against the first."""

    name: str
    bounds: Bounds | None
    agreement: float = 1.0
    distance: float | None = None
    skipped: str = ""
    apart: list[Apart] = field(default_factory=list)

    @property
    def passed(self) -> bool | None:
        """None for a form that was not there to be asked."""
        if self.skipped or self.bounds is None:
            return None
        far = self.bounds.scores is not None and (self.distance or 0.0) > self.bounds.scores
        return self.agreement >= self.bounds.agreement and not far

    def as_json(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in ("name", "agreement", "distance", "skipped", "passed")}
        return {**told, "bounds": asdict(self.bounds) if self.bounds else None}


def held_against(
    name: str,
    bounds: Bounds,
    *,
    wanted: Sequence[Sequence[str]],
    given: Sequence[Sequence[str]],
    distances: Sequence[Sequence[float]] | None = None,
) -> Form:
    """Of answers that were written freely, all after the first other token is counted as apart; with
    `distances` each token was asked for on its own, after the same beginning."""
    form = Form(name, bounds)
    equal = total = 0
    for prompt, (first, second) in enumerate(zip(wanted, given, strict=True), 1):
        total += len(first)
        places = [at for at, token in enumerate(first) if at >= len(second) or second[at] != token]
        equal += len(first) - len(places) if distances else (places[0] if places else len(first))
        far = _furthest(distances[prompt - 1]) if distances else None
        if far is not None:
            form.distance = max(form.distance or 0.0, far[1])
        too_far = far is not None and bounds.scores is not None and far[1] > bounds.scores
        if places or (too_far and far):
            at = places[0] if places else (far[0] if far else 0)
            distance = distances[prompt - 1][at] if distances else None
            form.apart.append(
                Apart(name, prompt, at + 1, first[at], second[at] if at < len(second) else "", distance)
            )
    form.agreement = round(equal / total, 6) if total else 1.0
    return form


def _furthest(distances: Sequence[float]) -> tuple[int, float]:
    at = max(range(len(distances)), key=lambda place: distances[place])
    return at, distances[at]


def told(forms: Sequence[Form]) -> list[dict[str, Any]]:
    """Where the forms that failed were first apart."""
    return [asdict(one) for form in forms if form.passed is False for one in form.apart][:MOST_TOLD]


def has_passed(forms: Sequence[Form]) -> bool:
    """Every form that could be asked; without any there is nothing to trust."""
    asked = [form.passed for form in forms if form.passed is not None]
    return bool(asked) and all(asked)


__all__ = ["BOUNDS", "Apart", "Bounds", "Form", "has_passed", "held_against", "told"]

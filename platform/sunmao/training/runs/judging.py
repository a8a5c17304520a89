"""Who judges answers for a training. The protocol alone is declared here; what judges is given by whoever has
engines and calibration, as `SUNMAO_TRAINING_JUDGE`, a dotted path of a function that makes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import UUID

from django.conf import settings

from sunmao.core.vertical import resolve
from sunmao.training.runs.errors import TrainingFailed

Turns = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Verdict:
    winner: Literal["a", "b", ""]
    reason: str = ""


class Judge(Protocol):
    def compare(self, prompt: Turns, a: str, b: str) -> Verdict:
        """Which answer is better; neither where it cannot be told."""
        ...

    def score(self, prompt: Turns, text: str, answer: Any) -> float:
        """What one answer is worth, 0 to 1."""
        ...


def judge_of(name: str, *, organisation_id: UUID) -> Judge:
    """Raises `TrainingFailed` (`training_judge`) where nobody judges."""
    if not settings.SUNMAO_TRAINING_JUDGE:
        raise TrainingFailed(code="training_judge")
    made: Judge = resolve(settings.SUNMAO_TRAINING_JUDGE)(name, organisation_id=organisation_id)
    return made


def worth_of(
    reward: Mapping[str, Any], answers: Sequence[Mapping[str, Any]], *, organisation_id: UUID
) -> list[float]:
    judge = judge_of(str(reward.get("judge", "")), organisation_id=organisation_id)
    return [judge.score(one["prompt"], one["text"], one["answer"]) for one in answers]


__all__ = ["Judge", "Verdict", "judge_of", "worth_of"]

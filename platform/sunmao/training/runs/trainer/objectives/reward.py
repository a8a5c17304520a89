"""A model of what people prefer: a number for an answer, from the state behind its last token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.encoding import answered
from sunmao.training.runs.trainer.objectives import Learner, Objective, Sums
from sunmao.training.runs.trainer.objectives.pairs import Pair


class RewardModel:
    metric, higher_is_better = "loss", False
    has_head = True

    def __init__(self, options: Mapping[str, Any]) -> None:
        del options

    def encode(self, learner: Learner, data: Mapping[str, Any]) -> Pair | None:
        chosen = learner.encoder.chat(answered(data["prompt"], data["chosen"]), last_only=True)
        rejected = learner.encoder.chat(answered(data["prompt"], data["rejected"]), last_only=True)
        return Pair(chosen, rejected) if chosen and rejected else None

    def prepare(self, learner: Learner, parts: Mapping[str, Sequence[Pair]]) -> None:
        pass

    def loss(self, learner: Learner, items: Sequence[Pair]) -> tuple[Any, Sums]:
        from sunmao.training.runs.trainer import losses

        batch = learner.batch([*(one.chosen for one in items), *(one.rejected for one in items)])
        scores = learner.scores(batch)
        chosen, rejected = scores[: len(items)], scores[len(items) :]
        loss, weight = losses.reward_pairs(chosen, rejected), float(len(items))
        return loss, {
            "loss": (float(loss.detach()) * weight, weight),
            "preference_accuracy": (float((chosen > rejected).sum()), weight),
            "margin": (float((chosen - rejected).detach().sum()), weight),
        }


OBJECTIVES = (
    Objective(
        name="reward", title=_("Reward model"), kind="preference", make=f"{__name__}:RewardModel", options={},
        rate=0.5,
    ),
)  # fmt: skip

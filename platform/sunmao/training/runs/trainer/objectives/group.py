"""GRPO: the model answers each question several times and learns which answers were worth more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.encoding import IGNORED, Encoded
from sunmao.training.runs.trainer.objectives import Learner, Objective, Sums
from sunmao.training.runs.trainer.problems import Problem
from sunmao.training.runs.trainer.rewards import Answered


@dataclass
class Question:
    ids: list[int]
    turns: Sequence[Mapping[str, Any]]
    answer: Any


class Grpo:
    metric, higher_is_better = "reward", True

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options

    def encode(self, learner: Learner, data: Mapping[str, Any]) -> Question | None:
        ids = learner.encoder.prompt(data["prompt"])
        room = learner.plan.max_length - int(self.options["tokens"])
        if len(ids) > room:
            if learner.plan.too_long == "refuse":
                raise Problem("training_text_too_long", tokens=len(ids), longest=room)
            learner.encoder.skipped += 1
            return None
        return Question(ids, data["prompt"], data.get("answer"))

    def prepare(self, learner: Learner, parts: Mapping[str, Sequence[Question]]) -> None:
        if float(self.options["beta"]) and not learner.has_base:
            raise Problem("training_needs_adapter", objective="grpo", option="beta")

    def loss(self, learner: Learner, items: Sequence[Question]) -> tuple[Any, Sums]:
        import torch

        from sunmao.training.runs.trainer import losses

        learns = learner.model.training
        group = int(self.options["group"]) if learns else 1
        asked = [one for one in items for _ in range(group)]
        written = learner.write(
            [one.ids for one in asked],
            tokens=int(self.options["tokens"]),
            temperature=float(self.options["temperature"]) if learns else 0.0,
        )
        texts = [learner.text(ids) for ids in written]
        answers = [Answered(one.turns, text, one.answer) for one, text in zip(asked, texts, strict=True)]
        worth, means = learner.worth.of(answers, learn=learns)
        weight = float(len(asked))
        sums: Sums = {"reward": (sum(worth), weight)}
        sums |= {f"reward {name}": (mean * weight, weight) for name, mean in means.items()}
        sums["length"] = (float(sum(len(one) for one in written)), weight)
        if not learns:
            sums["loss"] = (-sum(worth), weight)
            return torch.zeros(()), sums
        rewards = learner.tensor(worth).view(len(items), group)
        advantages = losses.group_advantages(rewards).flatten()
        batch = learner.batch([_row(one.ids, ids) for one, ids in zip(asked, written, strict=True)])
        mask = (batch.labels[:, 1:] != IGNORED).float()
        logps = learner.token_logps(batch)
        beta = float(self.options["beta"])
        if beta:
            with torch.no_grad(), learner.as_base():
                reference = learner.token_logps(batch)
        else:
            reference = logps.detach()
        # one step for every sample: what was written is of the policy that learns
        loss = losses.grpo(
            logps, logps.detach(), reference, advantages, mask, clip=float(self.options["clip"]), beta=beta
        )
        apart = torch.exp(reference - logps.detach()) - (reference - logps.detach()) - 1
        sums["loss"] = (float(loss.detach()) * weight, weight)
        sums["divergence"] = (float((apart * mask).sum()), float(mask.sum()))
        return loss, sums


def _row(prompt: Sequence[int], answer: Sequence[int]) -> Encoded:
    return Encoded([*prompt, *answer], [*([IGNORED] * len(prompt)), *answer])


OBJECTIVES = (
    Objective(
        name="grpo", title=_("Rewards within a group (GRPO)"), kind="prompts", make=f"{__name__}:Grpo",
        options={"group": 4, "tokens": 64, "temperature": 1.0, "beta": 0.04, "clip": 0.2}, rate=0.25,
    ),
)  # fmt: skip

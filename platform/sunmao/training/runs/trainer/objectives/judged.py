"""Answers judged one by one: KTO. They need no partner, so that a thumb is enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.encoding import answered
from sunmao.training.runs.trainer.objectives import Learner, Objective, Sums
from sunmao.training.runs.trainer.problems import Problem

if TYPE_CHECKING:
    from sunmao.training.runs.trainer.encoding import Encoded


@dataclass
class Judged:
    """`other` is the question with another's answer: by such the paper estimates its reference point."""

    one: Encoded
    good: bool
    data: Mapping[str, Any]
    other: Encoded | None = None
    reference: tuple[float, float] = (0.0, 0.0)


class Kto:
    metric, higher_is_better = "loss", False

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options

    def encode(self, learner: Learner, data: Mapping[str, Any]) -> Judged | None:
        one = learner.encoder.chat(answered(data["prompt"], data["completion"]), last_only=True)
        return Judged(one, bool(data["good"]), data) if one else None

    def prepare(self, learner: Learner, parts: Mapping[str, Sequence[Judged]]) -> None:
        if len({one.good for one in parts.get("train", ())}) < 2:
            raise Problem("training_single_class", kind="judged")
        for part in parts.values():
            for place, one in enumerate(part):
                stranger = part[(place + 1) % len(part)]
                mixed = answered(one.data["prompt"], stranger.data["completion"])
                one.other = learner.encoder.chat(mixed, last_only=True) or one.one
            for items in learner.in_batches(part):
                with learner.as_base():
                    own, _counts = learner.answer_logps([each.one for each in items])
                    other, _counts = learner.answer_logps([each.other or each.one for each in items])
                for place, each in enumerate(items):
                    each.reference = (float(own[place]), float(other[place]))

    def loss(self, learner: Learner, items: Sequence[Judged]) -> tuple[Any, Sums]:
        import torch

        from sunmao.training.runs.trainer import losses

        reference = learner.tensor([one.reference for one in items])
        own, _counts = learner.answer_logps([one.one for one in items])
        with torch.no_grad():
            other, _counts = learner.answer_logps([one.other or one.one for one in items])
        ratio, kl = own - reference[:, 0], (other - reference[:, 1]).mean()
        good = torch.tensor([one.good for one in items], device=ratio.device)
        loss = losses.kto(
            ratio, good, kl, beta=float(self.options["beta"]),
            desirable=float(self.options["desirable"]), undesirable=float(self.options["undesirable"]),
        )  # fmt: skip
        weight = float(len(items))
        return loss, {
            "loss": (float(loss.detach()) * weight, weight),
            "preference_accuracy": (float(((ratio > kl.clamp(min=0)) == good).sum()), weight),
            "divergence": (float(kl) * weight, weight),
        }


OBJECTIVES = (
    Objective(
        name="kto", title=_("Answers judged good or bad (KTO)"), kind="judged", make=f"{__name__}:Kto",
        options={"beta": 0.1, "desirable": 1.0, "undesirable": 1.0}, rate=0.25,
    ),
)  # fmt: skip

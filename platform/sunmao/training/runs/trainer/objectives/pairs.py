"""Preferences as pairs of a better and a worse answer: DPO, ORPO, SimPO, CPO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.encoding import answered
from sunmao.training.runs.trainer.objectives import Learner, Objective, Sums

if TYPE_CHECKING:
    from sunmao.training.runs.trainer.encoding import Encoded


@dataclass
class Pair:
    """`reference` holds what the base gives to either, once `prepare` has asked it."""

    chosen: Encoded
    rejected: Encoded
    reference: tuple[float, float] = (0.0, 0.0)


class Pairs:
    metric, higher_is_better = "loss", False
    needs_reference = False

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options

    def encode(self, learner: Learner, data: Mapping[str, Any]) -> Pair | None:
        chosen = learner.encoder.chat(answered(data["prompt"], data["chosen"]), last_only=True)
        rejected = learner.encoder.chat(answered(data["prompt"], data["rejected"]), last_only=True)
        return Pair(chosen, rejected) if chosen and rejected else None

    def prepare(self, learner: Learner, parts: Mapping[str, Sequence[Pair]]) -> None:
        if not self.needs_reference:
            return
        for part in parts.values():
            for items in learner.in_batches(part):
                with learner.as_base():
                    found, _counts = self._sums(learner, items)
                for place, one in enumerate(items):
                    one.reference = (float(found[place]), float(found[len(items) + place]))

    def loss(self, learner: Learner, items: Sequence[Pair]) -> tuple[Any, Sums]:
        from sunmao.training.runs.trainer import losses

        sums, counts = self._sums(learner, items)
        half = len(items)
        chosen, rejected = sums[:half], sums[half:]
        means = sums / counts.clamp(min=1)
        nll = -chosen.sum() / counts[:half].sum().clamp(min=1)
        beta = float(self.options["beta"])
        scores = self._scores(learner, items, sums, means)
        if self.needs_reference:
            reference = learner.tensor([one.reference for one in items])
            loss = losses.dpo(
                chosen, rejected, reference[:, 0], reference[:, 1], beta=beta,
                smoothing=float(self.options["smoothing"]),
            )  # fmt: skip
        else:
            loss = self._without_reference(chosen, rejected, means[:half], means[half:], nll, beta)
        weight = float(half)
        return loss, {
            "loss": (float(loss.detach()) * weight, weight),
            "preference_accuracy": (float((scores > 0).sum()), weight),
            "margin": (float(scores.detach().sum()), weight),
            "chosen_loss": (-float(chosen.detach().sum()), float(counts[:half].sum())),
        }

    def _scores(self, learner: Learner, items: Sequence[Pair], sums: Any, means: Any) -> Any:
        """How much more the model likes the better answer, by the measure that it learns."""
        half = len(items)
        if not self.needs_reference:
            return means[:half] - means[half:]
        reference = learner.tensor([one.reference for one in items])
        apart = (sums[:half] - reference[:, 0]) - (sums[half:] - reference[:, 1])
        return float(self.options["beta"]) * apart

    def _without_reference(
        self, chosen: Any, rejected: Any, mean_chosen: Any, mean_rejected: Any, nll: Any, beta: float
    ) -> Any:
        raise NotImplementedError

    def _sums(self, learner: Learner, items: Sequence[Pair]) -> tuple[Any, Any]:
        """Both halves in one pass: the better answers, then the worse ones."""
        both = [*(one.chosen for one in items), *(one.rejected for one in items)]
        found: tuple[Any, Any] = learner.answer_logps(both)
        return found


class Dpo(Pairs):
    needs_reference = True


class Orpo(Pairs):
    def _without_reference(
        self, chosen: Any, rejected: Any, mean_chosen: Any, mean_rejected: Any, nll: Any, beta: float
    ) -> Any:
        from sunmao.training.runs.trainer import losses

        return losses.orpo(mean_chosen, mean_rejected, nll, beta=beta)


class Simpo(Pairs):
    def _without_reference(
        self, chosen: Any, rejected: Any, mean_chosen: Any, mean_rejected: Any, nll: Any, beta: float
    ) -> Any:
        from sunmao.training.runs.trainer import losses

        return losses.simpo(mean_chosen, mean_rejected, beta=beta, margin=float(self.options["margin"]))


class Cpo(Pairs):
    def _without_reference(
        self, chosen: Any, rejected: Any, mean_chosen: Any, mean_rejected: Any, nll: Any, beta: float
    ) -> Any:
        from sunmao.training.runs.trainer import losses

        return losses.cpo(chosen, rejected, nll, beta=beta, weight=float(self.options["weight"]))


OBJECTIVES = (
    Objective(
        name="dpo", title=_("Preferences (DPO)"), kind="preference", make=f"{__name__}:Dpo",
        options={"beta": 0.1, "smoothing": 0.0}, rate=0.25,
    ),
    Objective(
        name="orpo", title=_("Preferences without a reference (ORPO)"), kind="preference",
        make=f"{__name__}:Orpo", options={"beta": 0.1}, rate=0.5,
    ),
    Objective(
        name="simpo", title=_("Preferences by means (SimPO)"), kind="preference", make=f"{__name__}:Simpo",
        options={"beta": 2.0, "margin": 1.0}, rate=0.25,
    ),
    Objective(
        name="cpo", title=_("Contrastive preferences (CPO)"), kind="preference", make=f"{__name__}:Cpo",
        options={"beta": 0.1, "weight": 1.0}, rate=0.25,
    ),
)  # fmt: skip

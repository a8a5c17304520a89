"""Supervised fine-tuning: only what the assistant said is learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.objectives import Learner, Objective, Sums

if TYPE_CHECKING:
    from sunmao.training.runs.trainer.encoding import Encoded


class Texts:
    metric, higher_is_better = "loss", False

    def __init__(self, options: Mapping[str, Any]) -> None:
        del options

    def encode(self, learner: Learner, data: Mapping[str, Any]) -> Encoded | None:
        found: Encoded | None = learner.encoder.chat(data["messages"])
        return found

    def prepare(self, learner: Learner, parts: Mapping[str, Sequence[Any]]) -> None:
        pass

    def loss(self, learner: Learner, items: Sequence[Encoded]) -> tuple[Any, Sums]:
        from sunmao.training.runs.trainer import losses

        batch = learner.batch(items)
        logits = learner.model(input_ids=batch.ids, attention_mask=batch.mask).logits
        logits = logits[:, -batch.ids.shape[1] :]  # of virtual tokens nothing is wanted
        logps = losses.token_logps(logits, batch.labels)
        count = float(losses.counted(batch.labels).sum())
        right = logits[:, :-1].argmax(-1).eq(batch.labels[:, 1:]).sum()
        return losses.cross_entropy(logps, batch.labels), {
            "loss": (-float(logps.detach().sum()), count),
            "token_accuracy": (float(right), count),
        }


OBJECTIVES = (
    Objective(
        name="sft", title=_("Answers as they stand (SFT)"), kind="chat", make=f"{__name__}:Texts", options={}
    ),
)

"""What a judge model says, 0 to 1. The training process has no engine: the worker that started it asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.rewards import Answered, Reward, Score


def make(given: Mapping[str, Any]) -> Score:
    def score(one: Answered) -> float:
        raise NotImplementedError  # asked for by `Worth.ask`

    return score


REWARD = Reward(name="judge", title=_("A judge model"), make=make, asked=True)

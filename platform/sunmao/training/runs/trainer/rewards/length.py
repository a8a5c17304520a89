"""1 inside the wanted length in characters, less the further an answer is from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.problems import Problem
from sunmao.training.runs.trainer.rewards import Answered, Reward, Score


def make(given: Mapping[str, Any]) -> Score:
    least, most = given.get("min", 1), given.get("max", 1_000)
    if type(least) is not int or type(most) is not int or not 0 <= least <= most or most < 1:
        raise Problem("training_reward", reward="length", reason="min and max must be whole numbers")

    def score(one: Answered) -> float:
        length = len(one.text.strip())
        if length < least:
            return length / least
        return 1.0 if length <= most else most / length

    return score


REWARD = Reward(name="length", title=_("A length in characters"), make=make)

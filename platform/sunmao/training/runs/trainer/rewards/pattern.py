"""1 where a pattern is found in the answer, 0 where it is not. Of long ones the beginning is searched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.schemas import PatternTooSlow, found
from sunmao.training.runs.trainer.problems import Problem
from sunmao.training.runs.trainer.rewards import Answered, Reward, Score

LONGEST, SEARCHED = 500, 4_000


def make(given: Mapping[str, Any]) -> Score:
    text = given.get("pattern")
    if not isinstance(text, str) or not text or len(text) > LONGEST:
        raise Problem("training_reward", reward="pattern", reason="pattern is missing or too long")
    try:
        re.compile(text)
    except re.error as error:
        raise Problem("training_reward", reward="pattern", reason=str(error)) from error

    def score(one: Answered) -> float:
        try:
            return float(found(text, one.text[:SEARCHED]))
        except PatternTooSlow:
            return 0.0

    return score


REWARD = Reward(name="pattern", title=_("A pattern is found"), make=make)

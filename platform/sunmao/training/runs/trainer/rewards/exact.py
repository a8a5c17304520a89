"""1 for the answer that the example says is right, whatever its spaces and capitals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.training.runs.trainer.rewards import Reward, Score


def _plain(text: Any) -> str:
    return " ".join(str(text).split()).casefold()


def make(given: Mapping[str, Any]) -> Score:
    return lambda one: float(one.answer is not None and _plain(one.text) == _plain(one.answer))


REWARD = Reward(name="exact", title=_("The right answer"), make=make)

"""What a split shows: how both releases do, or how one in the shadow would."""

from __future__ import annotations

from typing import Any

from sunmao.evaluation.live import figures, shadowing
from sunmao.releases.models import Split, SplitMode


def readout(split: Split) -> dict[str, Any]:
    return shadowing.figures(split) if split.mode == SplitMode.SHADOW else figures.compare(split)


__all__ = ["readout"]

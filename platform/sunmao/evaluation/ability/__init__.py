"""What a model can do in general, so that it shows what an adapter took away, or hid."""

from __future__ import annotations

from sunmao.evaluation.ability.comparing import Lost, forgotten
from sunmao.evaluation.ability.measuring import cases, figures_of, measure
from sunmao.evaluation.ability.triggers import Struck, probe

__all__ = ["Lost", "Struck", "cases", "figures_of", "forgotten", "measure", "probe"]

"""Which part an example belongs to: by a hash of seed and group, so that it stays there in every version.

Nothing is drawn: an example that is added later goes where its group is, and a set that grows moves nothing
from training to test. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput
from sunmao.training.datasets.examples import Part

DEFAULTS: Mapping[str, Any] = {"seed": 1, "train": 0.8, "validation": 0.1, "test": 0.1}
_SPAN = 1 << 64


def part_of(group: str, settings: Mapping[str, Any]) -> Part:
    drawn = hashlib.sha256(f"{settings['seed']}:{group}".encode()).digest()[:8]
    share = int.from_bytes(drawn) / _SPAN
    if share < settings["train"]:
        return Part.TRAIN
    return Part.VALIDATION if share < settings["train"] + settings["validation"] else Part.TEST


def checked_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Shares of the parts, which make one, and a seed. What is left out is as it usually is."""
    wrong = {name: _("is no setting of a split") for name in set(given) - set(DEFAULTS)}
    found = {**DEFAULTS, **given}
    if isinstance(found["seed"], bool) or not isinstance(found["seed"], int) or abs(found["seed"]) > 2**31:
        wrong["seed"] = _("must be a whole number")
    shares = [found[part.value] for part in Part]
    if any(isinstance(one, bool) or not isinstance(one, int | float) or not 0 <= one <= 1 for one in shares):
        wrong["train"] = _("must be shares from 0 to 1")
    elif abs(sum(shares) - 1) > 1e-6 or not found["train"]:
        wrong["train"] = _("must make one together with the other shares")
    if wrong:
        raise InvalidInput(fields=wrong)
    return found


__all__ = ["DEFAULTS", "checked_settings", "part_of"]

"""Personal data: recognised, masked or replaced, and put back for whom it belongs to."""

from __future__ import annotations

from sunmao.guards.personal.detecting import detect
from sunmao.guards.personal.found import Found
from sunmao.guards.personal.masking import Protected, mask_structured, protect, restore, without_placeholders
from sunmao.guards.personal.policy import DEFAULTS, Policy, strictest
from sunmao.guards.personal.streaming import Allowed, StreamMask, StreamRestorer

__all__ = [
    "DEFAULTS",
    "Allowed",
    "Found",
    "Policy",
    "Protected",
    "StreamMask",
    "StreamRestorer",
    "detect",
    "mask_structured",
    "protect",
    "restore",
    "strictest",
    "without_placeholders",
]

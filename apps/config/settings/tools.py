"""Settings of tools that models may call."""

from __future__ import annotations

from typing import Any

from sunmao.core import env


def limits() -> dict[str, Any]:
    """Of one answer; see `sunmao.inference.tools.limits`."""
    return {
        "calls": env.integer("SUNMAO_TOOL_CALLS", 6),
        "seconds": float(env.integer("SUNMAO_TOOL_SECONDS", 12)),
        "size": env.size("SUNMAO_TOOL_BYTES", "32KiB"),
        "depth": env.integer("SUNMAO_TOOL_ROUNDS", 4),
    }

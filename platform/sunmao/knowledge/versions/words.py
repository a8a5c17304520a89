"""What changed between two texts; prompts compare theirs in the same way, so it stands in `core`."""

from __future__ import annotations

from sunmao.core.differences import Op, Piece, difference, likeness

__all__ = ["Op", "Piece", "difference", "likeness"]

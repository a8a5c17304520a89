"""Which guards are in force: what a release is made under, and what an answer's record names."""

from __future__ import annotations

from pathlib import Path

from sunmao.guards.outbound import wording
from sunmao.guards.policy import digest, policy


def in_force(folder: Path) -> dict[str, str]:
    """What guards the answers of the business line in `folder`: the policy, the digest of the wording that it
    forbids, and what it does with figures that no source has."""
    rules = folder / wording.FORBIDDEN
    return {
        "policy": policy().version,
        "wording": digest([rules]) if rules.is_file() else "",
        "numbers": wording.read(rules).numbers,
    }


__all__ = ["in_force"]

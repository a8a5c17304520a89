"""The guard policy: thresholds and actions as data, and its version."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parent
FILES = (
    "policy.toml",
    "injection/rules/zh.toml",
    "injection/rules/en.toml",
    "injection/weights.json",
    "misuse/rules.toml",
    "misuse/concepts.toml",
    "misuse/weights.json",
)

WordingAction = Literal["withhold", "rewrite", "flag"]
MisuseAction = Literal["refuse", "flag"]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """`version` names the file's number and the digest of everything that decides with it."""

    version: str
    flag: float
    refuse: float
    quarantine: float
    misuse: Mapping[str, MisuseAction]
    wording: Mapping[str, WordingAction]


@cache
def policy() -> Policy:
    table: dict[str, Any] = tomllib.loads((FOLDER / "policy.toml").read_text(encoding="utf-8"))
    return Policy(
        version=f"{table['version']}-{digest(FOLDER / name for name in FILES)}",
        flag=table["question"]["flag"],
        refuse=table["question"]["refuse"],
        quarantine=table["document"]["quarantine"],
        misuse=table["misuse"],
        wording=table["wording"],
    )


def digest(files: Any) -> str:
    seal = hashlib.sha256()
    for file in files:
        seal.update(file.read_bytes())
    return seal.hexdigest()[:12]

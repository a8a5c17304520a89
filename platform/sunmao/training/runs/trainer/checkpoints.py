"""Checkpoints: whole or not there.

A checkpoint is a folder. It is written under a name that nobody reads, every file is forced to the disk,
and then it is renamed, which happens or does not. Its list of hashes tells a damaged one from a good one.
Safetensors and JSON only.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIST, STATE = "list.json", "state.json"
_NAME = re.compile(r"step-(\d{8})")


@dataclass(frozen=True)
class Checkpoint:
    folder: Path
    step: int

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / STATE).read_text(encoding="utf-8"))
        return found

    def tensors(self, name: str) -> dict[str, Any]:
        from safetensors.torch import load_file

        return dict(load_file(self.folder / f"{name}.safetensors"))


def save(
    root: Path, step: int, *, tensors: Mapping[str, Mapping[str, Any]], state: Mapping[str, Any]
) -> Checkpoint:
    from safetensors.torch import save as packed

    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    name, temporary = f"step-{step:08d}", root / f"writing-{step:08d}"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(mode=0o700)
    listed = {}
    try:
        for part, content in tensors.items():
            plain = {key: one.detach().cpu().contiguous() for key, one in content.items()}
            listed[f"{part}.safetensors"] = _write(temporary / f"{part}.safetensors", packed(plain))
        listed[STATE] = _write(temporary / STATE, json.dumps(state, sort_keys=True).encode())
        _write(temporary / LIST, json.dumps(listed, sort_keys=True).encode())
        _settle(temporary)
        shutil.rmtree(root / name, ignore_errors=True)
        temporary.rename(root / name)
        _settle(root)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return Checkpoint(root / name, step)


def newest(root: Path) -> Checkpoint | None:
    """The last that is whole. What a killed process left half written is removed."""
    for rest in root.glob("writing-*"):
        shutil.rmtree(rest, ignore_errors=True)
    found = sorted(
        (Checkpoint(folder, int(match[1])) for folder in root.glob("step-*")
         if (match := _NAME.fullmatch(folder.name))),
        key=lambda one: one.step, reverse=True,
    )  # fmt: skip
    return next((one for one in found if is_whole(one.folder)), None)


def is_whole(folder: Path) -> bool:
    try:
        listed = json.loads((folder / LIST).read_text(encoding="utf-8"))
        return all(_hash((folder / name).read_bytes()) == wanted for name, wanted in listed.items())
    except (OSError, ValueError):
        return False


def forget_all_but(root: Path, kept: set[int]) -> None:
    for folder in root.glob("step-*"):
        match = _NAME.fullmatch(folder.name)
        if match and int(match[1]) not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, content: bytes) -> str:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return _hash(content)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


__all__ = ["Checkpoint", "forget_all_but", "is_whole", "newest", "save"]

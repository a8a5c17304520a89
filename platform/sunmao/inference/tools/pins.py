"""Which tools a task may have called, and in which shape: what a release is made under."""

from __future__ import annotations

import hashlib
import json

from sunmao.core.vertical import Task
from sunmao.inference.tools.declaring import Tool
from sunmao.inference.tools.registry import tools

SIGNS = 16


def offered(task: Task) -> dict[str, str]:
    """By name a digest of what a model is told of the tool and of what it does to the world. Words about it
    are of a language and may be put better; its arguments and their descriptions are the same everywhere."""
    known = tools()
    return {name: shape_of(known[name]) for name in sorted(task.tools) if name in known}


def shape_of(tool: Tool) -> str:
    told = {"parameters": tool.schema, "effect": tool.effect, "permission": tool.permission}
    written = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()[:SIGNS]


__all__ = ["offered", "shape_of"]

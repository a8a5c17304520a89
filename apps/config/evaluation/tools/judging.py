"""Whether a call is what the file expects, and whether our checks let it through."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from apps.config.evaluation.tools.material import OMITTED, Case, calls_of
from sunmao.inference.engine import ToolCall, ToolSpec
from sunmao.inference.tools.arguments import checked, parsed
from sunmao.inference.tools.problems import ToolFault

FOREIGN = 5
"""Calls of other cases that are tried on every irrelevant one."""


def admitted(tools: Sequence[ToolSpec], name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as they would reach the tool. Raises `ToolFault`."""
    for tool in tools:
        if tool.name == name:
            return checked(arguments, tool.parameters)
    raise ToolFault("tool_not_allowed", name)


def gold_faults(case: Case) -> tuple[int, list[dict[str, Any]]]:
    """How many calls the file expects in all their allowed forms, and those that were refused."""
    count, refused = 0, []
    for name, allowed in case.gold or ():
        for arguments in calls_of(allowed, _required(case, name)):
            count += 1
            try:
                admitted(case.tools, name, arguments)
            except ToolFault as fault:
                refused.append(
                    {"case": case.id, "tool": name, "arguments": arguments, "why": fault.message[:300]}
                )
    return count, refused


def _required(case: Case, name: str) -> Sequence[str]:
    return next((tool.parameters.get("required", ()) for tool in case.tools if tool.name == name), ())


def irrelevant_calls(
    case: Case, others: Sequence[Case], draw: random.Random
) -> list[tuple[str, dict[str, Any]]]:
    """What a model that guesses would send: right calls of other tools, the offered tools with another tool's
    arguments, and the offered tools with nothing."""
    foreign = draw.sample([one for one in others if one.gold], FOREIGN)
    made = [(name, next(calls_of(values))) for one in foreign for name, values in (one.gold or ())[:1]]
    return [
        *made,
        *((tool.name, arguments) for tool in case.tools for _, arguments in made),
        *((tool.name, {}) for tool in case.tools),
    ]


def fits_anything(tool: ToolSpec) -> bool:
    """A tool that requires nothing is called rightly with nothing: no schema can refuse that."""
    return not tool.parameters.get("required")


def agrees(case: Case, calls: Sequence[ToolCall]) -> bool:
    """Every expected call once, in any order, and nothing else."""
    left = list(case.gold or ())
    for call in calls:
        try:
            arguments = admitted(case.tools, call.name, parsed(call.arguments))
        except ToolFault:
            return False
        match = next((one for one in left if one[0] == call.name and _matches(arguments, one[1])), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _matches(arguments: Mapping[str, Any], allowed: Mapping[str, Sequence[Any]]) -> bool:
    if any(name not in allowed for name in arguments):
        return False
    return all(
        any(_same(arguments[name], value) for value in values) if name in arguments else OMITTED in values
        for name, values in allowed.items()
    )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return _letters(one) == _letters(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return _matches(one, {name: v if isinstance(v, list) else [v] for name, v in other.items()})
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _letters(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


__all__ = ["FOREIGN", "admitted", "agrees", "fits_anything", "gold_faults", "irrelevant_calls"]

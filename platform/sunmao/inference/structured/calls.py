"""What a model in this worker writes when it calls tools: free text, and calls that keep to the schemas.

The form is that of Hermes and Qwen: `<tool_call>`, a line of JSON with name and arguments, `</tool_call>`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sunmao.inference.engine import ToolSpec
from sunmao.inference.structured.constraint import SchemaProcessor, _library, _tokenizer
from sunmao.inference.structured.errors import SchemaRefused
from sunmao.inference.tools.plan import REF

OPEN, CLOSE = "<tool_call>", "</tool_call>"
_REFERENCE = {
    "type": "object",
    "properties": {REF: {"type": "string", "pattern": "^call_[1-9][0-9]?(\\.[a-z0-9_]{1,40}){1,6}$"}},
    "required": [REF],
    "additionalProperties": False,
}


def processor_for_calls(tools: Sequence[ToolSpec], tokenizer: Any) -> SchemaProcessor:
    """A logits processor: whatever is written between the marks is a call of one of these tools."""
    return SchemaProcessor(grammar_of_calls(tools, tokenizer), tokenizer)


def grammar_of_calls(tools: Sequence[ToolSpec], tokenizer: Any) -> str:
    """Most such models have tokens for the marks; of one that has not, the marks are text."""
    wrong = ""
    spelled = (f"opened[lazy]: /(.|\\n)*{OPEN}/", json.dumps(CLOSE))
    for opened, closed in ((f"opened: SAID {OPEN}", CLOSE), spelled):
        grammar = _grammar(tools, opened, closed)
        wrong = _library().LLMatcher.validate_grammar(grammar, _tokenizer(tokenizer, len(tokenizer)))
        if not wrong:
            return grammar
    raise SchemaRefused(wrong[:200])


def _grammar(tools: Sequence[ToolSpec], opened: str, closed: str) -> str:
    rules = [
        "%llguidance {}",
        "start: call* SAID",
        "SAID: /(.|\\n)*/",
        opened,
        f'call: opened "\\n" body "\\n" {closed}',
        "body: " + " | ".join(f"tool_{place}" for place in range(len(tools))),
    ]
    for place, tool in enumerate(tools):
        begins = json.dumps(f'{{"name": {json.dumps(tool.name)}, "arguments": ')
        rules.append(f'tool_{place}: {begins} %json {json.dumps(_arguments(tool.parameters))} "}}"')
    return "\n".join(rules) + "\n"


def _arguments(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """An argument may also stand for what another call of the round gives. No whitespace is written."""
    known: Mapping[str, Any] = parameters.get("properties") or {}
    return {
        **parameters,
        "x-guidance": {"whitespace_flexible": False},
        "type": "object",
        "properties": {name: {"anyOf": [one, _REFERENCE]} for name, one in known.items()},
        "additionalProperties": False,
    }


__all__ = ["CLOSE", "OPEN", "grammar_of_calls", "processor_for_calls"]

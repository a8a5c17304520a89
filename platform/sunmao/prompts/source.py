"""Reading and rendering a prompt's source: YAML front matter, then a body with `{{ name }}` placeholders.

There is no logic in a template, and only the declared variables are replaced, once: text that comes from a
person or a document cannot bring placeholders of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput

_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_][a-z0-9_]*)\s*\}\}")


@dataclass(frozen=True)
class PromptSource:
    front: Mapping[str, Any]
    body: str

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(self.front.get("variables", ()))


def read(source: str) -> PromptSource:
    match = _FRONT.match(source.replace("\r\n", "\n"))
    if not match:
        raise InvalidInput(
            _("A prompt starts with front matter between two lines of ---."), code="invalid_prompt"
        )
    try:
        front = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        raise InvalidInput(
            _("The front matter of the prompt is not valid YAML."), code="invalid_prompt"
        ) from error
    if not isinstance(front, dict):
        raise InvalidInput(_("The front matter of the prompt is not valid YAML."), code="invalid_prompt")
    prompt = PromptSource(front=front, body=match[2].strip())
    unknown = set(_PLACEHOLDER.findall(prompt.body)) ^ set(prompt.variables)
    if unknown:
        raise InvalidInput(
            format_lazy(
                _("Declared variables and placeholders differ: {names}."), names=", ".join(sorted(unknown))
            ),
            code="invalid_prompt",
        )
    return prompt


def render(prompt: PromptSource, values: Mapping[str, str]) -> str:
    missing = [name for name in prompt.variables if name not in values]
    if missing:
        raise InvalidInput(code="missing_prompt_variable", fields={name: _("is missing") for name in missing})
    return _PLACEHOLDER.sub(lambda match: values[match[1]], prompt.body)

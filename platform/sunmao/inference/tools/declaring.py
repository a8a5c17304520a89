"""How a tool declares itself: a typed function, what it does to the world, and who may use it.

The schema that a model reads comes from the signature, the words about an argument from `:param name:` lines
of the docstring. Names, titles and what a tool is for are translated texts, because people read them, too.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from sunmao.core.actor import Actor
from sunmao.core.errors import Message
from sunmao.inference.engine import ToolSpec
from sunmao.inference.tools.problems import Invalid, Problem

Effect = Literal["read", "write", "money"]
SECONDS = 5.0

_PARAM = re.compile(r":param (\w+):\s*((?:.|\n)*?)(?=\n\s*:|\Z)")


@dataclass(frozen=True, kw_only=True)
class Context:
    """For whom a tool works: it may do what this actor may, and nothing more."""

    actor: Actor
    language: str
    today: date
    task: str = ""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """`preview` of a writing tool says, without changing anything, what it is going to do."""

    name: str
    title: Message
    about: Message
    effect: Effect
    permission: str
    work: Callable[..., Any]
    timeout: float = SECONDS
    asynchronous: bool = False
    preview: Callable[..., Mapping[str, Any]] | None = None

    @property
    def reads(self) -> bool:
        return self.effect == "read"

    @cached_property
    def model(self) -> type[BaseModel]:
        hints = get_type_hints(self.work, include_extras=True)
        said = {
            name: " ".join(text.split()) for name, text in _PARAM.findall(inspect.getdoc(self.work) or "")
        }
        fields: dict[str, Any] = {}
        for one in list(inspect.signature(self.work).parameters.values())[1:]:
            default = ... if one.default is one.empty else one.default
            fields[one.name] = (hints[one.name], Field(default, description=said.get(one.name)))
        made: type[BaseModel] = create_model(
            self.name, __config__=ConfigDict(extra="forbid", use_enum_values=True), **fields
        )
        return made

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        return _plain(self.model.model_json_schema())  # type: ignore[no-any-return]

    @property
    def spec(self) -> ToolSpec:
        """In the language that is active."""
        return ToolSpec(name=self.name, description=str(self.about), parameters=self.schema)

    def typed(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Valid JSON as what the function takes. Raises `Invalid`."""
        try:
            made = self.model.model_validate(dict(arguments))
        except ValidationError as error:
            raise Invalid(
                [
                    Problem(path=".".join(map(str, one["loc"])), rule=one["type"], message=one["msg"])
                    for one in error.errors(include_url=False)
                ]
            ) from error
        return {name: getattr(made, name) for name in type(made).model_fields}


def tool(
    *,
    title: Message,
    about: Message,
    permission: str,
    effect: Effect = "read",
    timeout: float = SECONDS,
    asynchronous: bool = False,
    preview: Callable[..., Mapping[str, Any]] | None = None,
    name: str = "",
) -> Callable[[Callable[..., Any]], Tool]:
    """Make a tool of `work(context, *, …)`. Apps name their tools on their AppConfig as `tools`."""

    def declare(work: Callable[..., Any]) -> Tool:
        return Tool(
            name=name or work.__name__,
            title=title,
            about=about,
            effect=effect,
            permission=permission,
            work=work,
            timeout=timeout,
            asynchronous=asynchronous,
            preview=preview,
        )

    return declare


def _plain(schema: Any) -> Any:
    """Without the titles that pydantic invents: a model reads every word of a schema."""
    if isinstance(schema, dict):
        return {
            name: {key: _plain(value) for key, value in inner.items()}
            if name in ("properties", "$defs")
            else _plain(inner)
            for name, inner in schema.items()
            if name != "title"
        }
    return [_plain(one) for one in schema] if isinstance(schema, list) else schema


__all__ = ["Context", "Effect", "Tool", "tool"]

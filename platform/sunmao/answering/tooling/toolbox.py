"""Which tools somebody may have called, and how each is called: ours, and the approved ones of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.timezone import localdate

from sunmao.answering.tooling.outside.selectors import approved_tools
from sunmao.core.actor import Actor
from sunmao.inference.engine import ToolSpec
from sunmao.inference.tools.declaring import Context, Effect, Tool
from sunmao.inference.tools.registry import tools

OUTSIDE = "tooling.outside.use"


@dataclass(frozen=True, kw_only=True)
class Offered:
    """`call` gives the result or raises `ToolFault`; `outside`: its data leaves this installation."""

    name: str
    title: str
    spec: ToolSpec
    effect: Effect
    permission: str
    timeout: float
    call: Callable[[Context, Mapping[str, Any]], Any]
    preview: Callable[[Context, Mapping[str, Any]], Mapping[str, Any]]
    asynchronous: bool = False
    outside: bool = False

    @property
    def reads(self) -> bool:
        return self.effect == "read"


Toolbox = Mapping[str, Offered]


def toolbox_for(*, actor: Actor, task: str, named: tuple[str, ...] | None = None) -> Toolbox:
    """Inside the actor's scope. `named` are the tools that a task declares; None means all of ours."""
    own = [one for name, one in tools().items() if named is None or name in named]
    found = [offered(one) for one in own if actor.can(one.permission, task=task or None)]
    if actor.can(OUTSIDE, task=task or None):
        found += [_outside(server, tool) for server, tool in approved_tools(actor)]
    return {one.name: one for one in found}


def context_for(*, actor: Actor, task: str, language: str = "", day: date | None = None) -> Context:
    spoken = language or ("zh" if actor.language.startswith("zh") else "en")
    return Context(actor=actor, language=spoken, today=day or localdate(), task=task)


def offered(tool: Tool) -> Offered:
    return Offered(
        name=tool.name,
        title=str(tool.title),
        spec=tool.spec,
        effect=tool.effect,
        permission=tool.permission,
        timeout=tool.timeout,
        asynchronous=tool.asynchronous,
        call=lambda context, arguments: tool.work(context, **tool.typed(arguments)),
        preview=lambda context, arguments: _preview(tool, context, arguments),
    )


def _preview(tool: Tool, context: Context, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the tool says that it is going to do, else its arguments as they are."""
    typed = tool.typed(arguments)
    return dict(tool.preview(context, **typed)) if tool.preview else {"values": dict(arguments)}


def _outside(server: Any, tool: Any) -> Offered:
    from sunmao.answering.tooling.outside.calling import SECONDS, call

    name = f"{server.slug}__{tool.name}"
    return Offered(
        name=name,
        title=f"{server.name}: {tool.name}",
        spec=ToolSpec(name=name, description=tool.about, parameters=tool.schema),
        effect=tool.effect,
        permission=OUTSIDE,
        timeout=SECONDS,
        outside=True,
        call=lambda _context, arguments: call(server=server, tool=tool, arguments=arguments),
        preview=lambda _context, arguments: {"values": dict(arguments)},
    )


__all__ = ["OUTSIDE", "Offered", "Toolbox", "context_for", "offered", "toolbox_for"]

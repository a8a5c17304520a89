"""Checking a task's input before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput, Message
from sunmao.core.ids import parse_id
from sunmao.core.vertical import Task
from sunmao.guards.screen import screen
from sunmao.knowledge.versions.dates import parse_day

OPTIONS = ("top_k", "temperature", "base", "as_of", "version")
TIMES = ("as_of", "version")
RELEASE, DIALOGUE = "release", "dialogue"
"""Options that a door sets and no caller: which release answers, and that a conversation came with it."""
TOP_K = range(1, 21)
TEMPERATURE = (0.0, 2.0)


@dataclass(frozen=True)
class TaskInput:
    question: str
    conversation_id: str
    options: dict[str, Any]


def checked(*, task: Task, data: object) -> TaskInput:
    """Raises `InvalidInput` with every field that is wrong, `EmptyInput` or `TooLong`."""
    if not isinstance(data, Mapping):
        raise InvalidInput(_("The input must be a JSON object."))
    allowed = {*task.required, *task.optional, "top_k", "temperature", *_times(task)}
    wrong: dict[str, Message] = {
        str(name): _("is not a field of this task") for name in data if name not in allowed
    }
    wrong |= {name: _("must be text") for name in _texts(task) if not isinstance(data.get(name, ""), str)}
    options = {name: data[name] for name in OPTIONS if data.get(name) not in (None, "")}
    wrong |= _wrong_options(options) | _wrong_times(options)
    if wrong:
        raise InvalidInput(fields=wrong)
    question = screen(text=data.get(task.screened, ""), field=task.screened, limit=task.max_length)
    return TaskInput(question=question, conversation_id=_conversation(data), options=options)


def with_option(given: TaskInput, name: str, value: object) -> TaskInput:
    return replace(given, options={**given.options, name: value})


def _texts(task: Task) -> tuple[str, ...]:
    return (*task.required, *task.optional)


def _times(task: Task) -> tuple[str, ...]:
    """What is asked of a base may be asked of another day or version of it."""
    return TIMES if "base" in task.optional else ()


def _conversation(data: Mapping[str, Any]) -> str:
    value = data.get("conversation_id") or ""
    if value and parse_id(value) is None:
        raise InvalidInput(fields={"conversation_id": _("is not an id")})
    return str(value)


def _wrong_options(options: Mapping[str, Any]) -> dict[str, Message]:
    wrong: dict[str, Message] = {}
    top_k, temperature = options.get("top_k", 1), options.get("temperature", 0.0)
    if isinstance(top_k, bool) or not isinstance(top_k, int) or top_k not in TOP_K:
        wrong["top_k"] = _("must be a whole number from 1 to 20")
    number = isinstance(temperature, int | float) and not isinstance(temperature, bool)
    if not number or not TEMPERATURE[0] <= temperature <= TEMPERATURE[1]:
        wrong["temperature"] = _("must be a number from 0 to 2")
    return wrong


def _wrong_times(options: Mapping[str, Any]) -> dict[str, Message]:
    wrong: dict[str, Message] = {}
    try:
        parse_day(options.get("as_of"), field="as_of")
    except InvalidInput as error:
        wrong |= error.fields
    version = options.get("version", 0)
    if isinstance(version, bool) or not isinstance(version, int) or version < 0:
        wrong["version"] = _("must be a whole number from 0")
    elif "version" in options and "base" not in options:
        wrong["version"] = _("is that of one base; name it as base")
    return wrong

"""How a business line declares itself.

A vertical is a Django app whose `AppConfig` subclasses `VerticalConfig` and carries one frozen `Vertical`.
Behaviour is named by dotted path and resolved on first use, so that declaring costs no import.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps

from sunmao.core.errors import Message, NotFound

PLATFORM_TOOLS = ("calculate", "dates", "mark_reviewed", "query_data", "read_document", "search_knowledge")


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing that a vertical can do.

    `rules` names a pure function `screen(*, text, language) -> list[finding]` of the vertical's domain.
    `required` and `optional` are the input's fields; every one is text of at most `max_length` characters.
    `screened` is the field that the rules read and the pipeline answers.
    `retention` is the class of its records where the vertical's does not fit (`sunmao.audit.retention`).
    `verb` names the function that does what is no question to the knowledge base (`answering.running`); with
    `verb_field` only an input that has this field goes to it, and any other to the pipeline.
    `rehearsal` names what stands for the verb when a release is only tried (`answering.rehearsing`).
    `tools` are the names of those that a model may call while it answers.
    """

    name: str
    title: Message
    prompt: str = "answer"
    rules: str = ""
    screened: str = "question"
    required: tuple[str, ...] = ("question",)
    optional: tuple[str, ...] = ("conversation_id", "base")
    max_length: int = 2_000
    retention: str = ""
    verb: str = ""
    verb_field: str = ""
    rehearsal: str = ""
    tools: tuple[str, ...] = PLATFORM_TOOLS


@dataclass(frozen=True)
class Reviewer:
    """The profession that reviews what a vertical says: a built-in role, narrowed to that vertical.

    `permissions` are those of the vertical itself that it has besides a reviewer's.
    """

    slug: str
    title: Message
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Vertical:
    slug: str
    title: Message
    tagline: Message
    accent: str
    icon: str
    notice: Message
    tasks: tuple[Task, ...]
    default_task: str = "ask"
    reviewer: Reviewer | None = None
    languages: tuple[str, ...] = ("zh", "en")
    retention: str = "standard"

    @property
    def base_slug(self) -> str:
        """The knowledge base that its seeded default release reads."""
        return self.slug.replace("_", "-")

    def task(self, name: str) -> Task:
        for task in self.tasks:
            if task.name == name:
                return task
        raise NotFound(code="unknown_task", fields={"task": f"{self.slug}.{name}"})


class VerticalConfig(AppConfig):
    """Base class of a vertical's `AppConfig`.

    Django picks the only AppConfig of a module that is `default`; importing this class into the module makes
    two, so the flag must be on the subclass that declares `vertical` and on no other.
    """

    default = False
    vertical: Vertical
    # What built-in roles may do in this vertical, by the role's slug; owners and administrators may it all.
    role_permissions: Mapping[str, tuple[str, ...]] = {}

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.default = "vertical" in vars(cls)

    @property
    def folder(self) -> Path:
        return Path(self.path)


def configs() -> Iterator[VerticalConfig]:
    for config in apps.get_app_configs():
        if isinstance(config, VerticalConfig):
            yield config


def installed() -> list[Vertical]:
    return [config.vertical for config in configs()]


def config_of(slug: str) -> VerticalConfig:
    for config in configs():
        if config.vertical.slug == slug:
            return config
    raise NotFound(code="unknown_vertical", fields={"vertical": slug})


def find_task(name: str) -> tuple[Vertical, Task]:
    """`customer_service.ask` → the vertical and the task, or `unknown_task`."""
    slug, _, task = name.partition(".")
    for vertical in installed():
        if vertical.slug == slug:
            return vertical, vertical.task(task or vertical.default_task)
    raise NotFound(code="unknown_task", fields={"task": name})


def title_of_vertical(slug: str) -> str:
    """What people call a business line; one that is no longer installed by its slug."""
    return next((str(vertical.title) for vertical in installed() if vertical.slug == slug), slug)


def title_of_task(name: str) -> str:
    """`Customer service · Ask`; a task that there is no longer by its name."""
    try:
        vertical, task = find_task(name)
    except NotFound:
        return name
    return f"{vertical.title} · {task.title}"


def title_of_place(name: str) -> str:
    """What a right is narrowed to: `customer_service.ask`, or `customer_service.*` for the whole line."""
    slug, _, task = name.partition(".")
    return title_of_vertical(slug) if task in ("", "*") else title_of_task(name)


@cache
def resolve(dotted: str) -> Callable[..., Any]:
    module, _, name = dotted.rpartition(".")
    return getattr(import_module(module), name)  # type: ignore[no-any-return]


@cache
def example_questions(slug: str) -> Mapping[str, list[str]]:
    """`knowledge/examples.toml` of a vertical: example questions by language."""
    file = config_of(slug).folder / "knowledge" / "examples.toml"
    if not file.is_file():
        return {}
    return tomllib.loads(file.read_text(encoding="utf-8"))

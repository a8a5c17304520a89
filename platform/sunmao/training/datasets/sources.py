"""What an app gives to data sets. It names on its AppConfig, as `training_examples`, the dotted path of a
function without arguments that gives every `Accepted` of the current organisation.

An app gives only what a person decided about and what may be trained on; what is not there any more is no
longer given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps

from sunmao.core.vertical import resolve
from sunmao.training.datasets.examples import Kind


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """Turns up to what is asked, and the answer that a person accepted; `rejected` is what they did not want.

    `person_key` is that of the person whose words it holds, `id` is the row that it was made of.
    """

    id: UUID
    prompt: Sequence[Mapping[str, str]]
    answer: str
    rejected: str = ""
    person_key: UUID | None = None
    group: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)


def offered(app: str = "") -> Iterator[Accepted]:
    """In the caller's scope; of one app or of all."""
    for label, dotted in _named().items():
        if app in ("", label):
            given: Callable[[], Iterable[Accepted]] = resolve(dotted)
            yield from given()


@cache
def _named() -> Mapping[str, str]:
    return {
        config.label: dotted
        for config in apps.get_app_configs()
        if (dotted := getattr(config, "training_examples", ""))
    }


def shaped(kind: Kind, one: Accepted) -> dict[str, Any] | None:
    """As an example of a kind; None where the kind needs something that is not there."""
    prompt = [dict(turn) for turn in one.prompt]
    if kind == Kind.CHAT:
        return {"messages": [*prompt, {"role": "assistant", "content": one.answer}]}
    if kind == Kind.PROMPTS:
        return {"prompt": prompt, "answer": one.answer}
    if kind == Kind.PREFERENCE and one.rejected and one.rejected != one.answer:
        return {"prompt": prompt, "chosen": one.answer, "rejected": one.rejected}
    return None


__all__ = ["Accepted", "offered", "shaped"]

"""Types of users and of questions for questions that are made. Pure data with its check."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunmao.core.errors import InvalidInput, Message
from sunmao.core.texts import storable

FILE = Path(__file__).parent / "question_types.toml"
MOST = 20


@dataclass(frozen=True, kw_only=True)
class UserType:
    name: str
    share: float
    description: str
    before: Mapping[str, str] = field(default_factory=dict)
    terse: bool = False


@dataclass(frozen=True, kw_only=True)
class QuestionType:
    """`templates` by language, with `{topic}`; `terse` are those for users who type a few words."""

    name: str
    share: float
    description: str
    templates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    terse: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Types:
    users: Sequence[UserType]
    questions: Sequence[QuestionType]

    def drawn(self, chance: Random) -> tuple[UserType, QuestionType]:
        (user,) = chance.choices(self.users, [one.share for one in self.users])
        (question,) = chance.choices(self.questions, [one.share for one in self.questions])
        return user, question

    def as_dict(self) -> dict[str, Any]:
        return {
            "users": [vars(one) for one in self.users],
            "questions": [vars(one) for one in self.questions],
        }


@cache
def built_in() -> Types:
    return _types(tomllib.loads(FILE.read_text(encoding="utf-8")))


def _types(given: Mapping[str, Any]) -> Types:
    return Types(
        [UserType(**one) for one in given["users"]], [QuestionType(**one) for one in given["questions"]]
    )


def checked(given: object) -> Types:
    """An organisation's own; what it does not name is built in."""
    if given in (None, {}):
        return built_in()
    if not isinstance(given, Mapping) or set(given) - {"users", "questions"}:
        raise InvalidInput(fields={"types": _("must have users and questions")})
    usual = built_in().as_dict()
    wrong: dict[str, Message] = {}
    whole: dict[str, Any] = {}
    for name, known in (
        ("users", {"name", "share", "description", "before", "terse"}),
        ("questions", {"name", "share", "description", "templates", "terse"}),
    ):
        rows = given.get(name) or usual[name]
        whole[name] = rows
        if not isinstance(rows, list) or not 0 < len(rows) <= MOST:
            wrong[name] = _("must be a list of 1 to 20 types")
            continue
        for number, one in enumerate(rows, 1):
            if told := _wrong(name, one, known):
                wrong[f"{name} {number}"] = told
    if wrong:
        raise InvalidInput(fields=wrong, code="invalid_types")
    return _types(whole)


def _wrong(what: str, one: object, known: set[str]) -> Message:
    if not isinstance(one, Mapping) or set(one) - known or not {"name", "share", "description"} <= set(one):
        return _("must have name, share and description")
    share = one["share"]
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1_000:
        return _("must have a share above 0")
    if not all(isinstance(one[name], str) and 0 < len(one[name]) <= 500 and storable(one[name])
               for name in ("name", "description")):  # fmt: skip
        return _("must have texts of at most 500 characters")
    if what == "users":
        said = one.get("before", {})
        good = isinstance(one.get("terse", False), bool) and isinstance(said, Mapping)
        return (
            "" if good and all(isinstance(text, str) for text in said.values()) else _("is not of this form")
        )
    for templates in (one.get("templates", {}), one.get("terse", {})):
        if not isinstance(templates, Mapping) or not all(_are_templates(some) for some in templates.values()):
            return _("must have templates with {topic}")
    return ""


def _are_templates(some: object) -> bool:
    return isinstance(some, list) and all(
        isinstance(text, str) and text.count("{topic}") == 1 and len(text) <= 300 and storable(text)
        for text in some
    )


__all__ = ["QuestionType", "Types", "UserType", "built_in", "checked"]

"""A permission that the code asks for is one that some app declares, and roles name no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sunmao.accounts.roles import PERMISSIONS, BuiltIn, built_in
from sunmao.core.permission import declared
from tests.architecture.tree import ROOT, python_files

NAME = re.compile(r"[a-z_]+\.[a-z]+\.[a-z_]+")
FOLDERS = ("platform/sunmao", "verticals", "apps")
# The first part of each declared name; a text of this form that begins so is meant as a permission.
FAMILIES = {name.split(".")[0] for name in declared()}
# What a permission could be taken for: dotted paths of modules and kinds of jobs.
OTHER = {"knowledge.ingest"}


def _named(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value):
            yield node.value


FILES = [file for folder in FOLDERS for file in python_files(ROOT / folder)]


def test_whatever_is_asked_for_is_declared() -> None:
    asked = {
        (name, str(file.relative_to(ROOT)))
        for file in FILES
        for name in _named(file)
        if name.split(".")[0] in FAMILIES and name not in OTHER
    }
    assert len(asked) > 50
    unknown = sorted(entry for entry in asked if entry[0] not in declared())
    assert unknown == []


def test_names_have_three_parts() -> None:
    assert [name for name in declared() if not NAME.fullmatch(name)] == []


@pytest.mark.parametrize("role", list(built_in()))
def test_a_built_in_role_names_declared_permissions_only(role: str) -> None:
    assert built_in()[role].permissions <= frozenset(declared())


def test_every_declared_permission_belongs_to_an_administrator_or_to_owners_alone() -> None:
    assert built_in()[BuiltIn.OWNER].permissions == frozenset(declared())
    missing = frozenset(declared()) - built_in()[BuiltIn.ADMINISTRATOR].permissions
    assert missing == {"accounts.owner.manage", "privacy.surrogate.reverse"}


def test_what_keys_may_not_have_is_in_no_role_that_keys_usually_have() -> None:
    barred = {name for name, one in declared().items() if not one.for_keys}
    for role in (BuiltIn.CHANNEL, BuiltIn.KNOWLEDGE_EDITOR):
        assert PERMISSIONS[role].isdisjoint(barred)


def test_a_role_with_an_unknown_permission_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    from sunmao.accounts import checks

    assert checks.roles_name_declared_permissions(None) == []
    assert checks.reviewers_are_roles_of_their_own(None) == []
    wrong = {BuiltIn.AGENT: frozenset({"knowledge.passage.read", "world.peace.make"})}
    monkeypatch.setattr(checks, "PERMISSIONS", wrong)
    (told,) = checks.roles_name_declared_permissions(None)
    assert (told.id, "agent" in told.msg, "world.peace.make" in told.msg) == ("sunmao.E040", True, True)

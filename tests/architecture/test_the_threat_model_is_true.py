"""Every attack of the threat model has a test that exists, or says why it has none."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"`((?:tests|verticals)/[\w/]+\.py)(?:::(\w+))?`")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


ATTACKS, CHAPTERS = rows("Attacks"), rows("ASVS, level 1")


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_there_is_a_row_for_each_attack_and_for_what_a_review_found() -> None:
    assert [int(row[0]) for row in ATTACKS] == list(range(1, 49))
    assert {len(row) for row in ATTACKS} == {4}


def test_there_is_a_row_for_each_chapter() -> None:
    assert [row[0].split()[0] for row in CHAPTERS] == [f"V{number}" for number in range(1, 18)]


@pytest.mark.parametrize("row", [*ATTACKS, *CHAPTERS], ids=lambda row: row[0])
def test_what_is_named_exists(row: list[str]) -> None:
    """A file, and in it a function of that name; or a word why there is none."""
    named = _NAMED.findall(row[-1])
    assert named or row[-1].startswith(("none: ", "waived: "))
    for file, function in named:
        assert (ROOT / file).is_file(), file
        assert function in functions_of(file), (file, function)

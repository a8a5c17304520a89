"""What must be true of all code that writes entries, and of all tables that entries vouch for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation

from sunmao.audit.contents import COLUMNS, CONTENT, audited_contents
from sunmao.audit.verbs import subject_title, title_of, verbs
from sunmao.jobs.registry import kinds
from sunmao.jobs.registry import title_of as title_of_job

ROOT = Path(settings.BASE_DIR)
VERB = re.compile(r"[a-z_]+\.[a-z_]+")
WRITERS = ("record", "note", "note_stranger", "_record", "_note")


def _written() -> Iterator[tuple[str, str]]:
    """Every verb that code passes to something that writes an entry."""
    for folder in ("platform/sunmao", "verticals", "apps"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if {"tests", "bench"} & set(file.parts):
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield from ((verb, file.name) for verb in _verbs_of(node))


def _verbs_of(call: ast.Call) -> Iterator[str]:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "verb"]
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in WRITERS:
        given += call.args
    for value in given:
        for node in ast.walk(value):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and VERB.fullmatch(node.value):
                yield node.value


def test_every_verb_has_a_name_in_both_languages() -> None:
    written = {verb for verb, _file in _written() if verb.partition(".")[0] != "audit_test"}
    assert len(written) > 30
    assert sorted(written - set(verbs())) == []


def test_every_kind_of_job_has_a_name() -> None:
    kinds.cache_clear()
    assert [name for name in kinds() if title_of_job(name) == name] == []


def test_what_nobody_declares_any_more_is_shown_as_it_is() -> None:
    with translation.override("en"):
        assert (title_of("thing.forgotten"), title_of_job("thing.forgotten")) == ("thing.forgotten",) * 2
        assert (subject_title("thing"), subject_title("apikey")) == ("thing", "API key")


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY 1", [table]
        )
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
def test_every_column_of_an_entry_is_in_its_hash() -> None:
    assert sorted(COLUMNS) == sorted(re.findall(r"\be\.(\w+)", CONTENT)) == _columns("audit_entry")


@pytest.mark.django_db
def test_every_column_of_an_audited_table_is_in_its_newest_version() -> None:
    assert audited_contents()
    for content in audited_contents().values():
        assert sorted(content.columns[content.newest]) == _columns(content.table)

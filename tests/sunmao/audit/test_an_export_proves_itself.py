"""Whoever gets an export can check it without the database it came from."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command

from sunmao.audit.chain import Problem
from sunmao.audit.exporting.formats import CSV_COLUMNS, inert
from sunmao.audit.exporting.offline import verify_file
from sunmao.audit.exporting.services import Format, export
from sunmao.audit.heads import head_of
from sunmao.audit.selectors import Filter
from sunmao.audit.signing import parse_public
from sunmao.core.errors import Forbidden
from tests.fixtures import Cast, Standing, state_of, verbs_of
from tests.sunmao.audit.chains import note, sealed

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "=cmd|' /C calc'!A0")


def _exported(standing: Standing, form: Format = "jsonl", **wanted: str) -> list[str]:
    return list(export(actor=standing.actor, form=form, wanted=Filter(**wanted)))  # type: ignore[arg-type]


def _kinds(problems: list[Problem]) -> list[tuple[str, int | None]]:
    return [(problem.kind, problem.entry or problem.seal) for problem in problems]


def test_an_export_verifies_offline(standing: Standing) -> None:
    sealed(standing, "one", "two", "three")
    outcome = verify_file(_exported(standing))
    assert (outcome.problems, outcome.seals, outcome.entries) == ([], 4, 5)
    assert outcome.head == head_of(standing.organisation.pk)


def test_what_waits_is_sealed_first_and_the_export_is_an_entry(standing: Standing) -> None:
    note(standing, "one")
    lines = [json.loads(line) for line in _exported(standing)]
    verb = lines[0]["columns"].index("verb")
    verbs = [line["entry"][verb] for line in lines if "entry" in line]
    assert verbs == ["organisation.created", "thing.noted", "audit.exported"]
    assert lines[-1] == {**lines[-1], "end": True, "entries": 3, "seals": 1}


@pytest.mark.parametrize(
    ("case", "pattern", "replacement", "found"),
    [
        ("an entry is edited", '"name": "two"', '"name": "2"', ("entry_changed", 3)),
        ("what people read is edited", '"name":"two"', '"name":"2"', ("entry_changed", 3)),
        ("an entry is left out", r'^\{"number":3,.*\n', "", ("entry_deleted", 3)),
        ("a seal is left out", r'^\{"seal":3,.*\n', "", ("file_broken", None)),
        ("the tail is cut", r'^\{"seal":3,(.*\n)+', "", ("file_broken", None)),
        ("a hash is edited", r'("seal":2,.*"hashes":")..', r"\g<1>00", ("seal_changed", 2)),
        ("a signature is edited", r'("seal":2,.*"signature":")..', r"\g<1>00", ("seal_forged", 2)),
        (
            "a header is edited",
            r'("seal":2,.*\\"retention\\":\\")standard',
            r"\g<1>medical",
            ("seal_changed", 2),
        ),
        ("it is no export", r"\A.*\n", '{"kind":"x"}\n', ("file_broken", None)),
    ],
)
def test_an_edited_export_is_found(
    standing: Standing, case: str, pattern: str, replacement: str, found: tuple[str, int | None]
) -> None:
    sealed(standing, "one", "two", "three")
    text = "\n".join(_exported(standing)) + "\n"
    edited = re.sub(pattern, replacement, text, count=1, flags=re.M)
    assert edited != text
    assert found in _kinds(verify_file(edited.splitlines()).problems)


def test_part_of_the_log_is_proved_entry_by_entry(standing: Standing) -> None:
    sealed(standing, "one", "two")
    note(standing, "three", verb="thing.kept")
    lines = _exported(standing, verb="thing.kept")
    outcome = verify_file(lines)
    assert (outcome.problems, outcome.entries, outcome.seals) == ([], 1, 3)
    broken = [line.replace('"name": "three"', '"name": "3"') for line in lines]
    assert _kinds(verify_file(broken).problems) == [("entry_changed", 4)]


def test_an_export_signed_by_somebody_else_is_found(standing: Standing) -> None:
    sealed(standing, "one")
    other = parse_public("public:" + "5866666666666666666666666666666666666666666666666666666666666666")
    found = verify_file(_exported(standing), keys={other.id: other}).problems
    assert [problem.kind for problem in found] == ["key_unknown"] * 3


def test_a_later_head_shows_that_an_export_is_old(standing: Standing) -> None:
    sealed(standing, "one")
    lines = _exported(standing)
    sealed(standing, "two")
    head = head_of(standing.organisation.pk)
    assert [kind for kind, _where in _kinds(verify_file(lines, head=head).problems)] == ["tail_missing"]


@pytest.mark.parametrize("formula", FORMULAS, ids=[repr(formula) for formula in FORMULAS])
def test_no_cell_is_a_formula(formula: str) -> None:
    assert inert(formula) == f"'{formula}"


def test_a_spreadsheet_opens_inert(standing: Standing) -> None:
    for formula in FORMULAS:
        note(replace(standing, actor=replace(standing.actor, name=formula)), "one")
    rows = list(csv.reader(io.StringIO("\n".join(_exported(standing, "csv"))[1:], newline="")))
    assert rows[0] == list(CSV_COLUMNS)
    assert [row[CSV_COLUMNS.index("actor")] for row in rows[2:-1]] == [f"'{formula}" for formula in FORMULAS]
    cells = [cell for row in rows for cell in row if cell]
    assert [cell for cell in cells if cell.lstrip(" ")[0] in "=+-@\t\r"] == []


def test_syslog_lines_are_those_of_the_standard(standing: Standing) -> None:
    sealed(standing, 'one ] " \\')
    lines = _exported(standing, "syslog")
    form = re.compile(
        r"<110>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z - sunmao - (\S{1,32}) "
        r"\[sunmao@32473( \w+=\"[^\"]*\")+\] \{.*\}"
    )
    assert [found[1] for line in lines if (found := form.fullmatch(line))] == [
        "organisation.created",
        "thing.noted",
        "audit.exported",
    ]


def test_without_the_right_nothing_is_exported(cast: Cast) -> None:
    before = state_of(cast.hemu)
    for person in (cast.zhou, cast.mei):
        with pytest.raises(Forbidden):
            export(actor=person.actor, form="jsonl")
    assert state_of(cast.hemu) == before
    list(export(actor=cast.ann.actor, form="jsonl"))
    assert verbs_of(cast.hemu)[-1] == "audit.exported"


def test_the_command_ends_with_one_when_something_is_wrong(
    standing: Standing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed(standing, "one")
    file = tmp_path / "audit.jsonl"
    file.write_text("\n".join(_exported(standing)) + "\n", encoding="utf-8")
    call_command("audit", "verify", "--file", str(file))
    capsys.readouterr()
    file.write_text(file.read_text().replace('"name": "one"', '"name": "two"'), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        call_command("audit", "verify", "--file", str(file), "--json")
    assert ended.value.code == 1
    told = json.loads(capsys.readouterr().out)["organisations"][0]
    assert (told["sound"], told["problems"][0]["kind"], told["problems"][0]["entry"]) == (
        False,
        "entry_changed",
        2,
    )

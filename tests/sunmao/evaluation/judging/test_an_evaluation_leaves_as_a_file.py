"""Reports in five formats with their label and no formula; before and after; pictures."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.utils import translation

from sunmao.core import tenancy
from sunmao.core.errors import Conflict, Forbidden, InvalidInput, TooLong
from sunmao.evaluation.models import Case, Result, Suite
from sunmao.evaluation.reporting import before_after, exporting
from sunmao.evaluation.suites import questions
from sunmao.evaluation.suites.editing import NewCase, add_cases
from sunmao.guards.embedding import read_back
from sunmao.releases.models import Release
from tests.fixtures import Cast, Ingest, WorkOff, state_of, verbs_of
from tests.sunmao.evaluation.judging.conftest import MakeRun

NASTY = '=HYPERLINK("http://evil.example","click") <script>alert(1)</script>'
ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n")


@pytest.fixture
def run(make_run: MakeRun, cast: Cast) -> object:
    made = make_run([NASTY, "五年。", *(f"Answer {number}." for number in range(22))])
    with tenancy.scope(cast.hemu.pk):
        made.results.update(model="stub")
    return made


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "html", "pdf"])
def test_every_format_carries_answers_and_label(kind: str, cast: Cast, run: object) -> None:
    made = exporting.export(actor=cast.lin.actor, run=run, format_=kind)  # type: ignore[arg-type]
    assert made.name.endswith(f".{kind}")
    assert verbs_of(cast.hemu)[-1] == "evaluation.exported"
    if kind in ("csv", "json", "pdf"):
        told = read_back(kind, made.data)  # type: ignore[arg-type]
        assert told is not None
        assert told["Label"] == "1"
    if kind == "csv":
        cells = [cell for row in csv.reader(io.StringIO(made.data.decode("utf-8-sig"))) for cell in row]
        assert f"'{NASTY}" in cells
        assert [cell for cell in cells if cell.startswith(ACTIVE)] == []
    if kind == "xlsx":
        from openpyxl import load_workbook

        book = load_workbook(io.BytesIO(made.data))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
        assert NASTY in [cell.value for cell in cells]
        assert {cell.data_type for cell in cells} == {"s"}
        assert json.loads(book.custom_doc_props["AIGC"].value)["Label"] == "1"
    if kind == "json":
        body = json.loads(made.data)
        assert len(body["cases"]) == 24
        assert body["figures"]["interval"] == [0.8827, 1.0]
    if kind == "html":
        text = made.data.decode()
        assert "<script>" not in text
        assert "&lt;script&gt;" in text
        assert "五年。" in text
        assert 'name="AIGC"' in text
    if kind == "pdf":
        import pypdfium2

        pages = pypdfium2.PdfDocument(made.data)
        text = "".join(page.get_textpage().get_text_range() for page in pages)
        assert "五年" in text
        assert "Answer 21." in text


def test_what_has_not_finished_or_is_of_no_format_is_refused(
    cast: Cast, make_run: MakeRun, run: object
) -> None:
    open_ = make_run(["one"])
    open_.finished_at = None
    before = state_of(cast.hemu)
    with pytest.raises(Conflict) as early:
        exporting.export(actor=cast.lin.actor, run=open_, format_="csv")
    assert early.value.code == "evaluation_not_finished"
    with pytest.raises(InvalidInput):
        exporting.export(actor=cast.lin.actor, run=run, format_="exe")  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        exporting.export(actor=cast.mei.actor, run=run, format_="csv")  # type: ignore[arg-type]
    assert state_of(cast.hemu) == before


def test_before_and_after_stand_side_by_side(cast: Cast, suite: Suite, make_run: MakeRun) -> None:
    with tenancy.scope(cast.hemu.pk):
        Case.objects.update(died=suite.version)
    checks = [{"kind": "similar", "text": "the warranty is five years", "at_least": 0.5}]
    add_cases(
        actor=cast.lin.actor,
        suite=suite,
        cases=[NewCase(data={"question": f"How long? {n}"}, checks=checks) for n in range(4)],
    )
    with tenancy.scope(cast.hemu.pk):
        suite.refresh_from_db()
        Case.objects.filter(died__isnull=False).delete()
    before, after = make_run(["nobody knows"] * 4), make_run(["the warranty is five years"] * 4)
    with tenancy.scope(cast.hemu.pk), translation.override("en"):
        Result.objects.filter(run=before).update(passed=False, seconds=2.0)
        lines = {one.name: one for one in before_after.table(before, after)}
    assert [lines[name].before for name in ("ROUGE-1", "ROUGE-2", "ROUGE-L")] == [0.0, 0.0, 0.0]
    assert [lines[name].after for name in ("ROUGE-1", "ROUGE-2", "ROUGE-L")] == [1.0, 1.0, 1.0]
    assert (lines["Cases that pass"].before, lines["Cases that pass"].after) == (0.0, 1.0)
    speed = lines["Tokens a second"]
    assert (speed.before, speed.after, speed.change) == (10.0, 40.0, 3.0)
    assert speed.interval == (30.0, 30.0)
    assert lines["People's grade, 1 to 5"].before is None


# Many questions at once


def test_a_file_of_questions_is_answered_and_exported(cast: Cast, ingest: Ingest, work_off: WorkOff) -> None:
    ingest(cast.zhou.actor, "warranty.md", "# Warranty\n\nThe warranty on a sofa is five years.\n")
    with tenancy.scope(cast.hemu.pk):
        release = Release.objects.get(vertical="customer_service", task="ask", state="serving")
    text = (
        "question,expected,slice\n"
        "How long is the warranty on a sofa?,The warranty on a sofa is five years.,en\n"
        '"Who, by the way, is the king of the moon?",,\n'
    )
    run = questions.ask_many(actor=cast.lin.actor, title="Friday", release=release, text=text)
    work_off(cast.lin.actor)
    with tenancy.scope(cast.hemu.pk):
        run.refresh_from_db()
        assert (run.figures["cases"], run.suite.gates, run.suite.title) == (2, False, "Friday")
    made = exporting.export(actor=cast.lin.actor, run=run, format_="csv")
    rows = list(csv.DictReader(io.StringIO(made.data.decode("utf-8-sig"))))
    answers = {row["Question"]: row["Answer"] for row in rows}
    assert "five years" in answers["How long is the warranty on a sofa?"]
    assert "label" in rows[0]


@pytest.mark.parametrize(
    ("what", "text", "count"),
    [
        ("lines", "One?\n\nTwo?\n", 2),
        ("json", '{"question": "One?", "expected": "Yes."}\n{"question": "Two?"}', 2),
        ("csv with other columns", "id,Question\n1,One?\n", 1),
    ],
)
def test_questions_come_in_three_forms(what: str, text: str, count: int) -> None:
    assert len(questions.read(text)) == count


@pytest.mark.parametrize(
    ("what", "text", "field"),
    [
        ("nothing", " \n", "file"),
        ("a line that is no object", '{"question": "One?"}\n[1]', "line 2"),
        ("a row without a question", "question,slice\n,zh\n", "line 2"),
        ("a question that is a number", '{"question": 4}', "line 1"),
    ],
)
def test_what_is_no_question_is_named_by_its_line(what: str, text: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        questions.read(text)
    assert list(refused.value.fields) == [field]


def test_no_more_than_a_thousand() -> None:
    with pytest.raises(TooLong):
        questions.read("One?\n" * 1_001)

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.utils import translation

from sunmao.core import tenancy
from sunmao.core.errors import InvalidInput, TooLong
from sunmao.training.datasets import exporting, formats, steps
from sunmao.training.datasets.examples import Kind
from tests.fixtures.cast import Cast
from tests.sunmao.training.datasets.conftest import datas, newest, rows

ASKED = [{"role": "user", "content": "How long?"}]
CHAT = {"messages": [*ASKED, {"role": "assistant", "content": "Five years."}]}


@pytest.mark.parametrize(
    ("layout", "kind", "text", "data"),
    [
        ("chat", Kind.CHAT, json.dumps(CHAT), CHAT),
        ("alpaca", Kind.CHAT, '[{"instruction": "How long?", "input": "", "output": "Five years."}]', CHAT),
        (
            "sharegpt",
            Kind.CHAT,
            '{"conversations": [{"from": "human", "value": "How long?"},'
            ' {"from": "gpt", "value": "Five years."}]}',
            CHAT,
        ),
        ("csv", Kind.CHAT, "question,answer\nHow long?,Five years.\n", CHAT),
        (
            "preference",
            Kind.PREFERENCE,
            '{"prompt": "How long?", "chosen": "Five years.", "rejected": "Ages."}',
            {"prompt": ASKED, "chosen": "Five years.", "rejected": "Ages."},
        ),
        (
            "preference",
            Kind.PREFERENCE,
            json.dumps(
                {
                    "chosen": CHAT["messages"],
                    "rejected": [*ASKED, {"role": "assistant", "content": "Ages."}],
                }
            ),
            {"prompt": ASKED, "chosen": "Five years.", "rejected": "Ages."},
        ),
        (
            "jsonl",
            Kind.JUDGED,
            '{"prompt": "How long?", "completion": "Ages.", "label": false}',
            {"prompt": ASKED, "completion": "Ages.", "good": False},
        ),
        ("alpaca", Kind.PROMPTS, '{"instruction": "How long?", "output": "Five years."}',
         {"prompt": ASKED, "answer": "Five years."}),
        ("csv", Kind.CLASSIFICATION, "text;label\n多久到货？;delivery\n",
         {"text": "多久到货？", "label": "delivery"}),
        (
            "csv",
            Kind.RETRIEVAL,
            'query,positive,negatives\nwhy,"a, b",x|||y\n',
            {"query": "why", "positive": "a, b", "negatives": ["x", "y"]},
        ),
    ],
)  # fmt: skip
def test_a_format_is_known_by_how_it_begins_and_read(layout: str, kind: Kind, text: str, data: Any) -> None:
    found = formats.read(text, kind=kind)

    assert (found.format, found.wrong) == (layout, {})
    assert [one.data for one in found.entries] == [data]


def test_each_wrong_line_is_told_by_its_number() -> None:
    lines = [
        '{"text": "good", "label": "a"}',
        "",
        "no json",
        '{"text": ""}',
        "[1]",
        '{"text": "x", "label": "a", "colour": 1}',
    ]

    found = formats.read("\n".join(lines), kind=Kind.CLASSIFICATION)

    assert [one.line for one in found.entries] == [1]
    assert list(found.told()) == ["3", "4", "5", "6"]


def test_elements_of_an_array_are_told_by_the_line_that_they_begin_on() -> None:
    text = '[\n  {"instruction": "a", "output": "b"},\n\n  {"instruction": "c"},\n'
    text += '  {"instruction": "d", "output"'

    found = formats.read(text, kind=Kind.CHAT)

    assert [one.line for one in found.entries] == [2]
    assert list(found.told()) == ["4 [2]", "5 [3]"]


def test_each_wrong_element_of_an_array_on_one_line_is_told() -> None:
    text = json.dumps([{"instruction": ask, "output": "b"} for ask in ("", "a", 3)])

    with translation.override("en"):
        told = {place: str(said) for place, said in formats.read(text, kind=Kind.CHAT).told().items()}

    assert told == {"1 [1]": "instruction must be text", "1 [3]": "instruction must be text"}


@pytest.mark.parametrize("text", ["[" * 100_000, '[{"a":' * 50_000, "[1, tru", "{" * 100_000])
def test_what_is_no_json_is_told_by_its_line_whatever_its_depth(text: str) -> None:
    found = formats.read(text, kind=Kind.CHAT)

    assert found.entries == []
    assert {place.split()[0] for place in found.told()} == {"1"}


def test_a_table_that_names_a_column_twice_or_has_a_huge_cell_is_told_so() -> None:
    twice = formats.read("text,text,label\na,b,c\n", kind=Kind.CLASSIFICATION)
    huge = formats.read(f"text,label\n{'a' * 250_000},c\n", kind=Kind.CLASSIFICATION)

    with translation.override("en"):
        assert [(place, str(said)) for place, said in (*twice.told().items(), *huge.told().items())] == [
            ("1", "names the column text twice"),
            ("2", "is longer than 200,000 characters"),
        ]


def test_lines_of_a_table_are_counted_with_cells_of_several_lines() -> None:
    found = formats.read('text,label\n"two\nlines",a\nshort\n"open', kind=Kind.CLASSIFICATION)

    assert [one.line for one in found.entries] == [2]
    assert list(found.told()) == ["4", "5"]


def test_columns_of_other_names_are_mapped() -> None:
    found = formats.read(
        "问题,意图\n多久到货？,delivery\n",
        kind=Kind.CLASSIFICATION,
        columns={"text": "问题", "label": "意图"},
    )

    assert [one.data for one in found.entries] == [{"text": "多久到货？", "label": "delivery"}]


@pytest.mark.parametrize(
    ("case", "text", "remarks"),
    [
        ("nothing", "", ["empty"]),
        ("one class", '{"text": "a", "label": "x"}\n{"text": "b", "label": "x"}', ["single_class"]),
        ("no label", '{"text": "a"}\n{"text": "b", "label": "x"}', ["single_class", "unlabelled"]),
    ],
)
def test_what_cannot_be_learnt_from_alone_is_told(case: str, text: str, remarks: list[str]) -> None:
    assert formats.read(text, kind=Kind.CLASSIFICATION).remarks == remarks


def test_a_file_becomes_examples_with_their_lines(cast: Cast, make_set: Any, do: Any) -> None:
    made = make_set()

    step = do(
        made,
        "import",
        b'{"text": "a b c", "label": "x"}\n\n{"text": "d e f", "label": "y"}\n',
        name="f.jsonl",
    )

    assert (step.state, step.found["added"], step.found["format"]) == ("succeeded", 2, "jsonl")
    assert [(row.data["text"], row.source["line"], row.origin) for row in rows(made)] == [
        ("a b c", 1, "file"),
        ("d e f", 3, "file"),
    ]


def test_of_a_file_with_a_wrong_line_nothing_is_kept(cast: Cast, make_set: Any, do: Any) -> None:
    made = make_set()

    step = do(made, "import", b'{"text": "a", "label": "x"}\n{"text": 3}\n')

    assert (step.state, step.job.error_code) == ("failed", "invalid_examples")
    assert list(step.found["wrong"]) == ["line 2"]
    assert datas(made) == []


def test_an_empty_file_is_refused(cast: Cast, make_set: Any, do: Any) -> None:
    made = make_set()

    step = do(made, "import", b"\n\n")

    assert (step.state, step.job.error_code) == ("failed", "empty_file")
    assert datas(made) == []


def test_what_is_exported_is_imported_again(cast: Cast, make_set: Any, do: Any, engineer: Any) -> None:
    made, other = make_set(), make_set(slug="other")
    do(
        made,
        "import",
        '{"text": "=1+1", "label": "a"}\n{"text": "多久？", "label": "b", "group": "g"}'.encode(),
    )

    for layout in exporting.FORMATS:
        text = exporting.export(actor=engineer, version=newest(made), layout=layout)
        do(other, "import", text.encode(), layout=layout)

    assert datas(other) == datas(made) * 2
    assert "'=1+1" in text


def test_a_table_cannot_hold_a_conversation(cast: Cast, make_set: Any, engineer: Any) -> None:
    made = make_set(kind="chat")

    with pytest.raises(InvalidInput) as refused:
        exporting.export(actor=engineer, version=newest(made), layout="csv")

    assert list(refused.value.fields) == ["format"]
    with tenancy.scope(cast.hemu.pk):
        assert newest(made).state == "draft"


def test_no_file_keeps_the_reader_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong lines count as well, and a line of a hundred thousand columns is looked at once."""
    monkeypatch.setattr(formats, "MOST", 10)
    with pytest.raises(TooLong) as refused:
        formats.read("1\n" * 11, kind=Kind.CLASSIFICATION, layout="jsonl")
    assert refused.value.code == "too_many_examples"

    began = time.process_time()
    read = formats.read(",".join(map(str, range(100_000))) + ",7\n", kind=Kind.CLASSIFICATION)
    assert list(read.wrong) == [(1, 0)]
    assert time.process_time() - began < 5


def test_a_preview_reads_no_more_than_an_import_takes(make_set: Any, engineer: Any, settings: Any) -> None:
    settings.SUNMAO_MAX_UPLOAD = 10
    with pytest.raises(TooLong) as refused:
        steps.preview(actor=engineer, dataset=make_set(), content=b"x" * 11)
    assert refused.value.code == "file_too_large"

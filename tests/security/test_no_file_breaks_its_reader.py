"""Files of lines that people bring: what is wrong with one is told, whatever it is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from sunmao.core.errors import SunmaoError
from sunmao.evaluation.gates import archive
from sunmao.evaluation.judging import labels
from sunmao.evaluation.suites import files, questions
from sunmao.knowledge.trials import lines
from sunmao.modelhub.heads import examples
from sunmao.training.datasets import formats
from sunmao.training.datasets.examples import Kind

HALF = '{"question": "\\ud800", "text": "\\ud800", "label": "\\ud800", "input": {"question": "\\ud800"}}'
EVIL = {
    "deep objects": '{"a":' * 3_000,
    "deep lists": "[" * 100_000,
    "half a character": HALF,
    "a cell too long": "question,expected\n" + "a" * 200_000 + ",b\n",
    "a head too long": "text,label," + "z" * 200_000 + "\n1,2\n",
    "a line too long": "a" * 200_000,
    "an open quotation": '"',
    "an open quotation below a head": 'text,label,question\n"a',
    "no number": "NaN",
    "a number too long": "9" * 5_000,
    "control signs": "\x00\x01",
    "a mark alone": "\ufeff",
}
READERS: dict[str, Callable[[str], Any]] = {
    "cases": files.read,
    "questions": questions.read,
    "labelled texts": lambda text: examples.read(text.encode()),
    "hit tests": lines.read,
    "labels of judges": labels.read,
    "examples": lambda text: formats.read(text, kind=Kind.CLASSIFICATION),
    "a release": archive._read,
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("what", EVIL)
def test_it_is_read_or_refused(reader: str, what: str) -> None:
    with contextlib.suppress(SunmaoError):
        READERS[reader](EVIL[what])


def test_a_head_learns_no_text_that_cannot_be_kept() -> None:
    with pytest.raises(SunmaoError) as refused:
        examples.read(HALF.encode())
    assert refused.value.code == "invalid_examples"

"""An answer that was measured carries the label that it would carry where it is given."""

from __future__ import annotations

import pytest
from django.utils import translation

from sunmao.core import tenancy
from sunmao.evaluation import presenting
from sunmao.evaluation.labelling import label_of_all
from tests.fixtures import Cast
from tests.sunmao.evaluation.judging.conftest import MakeRun


@pytest.mark.parametrize(
    ("answer", "outcome", "model", "said", "number"),
    [
        ("Five years.", "answered", "qwen", "AI-generated content; check it against the cited sources", "1"),
        ("Five years.", "stopped", "qwen", "AI-generated content; check it against the cited sources", "1"),
        (
            "Five years.", "answered", "extractive",
            "Extract from the knowledge base, word for word; no text was generated", None,
        ),
        ("Clause 3 fails.", "answered", "", "Computed by rules; no text was generated", None),
        ("Not found.", "unanswered", "qwen", "", None),
        ("", "failed", "qwen", "", None),
    ],
)  # fmt: skip
def test_a_result_is_labelled_by_who_wrote_it(
    cast: Cast, make_run: MakeRun, answer: str, outcome: str, model: str, said: str, number: str | None
) -> None:
    run = make_run([answer])
    with tenancy.scope(cast.hemu.pk), translation.override("en"):
        run.results.update(outcome=outcome, model=model)
        found = run.results.get()
        told = presenting.result(found)
    assert (told["label"], told["ai_generated"]) == (said, number is not None)
    assert (told["aigc"] or {}).get("Label") == number
    assert (told["aigc"] or {}).get("ProduceID") == (found.pk.hex if number else None)


def test_a_file_is_generated_where_any_answer_in_it_is(cast: Cast, make_run: MakeRun) -> None:
    run = make_run(["quoted", "written"])
    with tenancy.scope(cast.hemu.pk):
        run.results.update(outcome="answered", model="extractive")
        first, second = run.results.all()
        assert label_of_all([first, second], produce_id="x").kind == "extract"
        second.model = "qwen"
        assert label_of_all([first, second], produce_id="x").kind == "generated"

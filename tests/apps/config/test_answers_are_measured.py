"""`evaluate answers` asks as a person would, with the right passages there and with them gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from apps.config.evaluation.answers import case, judging
from apps.config.evaluation.answers.asking import Said
from apps.config.evaluation.floor import Floor
from apps.config.evaluation.material import Question, questions
from sunmao.core.errors import InvalidInput


def test_an_answer_is_compared_by_its_words() -> None:
    assert judging.exact("三年。", ["五年", "三年"]) == 1.0
    assert judging.exact("保修三年", ["三年"]) == 0.0
    assert judging.overlap("保修三年", ["三年"]) == pytest.approx(2 * 2 / (4 + 2))
    assert judging.overlap("the warranty", ["a warranty"]) == 1.0
    assert judging.overlap("", ["三年"]) == 0.0


def test_a_sentence_holds_an_answer_word_for_word() -> None:
    assert judging.holds(["整机保修 三年。"], ["三年。"]) == 1.0
    assert judging.holds(["整机保修五年。"], ["三年"]) == 0.0
    assert judging.holds(["整机保修五年。"], [""]) == 0.0


@pytest.mark.parametrize(
    ("case", "right", "wrong", "area"),
    [("apart", [3, 4], [1, 2], 1.0), ("reversed", [1, 2], [3, 4], 0.0), ("equal", [1, 1], [1, 1], 0.5)],
)
def test_the_area_says_how_well_two_kinds_are_told_apart(
    case: str, right: list[float], wrong: list[float], area: float
) -> None:
    assert judging.auroc(right, wrong) == area, case


def test_wrong_refusals_are_counted_at_the_bar_that_refuses_nine_tenths() -> None:
    wrong = [float(number) for number in range(10)]
    assert judging.wrongly_refused([0.5, 8.9, 9.0, 20.0], wrong) == [1.0, 1.0, 0.0, 0.0]


def test_the_floor_finds_nothing_that_is_gone() -> None:
    floor = Floor(["a", "b"], ["保修三年", "保修与退货"])
    assert [key for key, _ in floor.scored("保修三年", limit=2)] == ["a", "b"]
    assert [key for key, _ in floor.scored("保修三年", limit=2, without={"a"})] == ["b"]


def test_questions_without_words_are_left_out(tmp_path: Path) -> None:
    rows = [{"question": "", "doc_id": "a"}, {"question": "保修？", "doc_id": "a", "answers": ["三年"]}]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    assert [one.text for one in questions([str(file)])] == ["保修？"]
    file.write_text('{"doc_id": "a"}', "utf-8")
    with pytest.raises(InvalidInput):
        questions([str(file)])


def _said(score: float) -> Said:
    return Said(score >= 5, score, (), (), frozenset(), (), 1.0)


def test_questions_of_another_field_are_told_from_those_of_each_set() -> None:
    asked = [Question(text, frozenset("a")) for text in ("保修？", "退货？", "换货？")]
    said, strange = [_said(9), _said(6), _said(3)], [_said(float(score)) for score in (1, 2, 4, 5)]
    told = case._foreign({"home/one": asked[:2], "home/two": asked[2:]}, said, strange, 1)
    assert (told["n"], told["refusal"]) == (4, 0.75)
    assert (told["home/one"]["auroc"], told["home/one"]["wrong_refusal_at_90"]) == (1.0, 0.0)
    assert (told["home/two"]["auroc"], told["home/two"]["wrong_refusal_at_90"]) == (0.5, 1.0)

"""What was learnt speaks where no pattern does, and holds its tongue elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from verticals.contract_review.domain import Finding, engine, opinion, review, shipped
from verticals.contract_review.domain.case import Case, Hit
from verticals.contract_review.domain.playbook import Rule, rules
from verticals.contract_review.evaluation.learning import Example, learn, write

FORBIDS = (
    "租期届满，乙方不能以同等条件优先承租。",
    "甲方出售房屋，乙方没有先于他人买下的机会。",
    "房屋卖给谁由甲方定，乙方不能要求优先。",
)
ALLOWS = ("甲方出售房屋的，提前通知乙方。", "租期届满，双方可以续租。", "租金每月5日前支付。")
RULE = "CN-L-05"


@pytest.fixture(scope="module")
def weights() -> dict[str, Any]:
    none: frozenset[str] = frozenset()
    own = frozenset({RULE})
    return learn(
        [Example(text, own, none, "a") for text in FORBIDS]
        + [Example(text, none, own, "b") for text in ALLOWS]
    )


def use(weights: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    write(weights, tmp_path / "own.json.gz")
    monkeypatch.setattr(opinion, "WEIGHTS", tmp_path / "own.json.gz")
    opinion.learnt.cache_clear()


@pytest.fixture(autouse=True)
def forget() -> Any:
    yield
    opinion.learnt.cache_clear()


def findings(text: str, *, second: bool = True, whole: bool = False) -> list[Finding]:
    told = review(
        text,
        contract_type="lease",
        as_of=date(2026, 11, 22),
        parameters=shipped(),
        second=second,
        whole=whole,
    )
    return [one for one in told.findings if one.rule == RULE]


SILENT = "甲方出售房屋时，乙方没有先于他人得到它的可能。"


def test_a_breach_in_other_words_is_found_with_less_confidence_and_says_so(
    weights: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    use(weights, monkeypatch, tmp_path)
    assert findings(SILENT, second=False) == []

    [found] = findings(SILENT, whole=True)

    [span] = found.spans
    assert (found.source, found.confidence) == ("learnt", 0.6)
    assert SILENT[span.start : span.end] == SILENT.rstrip("。")
    assert found.citations
    assert found.rewrite


def test_a_pasted_clause_needs_more_to_be_told_than_one_in_its_contract(
    weights: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    use(weights, monkeypatch, tmp_path)

    told = {whole: [one.source for one in findings(SILENT, whole=whole)] for whole in (True, False)}

    assert told == {True: ["learnt"], False: []}


def test_what_the_pattern_finds_stays_the_pattern_s(
    weights: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    use(weights, monkeypatch, tmp_path)

    told = findings("乙方放弃优先购买权。" + SILENT)

    assert [one.source for one in told] == ["rule"]


@pytest.mark.parametrize(
    "text",
    [
        "甲方出售房屋的，提前通知乙方。",
        "甲方出售房屋时，乙方没有先于他人买下它的机会吗？",
        "租金每月5日前支付。",
    ],
)
def test_the_lawful_and_the_asked_are_left_alone(
    text: str, weights: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    use(weights, monkeypatch, tmp_path)

    assert findings(text) == []


def test_the_same_sentences_give_the_same_weights(weights: dict[str, Any]) -> None:
    none: frozenset[str] = frozenset()
    own = frozenset({RULE})
    again = learn(
        [Example(text, own, none, "a") for text in FORBIDS]
        + [Example(text, none, own, "b") for text in ALLOWS]
    )

    assert weights == again


def test_what_is_shipped_speaks_for_rules_of_words_only() -> None:
    learnt = opinion.learnt()
    by_code = {one.code: one for one in rules()}

    assert learnt is not None
    assert len(learnt.codes) == 31
    assert all(opinion.takes_part(by_code[code]) for code in learnt.codes)


def test_no_wording_of_a_rule_that_was_learnt_keeps_an_empty_place(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "第一条 甲方与乙方约定如下事项。\n第二条 双方另有说明。"

    def of_all(case: Case, wanted: Any) -> Iterator[tuple[Rule, Hit]]:
        for rule in wanted.values():
            yield rule, Hit(spans=((4, 12),), fill=opinion.filled(text), learnt=True)

    monkeypatch.setattr(engine, "opinions", of_all)
    for kind in ("service", "sale", "lease", "nda", "labour", "loan"):
        told = review(text, contract_type=kind, as_of=date(2026, 11, 22), parameters=shipped(), whole=False)
        for one in (one for one in told.findings if one.source == "learnt"):
            said = [one.title, one.explanation, one.rewrite, one.fallback]
            said += [part for words in one.words.values() for part in (words.risk, words.reason)]
            assert not any("{" in part for part in said), (one.rule, said)

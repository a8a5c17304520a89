"""What was learnt speaks where no pattern does, and holds its tongue elsewhere."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from verticals.contract_review.domain import Finding, opinion, review, shipped
from verticals.contract_review.domain.playbook import rules
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


def findings(text: str, *, second: bool = True) -> list[Finding]:
    told = review(
        text,
        contract_type="lease",
        as_of=date(2026, 11, 22),
        parameters=shipped(),
        second=second,
        whole=False,
    )
    return [one for one in told.findings if one.rule == RULE]


SILENT = "甲方出售房屋时，乙方没有先于他人得到它的可能。"


def test_a_breach_in_other_words_is_found_with_less_confidence_and_says_so(
    weights: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    use(weights, monkeypatch, tmp_path)
    assert findings(SILENT, second=False) == []

    [found] = findings(SILENT)

    [span] = found.spans
    assert (found.source, found.confidence) == ("learnt", 0.6)
    assert SILENT[span.start : span.end] == SILENT.rstrip("。")
    assert found.citations
    assert found.rewrite


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
    assert len(learnt.codes) == 24
    assert all(opinion.takes_part(by_code[code]) for code in learnt.codes)


def test_no_wording_of_a_rule_that_was_learnt_keeps_an_empty_place() -> None:
    learnt = opinion.learnt()
    assert learnt is not None
    for code in learnt.codes:
        rule = next(one for one in rules() if one.code == code)
        fill = opinion.filled("乙方不承担责任。") | {"quote": "乙方不承担责任"}
        default = rule.outcomes["default"]
        texts = [*default.title.values(), *default.risk.values(), *default.reason.values()]
        texts += [*default.explanation.values(), default.rewrite, default.fallback]
        for text in texts:
            assert text.format(**fill) is not None

from __future__ import annotations

from collections import Counter
from math import inf, log

import pytest

from sunmao.knowledge.text.picking import Candidate, pick, ranked
from sunmao.knowledge.text.tokens import query_tokens, tokens
from sunmao.knowledge.text.wanted import wants_one_fact
from tests.sunmao.knowledge.text import reference

ARTICLE = (
    "第五百八十五条　当事人可以约定一方违约时应当根据违约情况向对方支付一定数额的违约金。\n\n"
    "约定的违约金低于造成的损失的，人民法院可以根据当事人的请求予以增加；"
    "约定的违约金过分高于造成的损失的，人民法院可以根据当事人的请求予以适当减少。\n\n"
    "当事人就迟延履行约定违约金的，违约方支付违约金后，还应当履行债务。"
)


def even(token: str) -> float:
    return 1.0


def said(question: str, *passages: Candidate, limit: int = 3) -> list[str]:
    return [picked.sentence.text for picked in pick(question, passages, limit=limit, frequencies=even)]


def test_the_relevant_clause_of_an_article_is_chosen() -> None:
    found = said(
        "违约金过高可以请求减少吗？", Candidate("a", ARTICLE, "民法典 · 第五百八十五条", 1.0), limit=1
    )
    assert found == ["约定的违约金过分高于造成的损失的，人民法院可以根据当事人的请求予以适当减少。"]


def test_sentences_of_a_passage_stay_in_reading_order_and_keep_their_offsets() -> None:
    passage = Candidate("a", ARTICLE, "", 1.0)
    found = pick("请求减少违约金，请求增加违约金", [passage], limit=2, frequencies=even)
    assert [picked.sentence.start for picked in found] == sorted(picked.sentence.start for picked in found)
    assert len(found) == 2
    assert all(ARTICLE[p.sentence.start : p.sentence.end] == p.sentence.text for p in found)


def test_a_list_stays_with_the_line_above_it() -> None:
    text = "有下列情形之一的，可以解除合同：\n（一）不可抗力；\n（二）迟延履行。\n解除应当通知对方。"
    assert said("什么情形可以解除合同", Candidate("a", text, "", 1.0), limit=1) == [
        "有下列情形之一的，可以解除合同：\n（一）不可抗力；\n（二）迟延履行。"
    ]


def test_an_answer_does_not_repeat_the_question() -> None:
    text = "七天无理由退货怎么申请？\n在订单页点击申请。客服当天审核。"
    assert said("七天无理由退货怎么申请", Candidate("a", text, "七天无理由退货怎么申请？", 1.0)) == [
        "在订单页点击申请。",
        "客服当天审核。",
    ]


def test_a_heading_is_never_an_answer() -> None:
    assert said("退货", Candidate("a", "## 退货\n签收后申请。", "退货", 1.0)) == ["签收后申请。"]


def test_the_answer_to_a_question_that_is_the_heading_needs_no_shared_word() -> None:
    passage = Candidate("a", "不会。所有费用都会提前告知。", "买基金会不会自己乱扣钱？", 1.0)
    assert said("买基金会乱扣钱吗", passage) == ["不会。", "所有费用都会提前告知。"]


def test_a_further_passage_is_used_only_when_it_scores_nearly_as_high() -> None:
    first = Candidate("a", "违约金可以减少。", "", 10.0)
    near = Candidate("b", "违约金过高的，减少请求应当举证。", "", 9.5)
    far = Candidate("c", "违约金不得减少。", "", 5.0)
    question = "违约金减少"
    assert [p.key for p in pick(question, [first, near, far], limit=3, frequencies=even)] == ["a", "b"]


def test_a_passage_found_by_its_number_keeps_the_others_out() -> None:
    exact, other = Candidate("a", "第一条　甲。", "", inf), Candidate("b", "第一条　乙。", "", 3.0)
    assert [p.key for p in pick("第一条", [other, exact], frequencies=even)] == ["a"]


def test_near_duplicates_are_said_once() -> None:
    twins = [Candidate(key, "违约金可以请求减少。", "", 1.0) for key in "ab"]
    assert len(pick("违约金减少", twins, frequencies=even)) == 1


@pytest.mark.parametrize(
    ("case", "text"), [("nothing shared", "完全无关的话。另一句。"), ("empty heading", "只有一句")]
)
def test_something_is_said_even_without_shared_words(case: str, text: str) -> None:
    assert len(said("zzz", Candidate("a", text, "", 1.0))) >= 1, case


def test_no_passages_give_no_sentences() -> None:
    assert pick("问题", [], frequencies={}) == ()


def test_a_mapping_gives_unknown_words_its_highest_rarity() -> None:
    passage = Candidate("a", "税率很低。罕见词在此。", "", 1.0)
    found = pick("税率罕见", [passage], limit=1, frequencies={"税": 1.0, "率": 1.0, "税率": 1.0, "常": 9.0})
    assert found[0].sentence.text == "罕见词在此。"


@pytest.mark.parametrize("question", ["电池保固几年？", "電池保固幾年？", "多久要充一次电？"])
def test_a_question_for_one_fact_is_answered_with_one_sentence(question: str) -> None:
    text = "這輛電動車的電池很輕。電池保固兩年。電池每三天要充一次电。这辆电动车电池保固很好。"
    found = said(question, Candidate("a", text, "", 1.0))
    assert wants_one_fact(question)
    assert len(found) <= 2


def test_the_likeliest_sentence_holds_the_answer_to_most_questions_that_were_not_learnt_from() -> None:
    passages = {p["doc_id"]: p for p in reference.records("cmrc2018/trial_passages.jsonl")}
    asked = [q for q in reference.records("cmrc2018/trial_questions.jsonl")[::5] if q["question"]]
    df = Counter(token for p in passages.values() for token in set(tokens(p["text"])))
    hits = Counter[int]()
    for question in asked:
        passage = passages[question["doc_id"]]
        rarity = {
            t: log(1 + (len(passages) - df[t] + 0.5) / (df[t] + 0.5))
            for t in query_tokens(question["question"])
        }
        candidate = Candidate(passage["doc_id"], passage["text"], passage["title"], 1.0)
        order = ranked(question["question"], candidate, frequencies=rarity)
        answers = [answer.rstrip("。！？；") for answer in question["answers"]]
        for count in (1, 2):
            hits[count] += any(a in sentence.text for sentence in order[:count] for a in answers)
    assert hits[1] / len(asked) >= 0.75
    assert hits[2] / len(asked) >= 0.82

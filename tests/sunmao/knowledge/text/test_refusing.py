from __future__ import annotations

from dataclasses import replace

import pytest

from sunmao.knowledge.text.background import prominence, rarity
from sunmao.knowledge.text.language import language_of
from sunmao.knowledge.text.lexical import document_vector, idf, query_dimensions, query_vector, self_score
from sunmao.knowledge.text.refusal import Evidence, Read, trustworthy

WARRANTY = "整机保修三年，压缩机保修十年。人为损坏不在保修范围内。"
DELIVERY = "订单在四十八小时内发货，偏远地区需要五到七天。"
REFUND = "A refund is paid to the original card within three working days."


def found(question: str, *passages: str) -> Evidence:
    """What a base of these passages says to a question."""
    vectors = [document_vector({"body": passage}) for passage in passages]
    frequencies: dict[int, int] = {}
    for vector in vectors:
        for place in vector:
            frequencies[place] = frequencies.get(place, 0) + 1
    terms, total = query_dimensions(question, ["body"]), len(passages)
    asked = {t.token: idf(t.token, df=frequencies.get(p, 0), total=total) for p, t in terms.items()}
    weights = query_vector(terms, frequencies, total)
    scores = [sum(w * vector.get(place, 0.0) for place, w in weights.items()) for vector in vectors]
    order = sorted(range(total), key=lambda place: -scores[place])
    return Evidence(
        question=question,
        language=language_of(question),
        asked=asked,
        known={t.token: asked[t.token] for p, t in terms.items() if p in frequencies},
        mass=self_score(terms, frequencies, total),
        searched=total,
        passages=[Read("", passages[place], scores[place]) for place in order if scores[place] > 0],
    )


@pytest.mark.parametrize(
    ("case", "question", "accept"),
    [
        ("answered by the only passage", "压缩机保修几年？", True),
        ("answered in other words around it", "请问一下压缩机坏了保修多久？", True),
        ("not answered at all", "公司的年会在哪里举行？", False),
        ("another field", "量子计算机怎样纠正误差？", False),
    ],
)
def test_a_base_of_one_passage_answers_what_it_says_and_nothing_else(
    case: str, question: str, accept: bool
) -> None:
    verdict = trustworthy(found(question, WARRANTY))
    assert verdict.accept is accept, (case, verdict)
    assert (verdict.relevance >= 0.5) is accept


@pytest.mark.parametrize(
    ("case", "question", "accept"),
    [
        ("its own question", "When is a refund paid?", True),
        ("another field", "How does a quantum computer correct its errors?", False),
    ],
)
def test_english_is_judged_as_well(case: str, question: str, accept: bool) -> None:
    assert trustworthy(found(question, REFUND)).accept is accept, case


def test_nothing_found_is_refused() -> None:
    evidence = found("量子纠缠", DELIVERY)
    assert trustworthy(replace(evidence, passages=[])).accept is False
    assert trustworthy(replace(evidence, mass=0.0)) == trustworthy(replace(evidence, passages=[]))


def test_who_covers_more_of_a_question_is_never_trusted_less() -> None:
    question = "压缩机保修几年？"
    half = found(question, "压缩机在背面。", DELIVERY)
    whole = found(question, "压缩机保修十年。", DELIVERY)
    assert trustworthy(half).relevance <= trustworthy(whole).relevance


def test_a_vector_of_the_known_encoder_takes_part() -> None:
    evidence = replace(found("Who pays for the courier?", REFUND), encoder="all-MiniLM-L6-v2")
    far, near = (trustworthy(replace(evidence, cosine=cosine)) for cosine in (0.05, 0.85))
    assert far.relevance < near.relevance
    assert far.weighs_vectors
    assert not trustworthy(replace(evidence, cosine=0.85, encoder="another")).weighs_vectors


def test_the_table_of_common_words_knows_both_languages() -> None:
    assert rarity("的", df=0, total=0) < rarity("includ", df=0, total=0) < rarity("zyzzyva", df=0, total=0)


@pytest.mark.parametrize(
    ("word", "df", "stands_out"), [("保修", 400, 3.0), ("保修", 0, -3.0), ("公司", 98, 0.0)]
)
def test_a_word_of_the_bases_field_stands_out(word: str, df: int, stands_out: float) -> None:
    measured = prominence(word, rarity(word, df=df, total=1000), total=1000)
    assert measured == pytest.approx(stands_out, abs=0.01)

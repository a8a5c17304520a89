from __future__ import annotations

from collections import Counter
from math import isclose, log

import pytest

from sunmao.knowledge.text.fields import BODY, FIELD_WEIGHTS, PATH
from sunmao.knowledge.text.lexical import (
    DIMENSIONS,
    MAX_ENTRIES,
    dimension,
    document_vector,
    idf,
    query_dimensions,
    query_vector,
    self_score,
)
from sunmao.knowledge.text.tokens import tokens


def test_a_dimension_is_stable_and_differs_between_fields() -> None:
    assert dimension("违约") == dimension("违约", "body") == 513753694
    assert dimension("违约", "path") != dimension("违约", "body")
    assert all(0 <= dimension(str(i)) < DIMENSIONS for i in range(1000))


def test_a_value_is_the_saturated_term_frequency() -> None:
    text = "违约 违约 税"
    length = len(tokens(text))
    correction = BODY.k1 * (1 - BODY.b + BODY.b * length / BODY.pivot)
    vector = document_vector({"body": text})
    assert isclose(vector[dimension("违约")], 2 * 2.2 / (2 + correction))
    assert isclose(vector[dimension("税")], 2.2 / (1 + correction))
    assert len(vector) == 4


def test_short_fields_have_their_own_saturation() -> None:
    correction = PATH.k1 * (1 - PATH.b + PATH.b * 1 / PATH.pivot)
    assert isclose(document_vector({"path": "税"})[dimension("税", "path")], 1.9 / (1 + correction))


def test_a_vector_does_not_depend_on_other_documents() -> None:
    assert document_vector({"body": "甲乙"}) == document_vector({"body": "甲乙"})


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(KeyError):
        document_vector({"footnote": "x"})


def test_only_the_thousand_heaviest_entries_are_kept() -> None:
    rare = " ".join(f"w{i}" for i in range(1500))
    vector = document_vector({"body": f"税 税 税 {rare}"})
    assert len(vector) == MAX_ENTRIES
    assert dimension("税") in vector


def test_a_question_is_weighted_by_field_and_repetition() -> None:
    terms = query_dimensions("税税", ["body", "path"])
    twice = 1 + log(2)
    assert {(t.token, t.field): t.weight for t in terms.values()} == {
        ("税", "body"): twice * FIELD_WEIGHTS["body"],
        ("税税", "body"): FIELD_WEIGHTS["body"],
        ("税", "path"): twice * FIELD_WEIGHTS["path"],
        ("税税", "path"): FIELD_WEIGHTS["path"],
    }


def test_titles_are_asked_with_the_whole_question() -> None:
    fields = Counter(term.field for term in query_dimensions("税怎么办").values())
    assert fields == {"body": 1, "path": 1, "title": 7, "lead": 1}


@pytest.mark.parametrize(
    ("case", "df", "expected"),
    [
        ("unknown", 0, log(1 + (130 - 0.03 + 0.5) / 0.53)),
        ("half", 50, log(1 + (130 - 50.03 + 0.5) / 50.53)),
        ("all", 100, log(1 + (130 - 100.03 + 0.5) / 100.53)),
    ],
)
def test_idf_falls_with_the_number_of_passages(case: str, df: int, expected: float) -> None:
    assert isclose(idf("zyzzyva", df=df, total=100), expected), case


def test_in_a_base_of_one_passage_a_common_word_is_worth_less_than_a_rare_one() -> None:
    assert idf("的", df=1, total=1) < 0.3 * idf("蝾螈", df=1, total=1)
    assert idf("用", df=1, total=1) < idf("税", df=1, total=1)


def test_in_a_large_base_its_own_counts_decide() -> None:
    rare_here, common_here = idf("的", df=3, total=100_000), idf("蝾螈", df=60_000, total=100_000)
    assert rare_here > 7
    assert common_here < 0.6


def test_the_inner_product_is_bm25() -> None:
    texts = ["违约金过高可以减少", "租金可以减少", "遗嘱应当有见证人"]
    vectors = [document_vector({"body": text}) for text in texts]
    frequencies = Counter(place for vector in vectors for place in vector)
    terms = query_dimensions("违约金减少", ["body"])
    asked = query_vector(terms, frequencies, len(texts))
    scores = [sum(weight * vector.get(place, 0.0) for place, weight in asked.items()) for vector in vectors]
    assert [
        isclose(a, b) for a, b in zip(scores, [_bm25(t, texts, "违约金减少") for t in texts], strict=True)
    ] == [True] * 3
    assert scores[0] > scores[1] > scores[2] == 0


def _bm25(text: str, texts: list[str], question: str) -> float:
    said = Counter(tokens(text))
    norm = BODY.k1 * (1 - BODY.b + BODY.b * said.total() / BODY.pivot)
    return sum(
        idf(word, df=sum(word in tokens(t) for t in texts), total=len(texts))
        * said[word]
        * (BODY.k1 + 1)
        / (said[word] + norm)
        for word in set(tokens(question))
        if word in said
    )


def test_unknown_words_count_as_the_rarest_in_the_mass_of_a_question() -> None:
    terms = query_dimensions("税x", ["body", "title"])
    known = {dimension("税"): 10}
    assert isclose(self_score(terms, known, 100), idf("税", df=10, total=100) + idf("x", df=0, total=100))
    assert query_vector(terms, known, 100).keys() == {dimension("税")}

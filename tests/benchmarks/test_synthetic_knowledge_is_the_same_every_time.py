from __future__ import annotations

import numpy as np
import pytest

from apps.config.bench.corpus.layout import layout
from apps.config.bench.corpus.questions import OFF, ON, Corpus
from apps.config.bench.corpus.truth import Inverted, dense_truth
from sunmao.knowledge.text.language import language_of

ROWS = 2_000


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus.of(layout(ROWS), seed=1)


def test_bases_share_all_rows_without_a_gap(corpus: Corpus) -> None:
    bases = corpus.layout.bases
    assert (bases[0].start, bases[-1].stop) == (0, ROWS)
    assert all(left.stop == right.start for left, right in zip(bases, bases[1:], strict=False))
    assert (corpus.layout.base("small").size, corpus.layout.base("large").size) == (ROWS // 100, ROWS // 10)
    assert corpus.layout.base("secret").audience == "staff"


def test_a_seed_makes_the_same_rows_and_another_seed_makes_others(corpus: Corpus) -> None:
    rows = corpus.layout.base("small").rows
    again, other = Corpus.of(layout(ROWS), seed=1), Corpus.of(layout(ROWS), seed=2)
    assert corpus.texts.texts(rows) == again.texts.texts(rows) != other.texts.texts(rows)
    assert np.array_equal(corpus.clusters.vectors(rows), again.clusters.vectors(rows))


def test_half_of_it_is_chinese_and_half_english(corpus: Corpus) -> None:
    texts = corpus.texts.texts(corpus.layout.base("large").rows)
    languages = [language_of(text) for text in texts]
    assert languages.count("zh") == languages.count("en") == len(texts) // 2


def test_questions_on_topic_are_nearer_to_the_base(corpus: Corpus) -> None:
    base = corpus.layout.base("large")
    vectors = corpus.clusters.vectors(base.rows)
    nearest = {
        topic: np.mean([(vectors @ question.vector).max() for question in corpus.questions(base, topic, 10)])
        for topic in (ON, OFF)
    }
    assert nearest[ON] > nearest[OFF]


def test_brute_force_counts_equals_of_the_tenth_as_right() -> None:
    vectors = np.ones((12, 1), dtype=np.float32)
    truth = dense_truth(np.ones(1, dtype=np.float32), vectors, first=100)
    assert truth.best == frozenset(range(100, 112))
    assert truth.recall(list(range(102, 112))) == 1.0


def test_brute_force_over_words_wants_only_rows_that_share_one() -> None:
    truth = Inverted([{1: 2.0}, {2: 1.0}, {1: 1.0, 3: 1.0}]).truth({1: 0.5}, first=10)
    assert (truth.best, truth.possible) == (frozenset({10, 12}), 2)
    assert truth.recall([10]) == 0.5
    assert Inverted([{1: 2.0}]).truth({9: 1.0}, first=0).recall([]) == 1.0
